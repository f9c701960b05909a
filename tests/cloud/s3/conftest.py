"""An account with a bucket, strangers without a signature, and roles that may do what a test says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from grader.cloud import Cloud
from grader.cloud.http import Answer

BUCKET = "arn:aws:s3:::pics"


def statement(effect: str = "Allow", principal: Any = "*", action: Any = "s3:GetObject", resource: Any = BUCKET + "/*",
              **more: Any) -> dict[str, Any]:  # fmt: skip
    return {"Effect": effect, "Principal": principal, "Action": action, "Resource": resource, **more}


@dataclass
class Shop:
    """The account, and shorthand for what tests do in it."""

    cloud: Cloud

    @property
    def s3(self) -> Any:
        return self.cloud.client("s3")

    def policy(self, *statements: dict[str, Any], bucket: str = "pics") -> None:
        """Set the bucket's policy."""
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        self.s3.put_bucket_policy(Bucket=bucket, Policy=document)

    def open(self, *statements: dict[str, Any]) -> None:
        """Let everybody in who the statements let in."""
        self.s3.delete_public_access_block(Bucket="pics")
        self.policy(*(statements or (statement(),)))

    def role(self, *allowed: dict[str, Any], service: str = "s3") -> Any:
        """A client of a role with an identity policy of these statements (``Effect`` and ``Resource`` may be left)."""
        statements = [{"Effect": "Allow", "Resource": "*", **each} for each in allowed]
        held = self.cloud.identity.policy_credentials([{"Version": "2012-10-17", "Statement": statements}])
        return boto3.client(
            service, aws_access_key_id=held.access_key_id, aws_secret_access_key=held.secret_access_key,
            aws_session_token=held.session_token, region_name="us-east-1", config=Config(signature_version="s3v4"),
        ) if service == "s3" else boto3.client(
            service, aws_access_key_id=held.access_key_id, aws_secret_access_key=held.secret_access_key,
            aws_session_token=held.session_token, region_name="us-east-1",
        )  # fmt: skip

    def fetch(self, method: str, key: str, bucket: str = "pics", **options: Any) -> Answer:
        """A request without a signature."""
        return self.cloud.http.request(method, f"https://{bucket}.s3.us-east-1.amazonaws.com/{key}", **options)


def refused(call: Callable[..., Any], **arguments: Any) -> tuple[str, str]:
    """The code and the message of a call that must not succeed."""
    with pytest.raises(ClientError) as error:
        call(**arguments)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def said(answer: Answer, *names: str) -> tuple[Any, ...]:
    """The status, and elements of an error's XML."""
    found = (re.search(f"<{name}>(.*?)</{name}>", answer.body, re.DOTALL) for name in names)
    return answer.status, *(each and each[1] for each in found)


@pytest.fixture
def shop() -> Iterator[Shop]:
    with Cloud() as cloud:
        cloud.client("s3").create_bucket(Bucket="pics")
        yield Shop(cloud)
