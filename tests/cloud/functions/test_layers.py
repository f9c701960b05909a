"""Layers: at /opt, in order, read-only; numbered and never changed; what Lambda refuses about them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from grader.cloud import Cloud
from grader.cloud.functions.layers import unzipped_size

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Words:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: words, RetentionPolicy: Retain}
  More:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: more, RetentionPolicy: Delete}
  Say:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src
      Handler: app.handler
      Runtime: python3.13
      Layers: [!Ref Words, !Ref More]
Outputs:
  Words: {Value: !Ref Words}
  More: {Value: !Ref More}
"""
CODE = """
import os
import words


def handler(event, context):
    try:
        open("/opt/python/words.py", "w")
        written = "written"
    except OSError as refused:
        written = type(refused).__name__
    return [words.WORD, sorted(os.listdir("/opt")), written, open("/opt/both.txt").read()]
"""


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud() as made:
        yield made


def project(folder: Path, word: str = "one") -> Path:
    files = {
        "template.yaml": TEMPLATE,
        "src/app.py": CODE,
        "words/python/words.py": f"WORD = {word!r}\n",
        "words/both.txt": "first",
        "more/both.txt": "second",
        "more/bin/tool": "#!/bin/sh\n",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder / "template.yaml"


def archive(**files: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as package:
        for name, text in files.items():
            package.writestr(name.replace("__", "/") + ".py", text)
    return written.getvalue()


def refused(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_layers_lie_at_opt_the_last_on_top_and_cannot_be_written(cloud: Cloud, tmp_path: Path) -> None:
    cloud.deploy(project(tmp_path))
    word, listed, written, both = cloud.invoke("Say").payload
    assert (word, listed, both) == ("one", ["bin", "both.txt", "python"], "second")
    assert written in ("OSError", "PermissionError")


def test_a_changed_layer_is_a_new_version_and_the_old_one_stays_if_it_is_to_be_kept(
    cloud: Cloud, tmp_path: Path
) -> None:
    first = dict(cloud.deploy(project(tmp_path)).outputs)
    second = cloud.deploy(project(tmp_path, "two")).outputs
    assert cloud.invoke("Say").payload[0] == "two"
    assert first["Words"].rpartition(":")[0] == second["Words"].rpartition(":")[0]
    versions = cloud.client("lambda").list_layer_versions(LayerName="Words")["LayerVersions"]
    assert [one["Version"] for one in versions] == [2, 1]
    by_arn = cloud.client("lambda").list_layer_versions(LayerName=first["Words"].rpartition(":")[0])["LayerVersions"]
    assert by_arn == versions


def test_a_deleted_version_lives_on_in_the_functions_that_have_it(cloud: Cloud, tmp_path: Path) -> None:
    stack = cloud.deploy(project(tmp_path))
    client, name = cloud.client("lambda"), stack.resources["Say"].physical_id
    client.delete_layer_version(LayerName="Words", VersionNumber=1)
    cloud.functions.retire(name)
    assert cloud.invoke("Say").payload[0] == "one"
    layers = [stack.outputs["Words"], stack.outputs["More"]]
    client.update_function_configuration(FunctionName=name, Layers=layers, Timeout=9)
    assert cloud.invoke("Say").payload[0] == "one"
    client.update_function_configuration(FunctionName=name, Layers=[])
    assert refused(client.update_function_configuration, FunctionName=name, Layers=layers)[0] in (
        "ResourceNotFoundException",
        "InvalidParameterValueException",
    )


def test_the_same_version_is_never_published_twice(cloud: Cloud) -> None:
    client = cloud.client("lambda")
    numbers = [
        client.publish_layer_version(LayerName="x", Content={"ZipFile": archive(python__a=str(n))})["Version"]
        for n in range(3)
    ]
    client.delete_layer_version(LayerName="x", VersionNumber=3)
    numbers.append(client.publish_layer_version(LayerName="x", Content={"ZipFile": archive(python__a="4")})["Version"])
    assert numbers == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("layers", "code", "words"),
    [
        ([f"layer:l{n}:1" for n in range(6)], "InvalidParameterValueException", "Cannot reference more than 5 layers."),
        (["layer:x:1", "layer:x:2"], "InvalidParameterValueException", "Two different versions of the same layer"),
        (["layer:nope:1"], "ResourceNotFoundException", "does not exist"),
        (["layer:nope"], "InvalidParameterValueException", "is not the ARN of a layer version"),
    ],
)
def test_what_lambda_refuses_about_layers(
    cloud: Cloud, tmp_path: Path, layers: list[str], code: str, words: str
) -> None:
    name = cloud.deploy(project(tmp_path)).resources["Say"].physical_id
    arns = [f"arn:aws:lambda:us-east-1:123456789012:{layer}" for layer in layers]
    found = refused(cloud.client("lambda").update_function_configuration, FunctionName=name, Layers=arns)
    assert found[0] == code and words in found[1]


def test_a_layer_of_another_account_is_not_given(cloud: Cloud, tmp_path: Path) -> None:
    name = cloud.deploy(project(tmp_path)).resources["Say"].physical_id
    arn = "arn:aws:lambda:us-east-1:999999999999:layer:secret:1"
    found = refused(cloud.client("lambda").update_function_configuration, FunctionName=name, Layers=[arn])
    assert found[0] == "AccessDeniedException" and "lambda:GetLayerVersion" in found[1]


def test_sizes_are_counted_as_they_unpack() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("zeros", b"\0" * 1_000_000)
    assert (unzipped_size(written.getvalue()), unzipped_size(b"no zip")) == (1_000_000, 0)
