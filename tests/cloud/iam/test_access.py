"""What a function called, beside what it may call."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest

from grader.cloud import Cloud
from grader.cloud.iam.access import access_of
from grader.cloud.iam.calls import Call

TEMPLATE = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Resources": {
        "Uploads": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "uploads"}},
        "Save": {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "Runtime": "python3.13", "Handler": "index.handler", "InlineCode": "def handler(event, context): pass",
                "Policies": [
                    {"S3WritePolicy": {"BucketName": "uploads"}},
                    {"Statement": [{"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}]},
                ],
            },
        },
    },
}  # fmt: skip


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud() as cloud:
        cloud.deploy(TEMPLATE)
        yield cloud


def client(cloud: Cloud, service: str):
    version = cloud.functions.registry.resolve(cloud._names.physical("Save"))
    held = cloud.identity.role_credentials(version.role, version.name)
    keys = {"aws_access_key_id": held.access_key_id, "aws_secret_access_key": held.secret_access_key}
    return boto3.client(service, **keys, aws_session_token=held.session_token, region_name="us-east-1")


def test_calls_say_what_was_asked_and_whether_it_was_allowed(cloud: Cloud) -> None:
    s3 = client(cloud, "s3")
    s3.put_object(Bucket="uploads", Key="k", Body=b"x")
    with pytest.raises(s3.exceptions.ClientError):
        s3.get_object(Bucket="uploads", Key="k")
    cloud.client("s3").get_object(Bucket="uploads", Key="k")

    assert [(call.action, call.resource, call.allowed) for call in cloud.calls("Save")] == [
        ("s3:PutObject", "arn:aws:s3:::uploads/k", True),
        ("s3:GetObject", "arn:aws:s3:::uploads/k", False),
    ]


def test_access_puts_grants_beside_calls(cloud: Cloud) -> None:
    client(cloud, "s3").put_object(Bucket="uploads", Key="k", Body=b"x")
    client(cloud, "dynamodb").list_tables()

    access = cloud.access("Save")
    used = {(grant.action, grant.resource) for grant in access.granted if grant.used}
    assert used == {("s3:PutObject", "arn:aws:s3:::uploads/*"), ("dynamodb:*", "*")}
    unused = {grant.action for grant in access.unused}
    assert {"s3:PutObjectAcl", "logs:PutLogEvents"} <= unused
    assert access.denied == ()


def test_what_was_refused_is_listed_once(cloud: Cloud) -> None:
    s3 = client(cloud, "s3")
    for _ in range(2):
        with pytest.raises(s3.exceptions.ClientError):
            s3.get_object(Bucket="uploads", Key="k")

    access = cloud.access("Save")
    assert [(call.action, call.resource) for call in access.denied] == [("s3:GetObject", "arn:aws:s3:::uploads/k")]
    assert "✗ s3:GetObject on arn:aws:s3:::uploads/k" in repr(access)


def test_asking_whether_it_may_is_no_call(cloud: Cloud) -> None:
    assert cloud.may("Save", "s3:PutObject", "arn:aws:s3:::uploads/k").allowed
    assert cloud.calls("Save") == ()


def test_what_the_service_writes_for_the_function_counts(cloud: Cloud) -> None:
    cloud.invoke("Save")

    assert {"logs:PutLogEvents"} <= {call.action for call in cloud.calls("Save")}


def test_a_table_is_escaped() -> None:
    policy = {"Statement": [{"Effect": "Allow", "Action": "<script>", "Resource": "*"}]}
    html = access_of("F<b>", {"p": policy}, [Call(0, "F", "s3:x", "<i>", False)])._repr_html_()

    assert "<script>" not in html and "<i>" not in html and "F<b>" not in html
