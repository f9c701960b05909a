"""What lies at an address that a request or a template names: a template, or a piece of one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

from botocore.exceptions import ClientError

from grader.cloud.stacks.errors import DeployError
from grader.cloud.stacks.packaging import Artifacts
from grader.cloud.stacks.templates.template import MAX_BYTES, Template, load_text

VIRTUAL_HOST = re.compile(r"(.+)\.s3([.-][a-z0-9-]+)?\.amazonaws\.com")


class Addresses:
    """Reads objects of the account's buckets, and what was packaged here.

    Parameters
    ----------
    client
        Gives the boto3 client of a service.
    artifacts
        What was packaged in memory.
    """

    def __init__(self, client: Callable[[str], Any], artifacts: Artifacts) -> None:
        self._client, self._artifacts = client, artifacts

    def template(self, url: str) -> Template:
        """The template at an address; CloudFormation itself refuses YAML aliases in it.

        Raises
        ------
        DeployError
            When there is none, or it is no template.
        """
        if url in self._artifacts.templates:
            return self._artifacts.templates[url]
        return load_text(self.text(url), aliases=False)

    def text(self, address: str) -> str:
        """The text at ``s3://bucket/key`` or at the object's URL.

        Raises
        ------
        DeployError
            When it is not there, not text, or larger than a template may be.
        """
        bucket, key = bucket_and_key(address)
        content = self._artifacts.get((bucket, key))
        content = content if content is not None else self._object(bucket, key)
        if len(content) > MAX_BYTES:
            raise DeployError(f"Template may not exceed {MAX_BYTES} bytes in size.")
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise DeployError(f"{address} is not UTF-8 text.") from error

    def _object(self, bucket: str, key: str) -> bytes:
        if not bucket or not key:
            raise DeployError("TemplateURL must be a supported URL.")
        try:
            return bytes(self._client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
        except ClientError as error:
            raise DeployError(f"S3 error: {error.response['Error']['Message']}") from error


def bucket_and_key(address: str) -> tuple[str, str]:
    """Bucket and key of an address in either of S3's styles; empty ones when it is no address of S3."""
    parts = urlsplit(address)
    host, path = parts.hostname or "", unquote(parts.path).lstrip("/")
    if parts.scheme == "s3":
        return parts.netloc, path
    if match := VIRTUAL_HOST.fullmatch(host):
        return match[1], path
    bucket, _, key = path.partition("/")
    return bucket, key
