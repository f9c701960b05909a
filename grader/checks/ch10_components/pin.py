"""10.2: which version of a layer, by parameter."""

from __future__ import annotations

import json
from typing import Any

from grader.checks import check, exercise, expect, fail
from grader.checks.ch10_components.packages import layers_of, package
from grader.cloud import CloudError


def publish(cloud: Any, *editions: str) -> None:
    """Publish versions of the layer ``imaging``, as another team would."""
    for edition in editions:
        content = package(python__imaging_py=f"EDITION = {edition!r}\n")
        cloud.client("lambda").publish_layer_version(LayerName="imaging", Content={"ZipFile": content})


def edition(cloud: Any) -> Any:
    """Which edition the deployed function uses."""
    done = cloud.invoke("EditionFunction", {})
    hint = "Does the function list the other team's layer under Layers? Yours needs none: theirs is published already."
    expect(done.error, what="the error of EditionFunction", hint=hint).is_none()
    return done.payload["edition"]


@exercise(
    "10.2",
    "Pin the version",
    slug="10_2_pin",
    files=["template.yaml"],
    minutes=15,
    hints=[
        "A layer version is named by an ARN that ends in its number. Which part of it shall be chosen at deployment?",
        "A parameter ImagingVersion, and !Sub with ${ImagingVersion} at the end of the ARN. Account and Region have "
        "pseudo parameters. What keeps 0 or “latest” out?",
        "Type: Number, Default: 1, MinValue: 1. Layers: - !Sub "
        '"arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:layer:imaging:${ImagingVersion}".',
    ],
    passed="A new version of the layer changes nothing until somebody asks for it, and going back is a parameter.",
    next="10.3",
)
class Pin:
    @check(points=2)
    def uses_the_first_version_unless_told(cloud, deploy):
        """Deployed without a parameter, the function uses version 1."""
        publish(cloud, "first", "second")
        deploy()
        expect(
            edition(cloud),
            what="the edition that the function uses",
            hint="The parameter needs a default: version 1, whatever has been published since.",
        ).equals("first")

    @check(points=2)
    def a_parameter_chooses(cloud, deploy):
        """The parameter ImagingVersion chooses the version, forwards and back."""
        names = [f"edition {number}" for number in range(1, 13)]
        publish(cloud, *names)
        for number, name in ((12, names[11]), (2, names[1]), (1, names[0])):
            deploy(parameters={"ImagingVersion": number})
            expect(
                edition(cloud),
                what=f"the edition with ImagingVersion {number}",
                hint="End the ARN with ${ImagingVersion}, inside a !Sub.",
            ).equals(name)

    @check(points=1, needs=uses_the_first_version_unless_told)
    def a_new_version_changes_nothing(cloud, deploy):
        """When somebody publishes a new version, the function stays with the old one."""
        publish(cloud, "first")
        deploy()
        publish(cloud, "second")
        deploy()
        expect(edition(cloud), what="the edition after a new version was published").equals("first")

    @check(points=2, needs=a_parameter_chooses)
    def refuses_what_is_no_version(cloud, deploy):
        """0, a negative number, a word and nothing at all are refused before anything is made."""
        publish(cloud, "first")
        for value in ("0", "-1", "latest", "x", "2x", ""):
            try:
                deploy(parameters={"ImagingVersion": value})
            except CloudError as refused:
                said = str(refused).partition("\n")[0]
            else:
                said = "It was deployed."
            if list(cloud.stacks):
                fail(
                    f"ImagingVersion {value!r} is refused before there is a stack",
                    said,
                    hint="Constrain the parameter itself (MinValue, AllowedPattern for the whole of it): then "
                    "CloudFormation refuses it at once, by name, and makes nothing.",
                )

    @check(points=1, needs=uses_the_first_version_unless_told)
    def names_no_account(cloud, deploy):
        """The template works in any account and Region."""
        publish(cloud, "first")
        stack = deploy()
        layers = layers_of(cloud, stack.resources["EditionFunction"].physical_id)
        expect(len(layers), what="layers of the function").equals(1)
        written = json.dumps(stack.template.body)
        for what, literal in (("an account number", cloud.account_id), ("a Region", cloud.region)):
            expect(
                f":{literal}:" in written or f'"{literal}"' in written,
                what=f"{what} stands in the template",
                hint="The pseudo parameters AWS::AccountId and AWS::Region fill it in where the stack is deployed.",
            ).is_false()
