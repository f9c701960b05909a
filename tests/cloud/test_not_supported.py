"""What templates may hold and the pocket AWS does not imitate: refused by its name, with where, and what to do next."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.cloud import Cloud
from grader.cloud.errors import CloudError

SAM = "Transform: AWS::Serverless-2016-10-31\n"
FUNCTION = (
    "{Type: AWS::Serverless::Function, Properties: {Handler: app.handler, Runtime: python3.13, CodeUri: ., %s}}\n"
)
ROLE = """\
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: states.amazonaws.com}, Action: "sts:AssumeRole"}]
"""
KINESIS = "arn:aws:kinesis:us-east-1:123456789012:stream/x"
DONE = {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}


def resource(kind: str, **properties: object) -> str:
    """A template with one resource, called Thing."""
    return f"Resources:\n  Thing: {{Type: '{kind}', Properties: {json.dumps(properties)}}}\n"


def function(more: str, others: str = "") -> str:
    """A template with a function, called Thing."""
    return f"{SAM}Resources:\n  Thing: {FUNCTION % more}{others}"


def serverless(kind: str, properties: str, others: str = "") -> str:
    """A template with another SAM resource, called Thing."""
    return f"{SAM}Resources:\n  Thing: {{Type: 'AWS::Serverless::{kind}', Properties: {{{properties}}}}}\n{others}"


def event(kind: str, properties: str, others: str = "") -> str:
    """A template with a function that has one event source."""
    return function(f"Events: {{Event: {{Type: {kind}, Properties: {{{properties}}}}}}}", others)


def machine(state: dict[str, object], **more: object) -> str:
    """A template with a state machine of one state, called Thing."""
    definition = json.dumps({"StartAt": "A", "States": {"A": state}})
    properties = json.dumps({"DefinitionString": definition, **more})
    kind = "AWS::StepFunctions::StateMachine"
    return f"Resources:\n{ROLE}  Thing: {{Type: {kind}, Properties: {properties[:-1]}, RoleArn: !GetAtt Role.Arn}}}}\n"


def rest(path: str) -> str:
    """A template with a REST API that has one operation, called Thing."""
    get = f"{{x-amazon-apigateway-integration: {path}}}"
    body = f"{{openapi: 3.0.1, info: {{title: x}}, paths: {{/x: {{get: {get}}}}}}}"
    return f"Resources:\n  Thing: {{Type: AWS::ApiGateway::RestApi, Properties: {{Name: x, Body: {body}}}}}\n"


BODY = "DefinitionBody: {openapi: 3.0.1, info: {title: x, version: 1}, paths: {}}"
CALLED = "  F: " + FUNCTION % "Events: {E: {Type: Api, Properties: {RestApiId: !Ref Thing, Path: /, Method: get}}}"
QUEUE = "  Queue: {Type: AWS::SQS::Queue}\n"
ORIGIN = {"Id": "a", "DomainName": "x.s3.amazonaws.com", "S3OriginConfig": {}}
BEHAVIOUR = {"TargetOriginId": "a", "ViewerProtocolPolicy": "allow-all"}
EDGE = {"LambdaFunctionAssociations": [{"EventType": "viewer-request", "LambdaFunctionARN": "x"}]}
ALARM = {"ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1}
METRIC = {"Threshold": 1, "Period": 60, "Statistic": "Sum", "Namespace": "x", "MetricName": "y"}
# What it is: the template, and AWS's own name of it, which the refusal must say.
REFUSED = {
    # functions
    "provisioned concurrency": (
        function("AutoPublishAlias: live, ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 1}"),
        "provisioned concurrency (AWS::Lambda::Alias.ProvisionedConcurrencyConfig)",
    ),
    "a network": (function("VpcConfig: {SubnetIds: [s], SecurityGroupIds: [g]}"), "AWS::Lambda::Function.VpcConfig"),
    "an image": (
        serverless("Function", "PackageType: Image, ImageUri: x"), "functions from container images (ImageUri)"
    ),
    "another language": (function("").replace("python3.13", "nodejs22.x"), "the runtime nodejs22.x"),
    "a file system": (
        function("FileSystemConfigs: [{Arn: x, LocalMountPath: /mnt/x}]"), "AWS::Lambda::Function.FileSystemConfigs"
    ),
    "signed code": (function("CodeSigningConfigArn: x"), "AWS::Lambda::Function.CodeSigningConfigArn"),
    "pinned runtimes": (
        function("RuntimeManagementConfig: {UpdateRuntimeOn: Auto}"), "AWS::Lambda::Function.RuntimeManagementConfig"
    ),
    "durable functions": (function("DurableConfig: {ExecutionTimeout: 60}"), "AWS::Lambda::Function.DurableConfig"),
    "managed instances": (function("CapacityProviderConfig: {Arn: x}"), "AWS::Lambda::Function.CapacityProviderConfig"),
    "a streaming URL": (
        function("FunctionUrlConfig: {AuthType: NONE, InvokeMode: RESPONSE_STREAM}"), "InvokeMode RESPONSE_STREAM"
    ),
    "a layer made by make": (
        f"{SAM}Resources:\n  Thing: {{Type: AWS::Serverless::LayerVersion, Properties: {{ContentUri: .}}, "
        "Metadata: {BuildMethod: makefile}}\n",
        "the BuildMethod makefile of a layer",
    ),
    # event sources
    "Kinesis": (event("Kinesis", f"Stream: '{KINESIS}', StartingPosition: LATEST"), KINESIS),
    "Kafka": (
        event("MSK", "Stream: 'arn:aws:kafka:us-east-1:1:cluster/x/y', StartingPosition: LATEST, Topics: [t]"),
        "Kafka event sources (AWS::Lambda::EventSourceMapping.Topics)",
    ),
    "Amazon MQ": (
        event("MQ", "Broker: 'arn:aws:mq:us-east-1:123456789012:broker:x:y', Queues: [q], "
                    "SourceAccessConfigurations: [{Type: BASIC_AUTH, URI: x}]"),
        "Amazon MQ event sources (AWS::Lambda::EventSourceMapping.Queues)",
    ),
    "IoT": (event("IoTRule", "Sql: x"), "AWS::IoT::TopicRule"),
    "Cognito": (
        event("Cognito", "UserPool: !Ref Pool, Trigger: PreSignUp", "  Pool: {Type: AWS::Cognito::UserPool}\n"),
        "AWS::Cognito::UserPool",
    ),
    "provisioned pollers": (
        event("SQS", "Queue: !GetAtt Queue.Arn, ProvisionedPollerConfig: {MinimumPollers: 2}", QUEUE),
        "provisioned pollers (AWS::Lambda::EventSourceMapping.ProvisionedPollerConfig)",
    ),
    "odd S3 events": (
        event("S3", "Bucket: !Ref B, Events: 's3:ObjectTagging:*'", "  B: {Type: AWS::S3::Bucket}\n"),
        "the event s3:ObjectTagging:*",
    ),
    # APIs
    "WebSocket APIs": (
        resource("AWS::ApiGatewayV2::Api", Name="x", ProtocolType="WEBSOCKET", RouteSelectionExpression="x"),
        "WebSocket APIs (AWS::ApiGatewayV2::Api.RouteSelectionExpression)",
    ),
    "WebSocket APIs by protocol": (
        resource("AWS::ApiGatewayV2::Api", Name="x", ProtocolType="WEBSOCKET"),
        "WebSocket APIs (AWS::ApiGatewayV2::Api.ProtocolType WEBSOCKET)",
    ),
    "caches": (
        serverless("Api", f"StageName: Prod, CacheClusterEnabled: true, CacheClusterSize: '0.5', {BODY}"),
        "caches of APIs (AWS::ApiGateway::Stage.CacheClusterEnabled)",
    ),
    "caches of methods": (
        serverless(
            "Api",
            "StageName: Prod, MethodSettings: [{HttpMethod: '*', ResourcePath: '/*', CachingEnabled: true}]", CALLED,
        ),
        "MethodSettings.CachingEnabled True",
    ),
    "private APIs": (
        serverless("Api", f"StageName: Prod, EndpointConfiguration: {{Type: PRIVATE}}, {BODY}"),
        "RestApi.EndpointConfiguration PRIVATE",
    ),
    "compression": (
        serverless("Api", f"StageName: Prod, MinimumCompressionSize: 5, {BODY}"),
        "compression by APIs (AWS::ApiGateway::RestApi.MinimumCompressionSize)",
    ),
    "domains": (
        serverless("Api", f"StageName: Prod, Domain: {{DomainName: a.example.com, CertificateArn: x}}, {BODY}"),
        "AWS::ApiGateway::",  # several types of it; the first is named
    ),
    "domains of HTTP APIs": (
        serverless("HttpApi", f"Domain: {{DomainName: a.example.com, CertificateArn: x}}, {BODY}"),
        "AWS::ApiGatewayV2::",
    ),
    "user pools": (
        serverless(
            "Api",
            "StageName: Prod, Auth: {DefaultAuthorizer: C, Authorizers: {C: {UserPoolArn: "
            "'arn:aws:cognito-idp:us-east-1:123456789012:userpool/x'}}}",
            CALLED,
        ),
        "COGNITO_USER_POOLS authorizers",
    ),
    "proxies": (rest("{type: http_proxy, uri: 'https://example.com', httpMethod: GET}"), "Integration.type HTTP_PROXY"),
    "service integrations": (
        rest("{type: aws, uri: 'arn:aws:apigateway:us-east-1:sqs:path/x', httpMethod: POST}"), "Integration.type AWS"
    ),
    "VPC links": (resource("AWS::ApiGatewayV2::VpcLink", Name="x", SubnetIds=[]), "AWS::ApiGatewayV2::VpcLink"),
    "GraphQL": (
        serverless("GraphQLApi", "SchemaInline: 'type Query {a: String}', Auth: {Type: AWS_IAM}"),
        "AWS::AppSync::GraphQLApi",
    ),
    "Lambda@Edge": (
        resource(
            "AWS::CloudFront::Distribution",
            DistributionConfig={"Enabled": True, "Origins": [ORIGIN], "DefaultCacheBehavior": {**BEHAVIOUR, **EDGE}},
        ),
        "CloudFront's LambdaFunctionAssociations",
    ),
    # Step Functions
    "distributed maps": (
        machine({"Type": "Map", "End": True, "ItemProcessor": {"ProcessorConfig": {
            "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **DONE}}),
        "distributed maps",
    ),
    "filters in paths": (
        machine({"Type": "Pass", "InputPath": "$.a[?(@.x>1)]", "End": True}), "filter expressions in JSONPath"
    ),
    "activities": (
        machine({"Type": "Task", "Resource": "arn:aws:states:us-east-1:123456789012:activity:x", "End": True}),
        "the task resource arn:aws:states:us-east-1:123456789012:activity:x",
    ),
    "other services' tasks": (
        machine({"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "Parameters": {}, "End": True}),
        "the task resource arn:aws:states:::ecs:runTask.sync",
    ),
    "logging of machines": (
        machine({"Type": "Succeed"}, LoggingConfiguration={"Level": "ALL"}), "logging of state machines"
    ),
    "keys of machines": (
        machine({"Type": "Succeed"}, EncryptionConfiguration={"Type": "CUSTOMER_MANAGED_KMS_KEY", "KmsKeyId": "x"}),
        "encryption of state machines with a key of one's own",
    ),
    "versions of machines": (
        serverless("StateMachine", f"AutoPublishAlias: live, Definition: {json.dumps(DONE)}"),
        "AWS::StepFunctions::StateMachineVersion",
    ),
    # events, data, alarms
    "targets of rules": (
        resource("AWS::Events::Rule", EventPattern={"source": ["x"]}, Targets=[{"Id": "a", "Arn": KINESIS}]),
        f"the EventBridge target {KINESIS}",
    ),
    "archives": (resource("AWS::Events::Archive", SourceArn="x"), "AWS::Events::Archive"),
    "API destinations": (resource("AWS::Events::ApiDestination"), "AWS::Events::ApiDestination"),
    "pipes": (resource("AWS::Pipes::Pipe"), "AWS::Pipes::Pipe"),
    "universal targets": (
        resource("AWS::Scheduler::Schedule", FlexibleTimeWindow={"Mode": "OFF"}, ScheduleExpression="rate(1 day)",
                 Target={"Arn": "arn:aws:scheduler:::aws-sdk:s3:putObject", "RoleArn": "arn:aws:iam::1:role/x"}),
        "the EventBridge Scheduler target arn:aws:scheduler:::aws-sdk:s3:putObject",
    ),
    "web hooks": (
        resource("AWS::SNS::Topic", Subscription=[{"Protocol": "https", "Endpoint": "https://example.com"}]),
        "SNS subscriptions with Protocol https",
    ),
    "locks of objects": (resource("AWS::S3::Bucket", ObjectLockEnabled=True), "AWS::S3::Bucket.ObjectLockEnabled"),
    "replication": (
        resource("AWS::S3::Bucket", ReplicationConfiguration={"Role": "x", "Rules": []}),
        "AWS::S3::Bucket.ReplicationConfiguration",
    ),
    "global tables": (resource("AWS::DynamoDB::GlobalTable"), "AWS::DynamoDB::GlobalTable"),
    "tables into Kinesis": (
        resource("AWS::DynamoDB::Table", KinesisStreamSpecification={"StreamArn": "x"}, BillingMode="PAY_PER_REQUEST",
                 AttributeDefinitions=[{"AttributeName": "a", "AttributeType": "S"}],
                 KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}]),
        "AWS::DynamoDB::Table.KinesisStreamSpecification",
    ),
    "rotation": (
        resource("AWS::SecretsManager::RotationSchedule", SecretId="x"), "AWS::SecretsManager::RotationSchedule"
    ),
    "anomaly detection": (
        resource("AWS::CloudWatch::Alarm", ThresholdMetricId="a", **ALARM | {"ComparisonOperator":
                 "GreaterThanUpperThreshold"}, Metrics=[{"Id": "a", "Expression": "ANOMALY_DETECTION_BAND(m)"}]),
        "alarms on anomaly detection",
    ),
    "actions on machines": (
        resource("AWS::CloudWatch::Alarm", AlarmActions=["arn:aws:automate:us-east-1:ec2:stop"], **ALARM, **METRIC),
        "the alarm action arn:aws:automate:us-east-1:ec2:stop",
    ),
    "servers": (
        resource("AWS::CodeDeploy::Application", ComputePlatform="Server"), "CodeDeploy's compute platform Server"
    ),
    "log streams into Kinesis": (
        resource("AWS::Logs::SubscriptionFilter", LogGroupName="x", FilterPattern="", DestinationArn=KINESIS),
        f"a log subscription to {KINESIS}",
    ),
    # templates
    "another service": (resource("AWS::Glue::Job"), "AWS::Glue::Job"),
    "waiting": (resource("AWS::CloudFormation::WaitCondition"), "AWS::CloudFormation::WaitCondition"),
    "a macro": (
        "Resources:\n  Thing:\n    Type: AWS::S3::Bucket\n    Fn::Transform: {Name: MyMacro, Parameters: {}}\n",
        "the macro MyMacro",
    ),
    "signals": (
        "Resources:\n  Thing: {Type: AWS::S3::Bucket, CreationPolicy: {ResourceSignal: {Count: 1}}}\n",
        "the resource attribute CreationPolicy",
    ),
    "rolling updates": (
        "Resources:\n  Thing: {Type: AWS::S3::Bucket, UpdatePolicy: {AutoScalingRollingUpdate: {}}}\n",
        "the update policy AutoScalingRollingUpdate of AWS::S3::Bucket",
    ),
    "another transform": (f"Transform: MyMacro\n{resource('AWS::S3::Bucket')}", "the transform MyMacro"),
    "blue and green": (f"Hooks: {{H: {{Type: x}}}}\n{resource('AWS::S3::Bucket')}", "the template section Hooks"),
    "key pairs": (
        f"Parameters: {{Thing: {{Type: 'AWS::EC2::KeyPair::KeyName'}}}}\n{resource('AWS::S3::Bucket')}",
        "parameters of type AWS::EC2::KeyPair::KeyName",
    ),
}  # fmt: skip
NOT_OF_A_RESOURCE = {"another transform", "blue and green"}
ELSEWHERE = {"Cognito": "Pool", "odd S3 events": "B"}


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """One account for all: a template that is refused leaves nothing behind."""
    with Cloud() as cloud:
        yield cloud


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_not_imitated_is_refused_by_name_with_where_and_what_next(
    cloud: Cloud, tmp_path: Path, what: str
) -> None:
    template, feature = REFUSED[what]
    (tmp_path / "app.py").write_text("def handler(event, context):\n    return 1\n")
    (tmp_path / "template.yaml").write_text(template)
    with pytest.raises(CloudError) as refused:
        cloud.deploy(tmp_path / "template.yaml", name=f"stack-{list(REFUSED).index(what)}")
    assert "NotSupported: the pocket AWS does not imitate " in refused.value.what
    assert feature in refused.value.what
    where = str(refused.value.where)
    assert where.startswith("template.yaml line ")
    assert what in NOT_OF_A_RESOURCE or ELSEWHERE.get(what, "Thing") in where
    assert refused.value.next_step
