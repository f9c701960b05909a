"""An account in which something of everything has happened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.cloud import Cloud

SOLUTIONS = Path(__file__).parents[3] / "solutions"
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Pictures: {Type: AWS::S3::Bucket}
  Inbox:
    Type: AWS::SQS::Queue
    Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}}
  Dead: {Type: AWS::SQS::Queue}
  Topic: {Type: AWS::SNS::Topic, Properties: {Subscription: [{Protocol: email, Endpoint: a@example.com}]}}
  Visits:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
  Many:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/Lambda
      MetricName: Errors
      Dimensions: [{Name: FunctionName, Value: !Ref Hello}]
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 1
      ComparisonOperator: GreaterThanOrEqualToThreshold
      AlarmActions: [!Ref Topic]
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      AutoPublishAlias: live
      InlineCode: |
        def handler(event, context):
            print("hello")
            if event.get("fail"): raise ValueError("as asked")
            return {"statusCode": 200, "body": context.function_version}
      Events:
        Get: {Type: Api, Properties: {Path: /hello, Method: get}}
        Message: {Type: SQS, Properties: {Queue: !GetAtt Inbox.Arn}}
Outputs:
  Url: {Value: !Sub "https://${ServerlessRestApi}.execute-api.${AWS::Region}.amazonaws.com/Prod/hello"}
  Bucket: {Value: !Ref Pictures}
"""


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud() as cloud:
        yield cloud


def live_in(cloud: Cloud) -> None:
    """Do something of everything that must outlive a restart."""
    stack = cloud.deploy(TEMPLATE, name="hello")
    client = cloud.client
    bucket, queue = stack.outputs["Bucket"], stack.resources["Inbox"].physical_id
    client("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"small", b"large" * 10_000):
        client("s3").put_object(Bucket=bucket, Key="a", Body=body, Metadata={"by": "us"})
    client("dynamodb").put_item(TableName=stack.resources["Visits"].physical_id, Item={"id": {"S": "x"}})
    client("sqs").send_message(QueueUrl=stack.resources["Dead"].physical_id, MessageBody="kept")
    client("sqs").send_message(QueueUrl=queue, MessageBody="delivered")
    client("ssm").put_parameter(Name="/secret", Value="s3cret", Type="SecureString")
    client("secretsmanager").create_secret(Name="pass", SecretString="word")
    client("kms").create_key()
    client("iam").create_user(UserName="ann")
    cloud.http.get(stack.outputs["Url"])
    cloud.run_until_idle()
    client("sns").publish(TopicArn=stack.resources["Topic"].physical_id, Message="mail")
    cloud.invoke("Hello", {"fail": True}, asynchronous=True)
    cloud.run_until_idle()
