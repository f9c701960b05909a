"""What moto's S3 does otherwise than S3, put right once for the process; it has no settings for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from types import SimpleNamespace
from typing import Any

import moto.s3.responses
from moto.s3.exceptions import InvalidBucketName
from moto.s3.models import S3Backend
from moto.s3.utils import user_settable_fields

BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\Z")


@lru_cache(maxsize=1)
def mend_moto() -> None:
    """Put moto's S3 right, and spare it what it would work out anew several times for each request."""
    S3Backend.create_bucket = _of_a_valid_name(S3Backend.create_bucket)
    S3Backend.list_object_versions = _newest_first(S3Backend.list_object_versions)
    responses: Any = moto.s3.responses
    responses.metadata_from_headers = _of_few(responses.metadata_from_headers)
    answers = responses.S3Response
    answers.subdomain_based_buckets = staticmethod(_by_host(answers.subdomain_based_buckets))


def _of_a_valid_name(original: Any) -> Any:
    """moto looks at the length of a bucket's name; S3 wants small letters, digits, dots and hyphens, too."""

    def create_bucket(backend: Any, bucket_name: str, *args: Any, **named: Any) -> Any:
        if not BUCKET_NAME.match(bucket_name):
            raise InvalidBucketName
        return original(backend, bucket_name, *args, **named)

    return create_bucket


class _NewestFirst:
    """A bucket's versions as moto lists them, those of one moment in the right order."""

    def __init__(self, keys: Any) -> None:
        self._keys = keys

    def iterlists(self) -> Iterator[tuple[str, list[Any]]]:
        for name, versions in self._keys.iterlists():
            yield name, list(reversed(versions))


def _newest_first(original: Any) -> Any:
    """moto sorts by time alone, and on a clock that stands still the oldest version would come first."""

    def list_object_versions(backend: Any, bucket_name: str, *args: Any, **named: Any) -> Any:
        bucket = backend.get_bucket(bucket_name)
        keys, bucket.keys = bucket.keys, _NewestFirst(bucket.keys)
        try:
            return original(backend, bucket_name, *args, **named)
        finally:
            bucket.keys = keys

    return list_object_versions


def _of_few(original: Any) -> Any:
    """moto tries a pattern on each header, and most of them cannot be metadata."""

    def metadata_from_headers(headers: Any) -> Any:
        return original({name: value for name, value in headers.items() if _may_be_metadata(name)})

    return metadata_from_headers


def _may_be_metadata(name: Any) -> bool:
    lower = name.lower() if isinstance(name, str) else ""
    return lower.startswith("x-amz-meta-") or lower in user_settable_fields


def _by_host(original: Any) -> Any:
    """Whether a host names a bucket is asked six times for each request."""
    named = lru_cache(maxsize=256)(lambda host: original(SimpleNamespace(headers={"host": host})))

    def subdomain_based_buckets(request: Any) -> bool:
        host = request.headers.get("host")
        return bool(named(host) if host else original(request))

    return subdomain_based_buckets


@contextmanager
def posting(backend: Any, posted: bool) -> Iterator[None]:
    """Let moto tell of ``ObjectCreated:Post`` for an upload by form; its lock is held."""
    if posted:
        backend.put_object = partial(backend.put_object, request_method="POST")
    try:
        yield
    finally:
        vars(backend).pop("put_object", None)
