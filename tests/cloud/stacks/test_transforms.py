"""AWS::LanguageExtensions and AWS::Include: what they make of a template, and with which line they refuse one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from grader.cloud import Cloud
from grader.cloud.stacks import DeployError, TemplateError, TransformError, load
from grader.cloud.stacks.packaging import Artifacts, package
from grader.cloud.stacks.plan import Plan
from grader.cloud.stacks.planning import make_plan
from grader.cloud.stacks.templates.values import pseudo_parameters

PSEUDO = pseudo_parameters("123456789012", "us-east-1", "app", "arn:app")

LOOP = """\
Transform: AWS::LanguageExtensions
Parameters:
  Names: {Type: CommaDelimitedList, Default: 'Red,Blue'}
Resources:
  Fn::ForEach::Queues:
    - Name
    - !Ref Names
    - Queue${Name}:
        Type: AWS::SQS::Queue
        Properties:
          QueueName: !Sub "${Name}-${AWS::StackName}"
Outputs:
  Fn::ForEach::Urls:
    - Name
    - !Ref Names
    - Url${Name}: {Value: !GetAtt [!Sub "Queue${Name}", QueueUrl]}
  Number: {Value: {"Fn::Length": !Ref Names}}
  Text:
    Value:
      Fn::ToJsonString: {Names: !Ref Names}
"""


def plan(text: str, pieces: dict[str, str] | None = None, **parameters: Any) -> Plan:
    def fetch(address: str) -> str:
        if address not in (pieces or {}):
            raise DeployError("S3 error: The specified key does not exist.")
        return (pieces or {})[address]

    return make_plan(load(text), parameters, PSEUDO, fetch=fetch)


def test_a_loop_makes_one_resource_for_each_item() -> None:
    made = plan(LOOP, Names="Red,Green,Blue")
    names = {name: resource["Properties"]["QueueName"] for name, resource in made.resources.items()}
    assert names == {"QueueRed": "Red-app", "QueueGreen": "Green-app", "QueueBlue": "Blue-app"}
    assert set(made.outputs) == {"UrlRed", "UrlGreen", "UrlBlue", "Number", "Text"}


def test_what_a_loop_made_keeps_the_loops_line() -> None:
    assert plan(LOOP).where("QueueRed") == ("template line 5, QueueRed", 5)


def test_lengths_and_json_texts_are_filled_in(account: Any) -> None:
    outputs = account.stacks.deploy(LOOP).outputs
    assert (outputs["Number"], outputs["Text"]) == ("2", '{"Names":["Red","Blue"]}')
    assert outputs["UrlRed"].endswith("/Red-app")


def test_a_map_may_have_a_default_with_the_extensions_only() -> None:
    text = """\
Mappings: {Sizes: {prod: {memory: '1024'}}}
Resources:
  Q:
    Type: AWS::SQS::Queue
    Properties:
      DelaySeconds: {"Fn::FindInMap": [Sizes, dev, memory, {DefaultValue: '7'}]}
"""
    assert plan("Transform: AWS::LanguageExtensions\n" + text).resources["Q"]["Properties"] == {"DelaySeconds": "7"}
    with pytest.raises(TemplateError, match="every Fn::FindInMap object requires three parameters") as caught:
        plan(text)
    assert caught.value.where == "template line 6, Q"


def test_a_loop_without_its_transform_is_refused() -> None:
    with pytest.raises(TemplateError, match="Resources name Fn::ForEach::Queues is non alphanumeric") as caught:
        load(LOOP.partition("\n")[2])
    assert caught.value.line == 4


def test_a_malformed_loop_is_refused_with_its_line() -> None:
    with pytest.raises(TransformError, match="Transform AWS::LanguageExtensions failed with: ") as caught:
        plan("Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::Queues: [Name]\n")
    assert caught.value.line == 3


def test_loops_and_sam_work_together() -> None:
    made = plan("""\
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Resources:
  Fn::ForEach::Functions:
    - Name
    - [Red, Blue]
    - ${Name}Function:
        Type: AWS::Serverless::Function
        Properties: {Runtime: python3.13, Handler: app.handler, InlineCode: "x = 1"}
""")
    assert set(made.resources) == {"RedFunction", "RedFunctionRole", "BlueFunction", "BlueFunctionRole"}
    assert made.where("RedFunctionRole") == ("template line 3, RedFunction (its RedFunctionRole)", 3)


def test_a_piece_is_put_in_its_place() -> None:
    text = """\
Resources:
  Q:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: own
      Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://b/delay.yaml}}
  Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://b/more.yaml}}
"""
    pieces = {
        "s3://b/delay.yaml": "DelaySeconds: 9\nQueueName: theirs\n",
        "s3://b/more.yaml": "B:\n  Type: AWS::S3::Bucket\n",
    }
    made = plan(text, pieces)
    assert made.resources == {
        "B": {"Type": "AWS::S3::Bucket"},
        "Q": {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": 9, "QueueName": "own"}},
    }


def test_a_piece_of_the_whole_template_is_named_by_the_transform_section() -> None:
    made = plan(
        "Transform:\n  Name: AWS::Include\n  Parameters: {Location: s3://b/mappings.json}\n"
        "Resources:\n  Q: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: !FindInMap [M, a, b]}}\n",
        {"s3://b/mappings.json": '{"Mappings": {"M": {"a": {"b": 3}}}}'},
    )
    assert made.values.mappings == {"M": {"a": {"b": 3}}}


@pytest.mark.parametrize(
    ("parameters", "words", "line"),
    [
        ("{Location: s3://b/nothing}", "s3://b/nothing: S3 error: The specified key does not exist.", 3),
        ("{}", "missing required parameter Location", 3),
        ("3", "missing required parameter Location", 3),
        ("{Location: s3://b/list}", "The specified S3 object's content should be valid Yaml/JSON", 3),
    ],
)
def test_a_piece_that_cannot_be_had_is_named(parameters: str, words: str, line: int) -> None:
    with pytest.raises(TransformError) as caught:
        plan(
            "Resources:\n  B: {Type: AWS::S3::Bucket}\n"
            f"  Fn::Transform: {{Name: AWS::Include, Parameters: {parameters}}}\n",
            {"s3://b/list": "[1]"},
        )
    assert (caught.value.what, caught.value.line) == (f"Transform AWS::Include failed with: {words}", line)


def test_a_local_piece_is_packaged_and_deployed(account: Any, tmp_path: Path) -> None:
    path = account.template(
        "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n"
        "      Fn::Transform: {Name: AWS::Include, Parameters: {Location: delay.yaml}}\n"
    )
    (tmp_path / "delay.yaml").write_text("DelaySeconds: 9\n")
    assert (
        package(load(path), Artifacts())
        .body["Resources"]["Q"]["Properties"]["Fn::Transform"]["Parameters"]["Location"]
        .startswith("s3://")
    )
    assert account.stacks.deploy(path).resources["Q"].properties == {"DelaySeconds": 9}


def test_limits_are_cloudformations() -> None:
    many = "".join(f"  Q{number}: {{Type: AWS::SQS::Queue}}\n" for number in range(501))
    with pytest.raises(TemplateError, match="Number of resources, 501, is greater than maximum allowed, 500"):
        load("Resources:\n" + many)
    loop = LOOP.replace("!Ref Names\n    - Queue", f"[{','.join(f'N{n}' for n in range(501))}]\n    - Queue")
    with pytest.raises(TemplateError, match="Number of resources, 501, is greater than maximum allowed, 500"):
        plan(loop)


LATER = """\
Transform: AWS::LanguageExtensions
Resources:
  Bucket: {Type: AWS::S3::Bucket}
Outputs:
  Sub: {Value: !Sub "${Bucket} in ${AWS::Region}, not ${!Bucket}"}
  Names: {Value: !Sub ["${Name} in ${AWS::Region}", {Name: !Ref Bucket}]}
  Join: {Value: !Join ["/", [!Ref Bucket, !Ref AWS::Region]]}
  Select: {Value: !Select [0, !Split ["-", !Ref Bucket]]}
  Text: {Value: {"Fn::ToJsonString": {name: !Ref Bucket, place: !Ref AWS::Region, text: "${Bucket}"}}}
"""


def test_text_that_names_a_resource_waits_for_the_deployment() -> None:
    with Cloud() as cloud:
        outputs = cloud.deploy(LATER, name="later").outputs
    name = outputs["Join"].removesuffix("/us-east-1")
    assert name.startswith("later-bucket-")
    assert outputs["Sub"] == f"{name} in us-east-1, not ${{Bucket}}"
    assert (outputs["Names"], outputs["Select"]) == (f"{name} in us-east-1", "later")
    assert json.loads(outputs["Text"]) == {"name": name, "place": "us-east-1", "text": "${Bucket}"}
