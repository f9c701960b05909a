"""What moto's S3 does otherwise than S3, put right once for the process; it has no settings for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import Any

from moto.s3.models import S3Backend


@lru_cache(maxsize=1)
def mend_moto() -> None:
    """Put moto's S3 right."""
    S3Backend.list_object_versions = _newest_first(S3Backend.list_object_versions)


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


@contextmanager
def posting(backend: Any, posted: bool) -> Iterator[None]:
    """Let moto tell of ``ObjectCreated:Post`` for an upload by form; its lock is held."""
    if posted:
        backend.put_object = partial(backend.put_object, request_method="POST")
    try:
        yield
    finally:
        vars(backend).pop("put_object", None)
