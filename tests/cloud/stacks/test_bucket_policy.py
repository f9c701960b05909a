"""A bucket's policy is judged by the door, conditions included; moto's own judgement knows no conditions."""

import json
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from grader.cloud import Cloud


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud() as cloud:
        cloud.client("s3").create_bucket(Bucket="guarded")
        yield cloud


def deny(cloud: Cloud, **statement: object) -> None:
    everything = ["arn:aws:s3:::guarded", "arn:aws:s3:::guarded/*"]
    full = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": everything, **statement}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [full]})
    cloud.client("s3").put_bucket_policy(Bucket="guarded", Policy=policy)


def test_a_denial_whose_condition_does_not_hold_denies_nobody(cloud: Cloud) -> None:
    deny(cloud, Condition={"Bool": {"aws:SecureTransport": "false"}})
    cloud.client("s3").put_object(Bucket="guarded", Key="k", Body=b"x")


@pytest.mark.parametrize(
    "condition", [{}, {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}], ids=["none", "holds"]
)
def test_a_denial_that_holds_denies_even_the_developer(cloud: Cloud, condition: dict[str, object]) -> None:
    deny(cloud, **condition)
    with pytest.raises(ClientError) as caught:
        cloud.client("s3").put_object(Bucket="guarded", Key="k", Body=b"x")
    assert caught.value.response["Error"]["Code"] == "AccessDenied"
