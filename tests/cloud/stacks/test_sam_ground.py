"""The ground that the SAM project's integration templates cover: what each combination expands to, and that it deploys.

The templates here are our own; the combinations and the resources that must come out of them are SAM's documented ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest

from grader.cloud import Cloud
from grader.cloud.stacks import load
from grader.cloud.stacks.planning import make_plan
from grader.cloud.stacks.templates.values import pseudo_parameters

CODE = "InlineCode: 'def handler(event, context): return 1', Handler: index.handler, Runtime: python3.13"
FUNCTION, ROLE, PERMISSION = "AWS::Lambda::Function", "AWS::IAM::Role", "AWS::Lambda::Permission"
VERSION, ALIAS, CONFIG = "AWS::Lambda::Version", "AWS::Lambda::Alias", "AWS::Lambda::EventInvokeConfig"
REST = ["AWS::ApiGateway::Deployment", "AWS::ApiGateway::RestApi", "AWS::ApiGateway::Stage"]
HTTP = ["AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::Stage"]
QUEUE, TOPIC, TABLE, BUCKET = "AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::DynamoDB::Table", "AWS::S3::Bucket"
POLICY = "AWS::IAM::ManagedPolicy"

GROUND: dict[str, tuple[str, list[str]]] = {
    "a function": (f"F: {{Type: AWS::Serverless::Function, Properties: {{{CODE}}}}}", [FUNCTION, ROLE]),
    "tags": (f"F: {{Type: AWS::Serverless::Function, Properties: {{{CODE}, Tags: {{team: blue}}}}}}", [FUNCTION, ROLE]),
    "an architecture": (
        f"F: {{Type: AWS::Serverless::Function, Properties: {{{CODE}, Architectures: [arm64]}}}}",
        [FUNCTION, ROLE],
    ),
    "a path for the role": (
        f"F: {{Type: AWS::Serverless::Function, Properties: {{{CODE}, RolePath: /team/}}}}",
        [FUNCTION, ROLE],
    ),
    "an alias": (
        f"F: {{Type: AWS::Serverless::Function, Properties: {{{CODE}, AutoPublishAlias: live}}}}",
        [FUNCTION, ROLE, VERSION, ALIAS],
    ),
    "a url": (
        f"F: {{Type: AWS::Serverless::Function, Properties: {{{CODE}, FunctionUrlConfig: {{AuthType: NONE}}}}}}",
        [FUNCTION, ROLE, "AWS::Lambda::Url", PERMISSION, PERMISSION],
    ),
    "a url of an alias": (
        f"F: {{Type: AWS::Serverless::Function, Properties: {{{CODE}, AutoPublishAlias: live, "
        "FunctionUrlConfig: {AuthType: AWS_IAM}}}",
        [FUNCTION, ROLE, VERSION, ALIAS, "AWS::Lambda::Url"],
    ),
    "dead letters to a queue": (
        "Q: {Type: AWS::SQS::Queue}\n"
        f"  F: {{Type: AWS::Serverless::Function, Properties: {{{CODE}, DeadLetterQueue: {{Type: SQS, "
        "TargetArn: !GetAtt Q.Arn}}}",
        [QUEUE, FUNCTION, ROLE],
    ),
    "dead letters to a topic": (
        "T: {Type: AWS::SNS::Topic}\n"
        f"  F: {{Type: AWS::Serverless::Function, Properties: {{{CODE}, DeadLetterQueue: {{Type: SNS, "
        "TargetArn: !Ref T}}}",
        [TOPIC, FUNCTION, ROLE],
    ),
    "destinations": (
        f"F: {{Type: AWS::Serverless::Function, Properties: {{{CODE}, EventInvokeConfig: {{MaximumRetryAttempts: 1, "
        "DestinationConfig: {OnFailure: {Type: SQS}, OnSuccess: {Type: SNS}}}}}",
        [FUNCTION, ROLE, CONFIG, QUEUE, TOPIC],
    ),
    "an implicit REST API": (
        f"F: {{Type: AWS::Serverless::Function, Properties: {{{CODE}, Events: {{Get: {{Type: Api, Properties: "
        "{Path: /x, Method: get}}}}}",
        [FUNCTION, ROLE, PERMISSION, *REST],
    ),
    "an implicit HTTP API": (
        f"F: {{Type: AWS::Serverless::Function, Properties: {{{CODE}, Events: {{Get: {{Type: HttpApi, Properties: "
        "{Path: /x, Method: get}}}}}",
        [FUNCTION, ROLE, PERMISSION, *HTTP],
    ),
    "a bucket's events": (
        "B: {Type: AWS::S3::Bucket}\n"
        f"  F: {{Type: AWS::Serverless::Function, Properties: {{{CODE}, Events: {{Up: {{Type: S3, Properties: "
        "{Bucket: !Ref B, Events: 's3:ObjectCreated:*'}}}}}",
        [BUCKET, FUNCTION, ROLE, PERMISSION],
    ),
    "a queue's messages": (
        "Q: {Type: AWS::SQS::Queue}\n"
        f"  F: {{Type: AWS::Serverless::Function, Properties: {{{CODE}, Events: {{In: {{Type: SQS, Properties: "
        "{Queue: !GetAtt Q.Arn}}}}}",
        [QUEUE, FUNCTION, ROLE, "AWS::Lambda::EventSourceMapping"],
    ),
    "a topic's messages": (
        "T: {Type: AWS::SNS::Topic}\n"
        f"  F: {{Type: AWS::Serverless::Function, Properties: {{{CODE}, Events: {{In: {{Type: SNS, Properties: "
        "{Topic: !Ref T}}}}}",
        [TOPIC, FUNCTION, ROLE, PERMISSION, "AWS::SNS::Subscription"],
    ),
    "a simple table": ("T: {Type: AWS::Serverless::SimpleTable}", [TABLE]),
    "a table with everything": (
        "T: {Type: AWS::Serverless::SimpleTable, Properties: {TableName: notes, PrimaryKey: {Name: id, Type: Number}, "
        "ProvisionedThroughput: {ReadCapacityUnits: 2, WriteCapacityUnits: 2}, SSESpecification: {SSEEnabled: true}, "
        "Tags: {team: blue}}}",
        [TABLE],
    ),
    "a connector to a table": (
        "T: {Type: AWS::Serverless::SimpleTable}\n"
        f"  F: {{Type: AWS::Serverless::Function, Properties: {{{CODE}}}}}\n"
        "  C: {Type: AWS::Serverless::Connector, Properties: {Source: {Id: F}, Destination: {Id: T}, "
        "Permissions: [Read, Write]}}",
        [TABLE, FUNCTION, ROLE, POLICY],
    ),
    "a connector from a topic to a queue": (
        "T: {Type: AWS::SNS::Topic}\n  Q: {Type: AWS::SQS::Queue}\n"
        "  C: {Type: AWS::Serverless::Connector, Properties: {Source: {Id: T}, Destination: {Id: Q}, "
        "Permissions: [Write]}}",
        [TOPIC, QUEUE, "AWS::SQS::QueuePolicy"],
    ),
    "a safe deployment": (
        f"F: {{Type: AWS::Serverless::Function, Properties: {{{CODE}, AutoPublishAlias: live, "
        "DeploymentPreference: {Type: Canary10Percent5Minutes}}}",
        [
            FUNCTION, ROLE, ROLE, VERSION, ALIAS, "AWS::CodeDeploy::Application", "AWS::CodeDeploy::DeploymentGroup",
        ],
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud() as made:
        yield made


def plan(resources: str) -> Any:
    text = f"Transform: AWS::Serverless-2016-10-31\nResources:\n  {resources}\n"
    return make_plan(load(text), {}, pseudo_parameters("123456789012", "us-east-1", "app", "arn:app"))


@pytest.mark.parametrize("name", GROUND)
def test_sam_expands_to_what_is_documented_and_it_deploys(cloud: Cloud, name: str) -> None:
    resources, types = GROUND[name]
    assert sorted(one["Type"] for one in plan(resources).resources.values()) == sorted(types)
    stack = cloud.deploy(f"Transform: AWS::Serverless-2016-10-31\nResources:\n  {resources}\n", name="ground")
    assert stack.status == "CREATE_COMPLETE"
    stack.delete()
    assert stack.status == "DELETE_COMPLETE"


def policy_templates() -> dict[str, Any]:
    text = files("samtranslator").joinpath("policy_templates_data/policy_templates.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)["Templates"]
    return found


@pytest.mark.parametrize("name", sorted(policy_templates()))
def test_every_policy_template_of_sam_resolves(name: str) -> None:
    given = {parameter: f"the-{parameter.lower()}" for parameter in policy_templates()[name].get("Parameters", {})}
    function = (
        f"F: {{Type: AWS::Serverless::Function, Properties: {{{CODE}, Policies: [{json.dumps({name: given})}]}}}}"
    )
    [role] = [one for one in plan(function).resources.values() if one["Type"] == ROLE]
    statements = role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    assert all(statement["Effect"] == "Allow" for statement in statements)


def test_a_deletion_policy_may_be_computed_with_the_language_extensions() -> None:
    text = """\
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Parameters: {Keep: {Type: String, Default: Retain}}
Resources:
  B: {Type: AWS::S3::Bucket, DeletionPolicy: !Ref Keep}
"""
    made = make_plan(load(text), {}, pseudo_parameters("123456789012", "us-east-1", "app", "arn:app"))
    assert made.resources["B"]["DeletionPolicy"] == "Retain"
