"""Every answer of our own APIs parses by botocore's models and has the members that the models require."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape

from grader.cloud import Cloud

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Parameters: {Stage: {Type: String, Default: dev}}
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      InlineCode: "def handler(event, context): return {'statusCode': 200}"
      AutoPublishAlias: live
      DeploymentPreference: {Type: Canary10Percent5Minutes}
      Layers: [!Ref Layer]
      FunctionUrlConfig: {AuthType: NONE}
      Events: {Get: {Type: Api, Properties: {Path: /, Method: get}}}
  Layer: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: 's3://code/layer.zip'}}
  Table: {Type: AWS::Serverless::SimpleTable}
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      {ComparisonOperator: GreaterThanThreshold, EvaluationPeriods: 1, MetricName: Errors, Namespace: AWS/Lambda,
      Period: 60, Statistic: Sum, Threshold: 1}
Outputs:
  Name: {Value: !Ref Hello, Export: {Name: hello}}
"""
ABOUT = {"Name": "part", "Author": "Ada", "Description": "A part.", "SemanticVersion": "1.0.0"}
ARN = "arn:aws:serverlessrepo:us-east-1:123456789012:applications/part"
# What we ask of each service; the parameters in angle brackets are filled in from the stack.
CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("cloudformation", "describe_stacks", {}),
    ("cloudformation", "describe_stacks", {"StackName": "app"}),
    ("cloudformation", "describe_stack_events", {"StackName": "app"}),
    ("cloudformation", "describe_events", {"StackName": "app"}),
    ("cloudformation", "describe_stack_resource", {"StackName": "app", "LogicalResourceId": "Hello"}),
    ("cloudformation", "describe_stack_resources", {"StackName": "app"}),
    ("cloudformation", "list_stack_resources", {"StackName": "app"}),
    ("cloudformation", "list_stacks", {}),
    ("cloudformation", "list_exports", {}),
    ("cloudformation", "get_template", {"StackName": "app"}),
    ("cloudformation", "get_template", {"StackName": "app", "TemplateStage": "Processed"}),
    ("cloudformation", "get_template_summary", {"StackName": "app"}),
    ("cloudformation", "get_stack_policy", {"StackName": "app"}),
    ("cloudformation", "describe_account_limits", {}),
    ("cloudformation", "validate_template", {"TemplateBody": "Resources: {B: {Type: 'AWS::S3::Bucket'}}"}),
    (
        "cloudformation",
        "create_change_set",
        {"StackName": "other", "ChangeSetName": "c", "ChangeSetType": "CREATE",
         "TemplateBody": "Resources: {B: {Type: 'AWS::S3::Bucket'}}"},
    ),
    ("cloudformation", "describe_change_set", {"StackName": "other", "ChangeSetName": "c"}),
    ("cloudformation", "list_change_sets", {"StackName": "other"}),
    ("cloudformation", "describe_change_set_hooks", {"StackName": "other", "ChangeSetName": "c"}),
    ("serverlessrepo", "create_application", {**ABOUT, "TemplateBody": "Resources: {B: {Type: 'AWS::S3::Bucket'}}"}),
    ("serverlessrepo", "get_application", {"ApplicationId": ARN}),
    ("serverlessrepo", "list_applications", {}),
    ("serverlessrepo", "list_application_versions", {"ApplicationId": ARN}),
    ("serverlessrepo", "create_cloud_formation_template", {"ApplicationId": ARN}),
    ("serverlessrepo", "get_application_policy", {"ApplicationId": ARN}),
    ("serverlessrepo", "create_cloud_formation_change_set", {"ApplicationId": ARN, "StackName": "part"}),
    ("lambda", "get_function", {"FunctionName": "<Hello>"}),
    ("lambda", "get_function_configuration", {"FunctionName": "<Hello>"}),
    ("lambda", "list_functions", {}),
    ("lambda", "list_versions_by_function", {"FunctionName": "<Hello>"}),
    ("lambda", "list_aliases", {"FunctionName": "<Hello>"}),
    ("lambda", "get_alias", {"FunctionName": "<Hello>", "Name": "live"}),
    ("lambda", "get_policy", {"FunctionName": "<Hello>", "Qualifier": "live"}),
    ("lambda", "get_function_url_config", {"FunctionName": "<Hello>", "Qualifier": "live"}),
    ("lambda", "list_function_url_configs", {"FunctionName": "<Hello>"}),
    ("lambda", "get_account_settings", {}),
    ("lambda", "list_layers", {}),
    ("lambda", "list_layer_versions", {"LayerName": "Layer"}),
    ("lambda", "get_layer_version", {"LayerName": "Layer", "VersionNumber": 1}),
    ("lambda", "invoke", {"FunctionName": "<Hello>"}),
    ("lambda", "put_function_event_invoke_config", {"FunctionName": "<Hello>", "MaximumRetryAttempts": 1}),
    ("lambda", "get_function_event_invoke_config", {"FunctionName": "<Hello>"}),
    ("lambda", "put_function_concurrency", {"FunctionName": "<Hello>", "ReservedConcurrentExecutions": 5}),
    ("lambda", "get_function_concurrency", {"FunctionName": "<Hello>"}),
    ("codedeploy", "list_applications", {}),
    ("codedeploy", "list_deployments", {}),
    ("codedeploy", "list_deployment_configs", {}),
    ("codedeploy", "get_deployment_config", {"deploymentConfigName": "CodeDeployDefault.LambdaAllAtOnce"}),
    ("cloudwatch", "describe_alarms", {}),
    ("cloudwatch", "describe_alarm_history", {}),
    ("cloudwatch", "list_metrics", {}),
    ("logs", "describe_log_groups", {}),
    ("logs", "describe_log_streams", {"logGroupName": "/aws/lambda/<Hello>"}),
    ("logs", "filter_log_events", {"logGroupName": "/aws/lambda/<Hello>"}),
    ("sts", "get_caller_identity", {}),
    ("apigateway", "get_rest_apis", {}),
    ("dynamodb", "list_tables", {}),
    ("dynamodb", "describe_table", {"TableName": "<Table>"}),
    ("kms", "list_keys", {}),
    ("cloudcontrol", "list_resources", {"TypeName": "AWS::Lambda::Function"}),
]  # fmt: skip


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud() as made:
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w") as archive:
            archive.writestr("python/words.py", "WORD = 1")
        made.client("s3").create_bucket(Bucket="code")
        made.client("s3").put_object(Bucket="code", Key="layer.zip", Body=written.getvalue())
        stack = made.deploy(TEMPLATE)
        made.invoke("Hello")
        made.physical = {name: one.physical_id for name, one in stack.resources.items()}  # type: ignore[attr-defined]
        yield made


def missing(value: Any, shape: Shape, place: str = "") -> list[str]:
    """The required members that a parsed answer lacks, anywhere in it."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        lacking = [f"{place}.{name}" for name in shape.required_members if name not in value]
        inner = [
            found
            for name, item in value.items()
            if name in shape.members
            for found in missing(item, shape.members[name], f"{place}.{name}")
        ]
        return lacking + inner
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [found for item in value for found in missing(item, shape.member, f"{place}[]")]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return [found for item in value.values() for found in missing(item, shape.value, f"{place}{{}}")]
    return []


@pytest.mark.parametrize(
    ("service", "operation", "given"), CALLS, ids=[f"{service}-{operation}" for service, operation, _ in CALLS]
)
def test_an_answer_has_what_its_model_requires(
    cloud: Cloud, service: str, operation: str, given: dict[str, Any]
) -> None:
    text = json.dumps(given)
    for name, physical_id in cloud.physical.items():  # type: ignore[attr-defined]
        text = text.replace(f"<{name}>", physical_id)
    client = cloud.client(service)
    answer = getattr(client, operation)(**json.loads(text))
    name = client.meta.method_to_api_mapping[operation]
    shape = client.meta.service_model.operation_model(name).output_shape
    assert answer["ResponseMetadata"]["HTTPStatusCode"] < 300
    assert missing(answer, shape) == []
