"""Which permissions an operation needs."""

from __future__ import annotations

from typing import Any

import pytest

from grader.cloud.iam.actions import needs_of
from grader.cloud.iam.needs import Need, Place

PLACE = Place("us-east-1", "123456789012")
TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/T"


@pytest.mark.parametrize(
    ("service", "operation", "given", "needs"),
    [
        ("s3", "HeadObject", {"Bucket": "b", "Key": "k"}, [Need("s3:GetObject", "arn:aws:s3:::b/k")]),
        ("s3", "ListObjectsV2", {"Bucket": "b"}, [Need("s3:ListBucket", "arn:aws:s3:::b")]),
        ("s3", "ListBuckets", {}, [Need("s3:ListAllMyBuckets", "*")]),
        (
            "apigateway",
            "TestInvokeMethod",
            {"restApiId": "abc", "resourceId": "r", "httpMethod": "GET"},
            [Need("apigateway:POST", "arn:aws:apigateway:us-east-1::/restapis/abc/resources/r/methods/GET")],
        ),
        ("apigateway", "GetStages", {}, [Need("apigateway:GET", "arn:aws:apigateway:us-east-1::/restapis/*/stages")]),
        (
            "apigatewayv2",
            "GetStage",
            {"ApiId": "abc", "StageName": "$default"},
            [Need("apigateway:GET", "arn:aws:apigateway:us-east-1::/apis/abc/stages/$default")],
        ),
        (
            "s3",
            "CopyObject",
            {"Bucket": "b", "Key": "k", "CopySource": "a/x"},
            [Need("s3:GetObject", "arn:aws:s3:::a/x"), Need("s3:PutObject", "arn:aws:s3:::b/k")],
        ),
        (
            "s3",
            "DeleteObjects",
            {"Bucket": "b", "Delete": {"Objects": [{"Key": "1"}, {"Key": "2", "VersionId": "v"}]}},
            [Need("s3:DeleteObject", "arn:aws:s3:::b/1"), Need("s3:DeleteObjectVersion", "arn:aws:s3:::b/2")],
        ),
        ("dynamodb", "Query", {"TableName": "T", "IndexName": "I"}, [Need("dynamodb:Query", f"{TABLE}/index/I")]),
        ("dynamodb", "BatchGetItem", {"RequestItems": {"T": {}}}, [Need("dynamodb:BatchGetItem", TABLE)]),
        (
            "dynamodb",
            "TransactWriteItems",
            {"TransactItems": [{"Put": {"TableName": "T"}}, {"ConditionCheck": {"TableName": "T"}}]},
            [Need("dynamodb:PutItem", TABLE), Need("dynamodb:ConditionCheckItem", TABLE)],
        ),
        ("dynamodb", "ExecuteStatement", {"Statement": 'SELECT * FROM "T"'}, [Need("dynamodb:PartiQLSelect", TABLE)]),
        (
            "sqs",
            "SendMessageBatch",
            {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/q"},
            [Need("sqs:sendmessage", "arn:aws:sqs:us-east-1:123456789012:q")],
        ),
        ("sns", "Publish", {"TopicArn": "arn:aws:sns:x"}, [Need("SNS:Publish", "arn:aws:sns:x")]),
        (
            "lambda",
            "Invoke",
            {"FunctionName": "f", "Qualifier": "live"},
            [Need("lambda:InvokeFunction", "arn:aws:lambda:us-east-1:123456789012:function:f:live")],
        ),
        (
            "lambda",
            "CreateFunction",
            {"FunctionName": "f", "Role": "arn:aws:iam::123456789012:role/R"},
            [
                Need("lambda:CreateFunction", "arn:aws:lambda:us-east-1:123456789012:function:f"),
                Need("iam:PassRole", "arn:aws:iam::123456789012:role/R"),
            ],
        ),
        (
            "ssm",
            "GetParameter",
            {"Name": "/app/key"},
            [Need("ssm:GetParameter", "arn:aws:ssm:us-east-1:123456789012:parameter/app/key")],
        ),
        (
            "ssm",
            "GetParameter",
            {"Name": "arn:aws:ssm:us-east-1:123456789012:parameter/app/key"},
            [Need("ssm:GetParameter", "arn:aws:ssm:us-east-1:123456789012:parameter/app/key")],
        ),
        (
            "logs",
            "PutLogEvents",
            {"logGroupName": "/g", "logStreamName": "s"},
            [Need("logs:PutLogEvents", "arn:aws:logs:us-east-1:123456789012:log-group:/g:log-stream:s")],
        ),
        ("sts", "GetCallerIdentity", {}, []),
        (
            "events",
            "PutEvents",
            {"Entries": [{"Source": "a"}]},
            [Need("events:PutEvents", "arn:aws:events:us-east-1:123456789012:event-bus/default")],
        ),
        ("rekognition", "DetectLabels", {}, [Need("rekognition:DetectLabels", "*")]),
        ("stepfunctions", "StartExecution", {"stateMachineArn": "arn:m"}, [Need("states:StartExecution", "arn:m")]),
    ],
)
def test_an_operation_needs(service: str, operation: str, given: dict[str, Any], needs: list[Need]) -> None:
    assert list(needs_of(service, operation, given, PLACE)) == needs
