"""10.1: one layer for two functions."""

from __future__ import annotations

import base64
import shutil
import tempfile
from pathlib import Path
from typing import Any

from grader.checks import check, exercise, expect
from grader.checks.ch10_components.packages import code_of, layers_of
from grader.checks.material import photograph

FUNCTIONS = ("ConvertFunction", "DescribeFunction")
NOT_FOUND = (
    "Python looks in /opt/python. With ContentUri: imaging and the layer's Metadata BuildMethod: python3.13, sam build "
    "puts the folder's files and its requirements there; and each function must list the layer under Layers."
)


def answer_of(cloud: Any, function: str, picture: bytes) -> Any:
    """What a function answers to a picture."""
    done = cloud.invoke(function, {"picture": base64.b64encode(picture).decode()})
    expect(done.error, what=f"the error of {function}", hint=NOT_FOUND).is_none()
    return done.payload


def built_for(template: Any) -> set[tuple[str, str]]:
    """For which Python and which processors ``sam build`` fetches the requirements of the template's layers."""
    found = set()
    for resource in template.body["Resources"].values():
        if isinstance(resource, dict) and str(resource.get("Type")).endswith("::LayerVersion"):
            said = resource.get("Metadata") or {}
            if "BuildMethod" in said:
                found.add((str(said["BuildMethod"]), str(said.get("BuildArchitecture", "x86_64"))))
    return found


def with_other_imaging(cloud: Any, folder: Path, name: str) -> Any:
    """The answer deployed again, after somebody has changed the imaging code."""
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place, "answer")
        shutil.copytree(folder, copy)
        imaging = copy / "imaging" / "imaging.py"
        imaging.write_text(imaging.read_text("utf-8").replace("LONGEST_SIDE = 160", "LONGEST_SIDE = 80"), "utf-8")
        return cloud.deploy(copy / "template.yaml", name=name)


@exercise(
    "10.1",
    "One layer, two functions",
    slug="10_1_layer",
    files=["template.yaml"],
    minutes=20,
    hints=[
        "Read the error of a call: which module is missing, and where does Python look for modules of layers? A layer "
        "is a resource of its own; a function lists the layers that it wants.",
        "AWS::Serverless::LayerVersion with ContentUri: imaging. Its files must end up below python/, together with "
        "what requirements.txt asks for: Metadata, BuildMethod. And Layers: [!Ref …] on both functions.",
        "ImagingLayer: Type AWS::Serverless::LayerVersion; Metadata: BuildMethod: python3.13; Properties: ContentUri: "
        "imaging, CompatibleRuntimes: [python3.13], RetentionPolicy: Retain. Then Layers: - !Ref ImagingLayer, twice.",
    ],
    passed="Two functions, one copy of the code. The next change of the imaging code is deployed once, and what uses "
    "the old version keeps it until it asks for the new one.",
    next="10.2",
)
class Layer:
    @check(points=2)
    def both_functions_work(cloud, stack, rng):
        """Both functions find the imaging code."""
        picture = photograph(rng, "JPEG", 400, 300)
        expect(answer_of(cloud, "DescribeFunction", picture), what="the answer of DescribeFunction").equals(
            {"width": 400, "height": 300, "format": "JPEG"}
        )
        small = base64.b64decode(answer_of(cloud, "ConvertFunction", picture)["thumbnail"])
        expect(len(small), what="bytes of the thumbnail").is_less_than(len(picture))

    @check(points=2, needs=both_functions_work)
    def they_share_one_layer(cloud, stack):
        """Both have the same version of the same layer, and it is the only one."""
        arns = {tuple(layers_of(cloud, stack.resources[name].physical_id)) for name in FUNCTIONS}
        expect(
            sorted({arn for each in arns for arn in each}),
            what="layer versions that the functions use",
            hint="One resource, and the same !Ref on both functions. Two layers with the same content are two copies.",
        ).has_length(1)

    @check(points=1, needs=both_functions_work)
    def the_code_is_not_in_the_functions(cloud, stack):
        """The functions' own packages hold their handler and nothing of the imaging code."""
        found = {name: code_of(cloud, stack.resources[name].physical_id) for name in FUNCTIONS}
        copies = {name: [file for file in files if "imaging" in file] for name, files in found.items()}
        expect(
            [name for name, files in copies.items() if files],
            what="functions that carry a copy of the imaging code",
            hint="CodeUri names the function's own folder only: convert, describe.",
        ).equals([])

    @check(points=1, needs=both_functions_work)
    def is_built_for_its_functions(cloud, stack, template):
        """The layer is built for the Python and the processors on which the functions run."""
        describe = cloud.client("lambda").get_function_configuration
        settings = [describe(FunctionName=stack.resources[name].physical_id) for name in FUNCTIONS]
        built = built_for(template)
        if not built:  # declared where we do not read it, in a loop for example
            return
        expect(
            built,
            what="BuildMethod and BuildArchitecture (x86_64 if it is not named) of the layer",
            hint="Pillow has compiled parts, which fit one Python and one kind of processor: those of the Runtime and "
            "the Architectures of both functions. On AWS they would not find PIL in any other.",
        ).equals({(one["Runtime"], one["Architectures"][0]) for one in settings})

    @check(points=2, needs=both_functions_work)
    def an_old_version_stays(cloud, stack, folder):
        """After a change of the imaging code, the version before can still be had."""
        before = layers_of(cloud, stack.resources["ConvertFunction"].physical_id)[0]
        again = with_other_imaging(cloud, folder, stack.name)
        after = layers_of(cloud, again.resources["ConvertFunction"].physical_id)[0]
        expect(
            after,
            what="the layer version after the change",
            hint="!Ref of the layer is the ARN of its newest version; a number that is written down stays.",
        ).differs_from(before)
        name, _, number = before.rpartition(":")
        numbers = [
            one["Version"] for one in cloud.client("lambda").list_layer_versions(LayerName=name)["LayerVersions"]
        ]
        expect(
            int(number) in numbers,
            what=f"version {number} is still there",
            hint="Somebody may have pinned it. RetentionPolicy: Retain keeps old versions when a new one is made; "
            "Delete takes them away. (A plain AWS::Lambda::LayerVersion is kept by UpdateReplacePolicy: Retain.)",
        ).is_true()
