"""Bodies of requests: text, bytes, JSON, forms and uploads, with the Content-Type that goes with each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

BOUNDARY = "running-serverless-5f2b9c"


@dataclass(frozen=True)
class Upload:
    """A file in a form."""

    filename: str
    content: bytes
    content_type: str = "application/octet-stream"


@dataclass(frozen=True)
class Body:
    """Bytes, and the Content-Type that goes with them, if they have one of their own."""

    content: bytes
    content_type: str | None = None


def encode_body(
    body: str | bytes | None,
    as_json: Any = None,
    form: Mapping[str, str] | None = None,
    multipart: Mapping[str, str | bytes | Upload] | None = None,
) -> Body:
    """Encode one of the ways to write a body.

    Raises
    ------
    ValueError
        When more than one is given.
    """
    if sum(part is not None for part in (body, as_json, form, multipart)) > 1:
        raise ValueError("Give one of body, json, form and multipart.")
    if as_json is not None:
        return Body(json.dumps(as_json).encode(), "application/json")
    if form is not None:
        return Body(urlencode(form).encode(), "application/x-www-form-urlencoded")
    if multipart is not None:
        return Body(_multipart(multipart), f"multipart/form-data; boundary={BOUNDARY}")
    return Body(body.encode() if isinstance(body, str) else body or b"")


def _multipart(fields: Mapping[str, str | bytes | Upload]) -> bytes:
    parts = [_part(name, value) for name, value in fields.items()]
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def _part(name: str, value: str | bytes | Upload) -> bytes:
    upload = value if isinstance(value, Upload) else None
    content = upload.content if upload else value.encode() if isinstance(value, str) else value
    assert isinstance(content, bytes)
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{_quoted(name)}"'
    if upload:
        head += f'; filename="{_quoted(upload.filename)}"\r\nContent-Type: {upload.content_type}'
    return head.encode() + b"\r\n\r\n" + content + b"\r\n"


def _quoted(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
