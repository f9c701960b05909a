"""Bodies in ``aws-chunked`` encoding: sizes, optional chunk signatures, and trailing checksum headers."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from grader.cloud.door.faults import Refusal
from grader.cloud.door.request import Request

Signer = Callable[[str, bytes], str]


def decode_chunks(request: Request, signer: Signer | None) -> Request:
    """The request with its body as the object will be stored; trailers become headers.

    Raises
    ------
    Refusal
        When the body is cut short, or a chunk's signature is not its own.
    """
    stated = request.header("X-Amz-Content-SHA256")
    if not stated.startswith("STREAMING-") and "aws-chunked" not in request.header("Content-Encoding"):
        return request
    body, trailers = _decoded(request.body, signer if "HMAC" in stated else None)
    encoding = [part.strip() for part in request.header("Content-Encoding").split(",")]
    kept = ",".join(part for part in encoding if part and part != "aws-chunked")
    added = [("Content-Encoding", kept)] if kept else []
    checksums = [(name, value) for name, value in trailers if name.startswith("x-amz-checksum-")]
    return request.with_headers(
        drop=(
            "content-encoding", "content-length", "transfer-encoding", "x-amz-trailer", "x-amz-decoded-content-length",
            "x-amz-content-sha256",
        ),
        add=[*added, *checksums, ("Content-Length", str(len(body)))],
        body=body,
    )  # fmt: skip


def _decoded(body: bytes, signer: Signer | None) -> tuple[bytes, list[tuple[str, str]]]:
    content, at, previous = bytearray(), 0, getattr(signer, "seed", "")
    while True:
        end = body.find(b"\r\n", at)
        if end < 0:
            raise _incomplete()
        size, _, extension = body[at:end].decode("latin-1").partition(";")
        try:
            length = int(size, 16)
        except ValueError as not_a_size:
            raise _incomplete() from not_a_size
        chunk = body[end + 2 : end + 2 + length]
        if len(chunk) < length:
            raise _incomplete()
        if signer is not None:
            previous = _verified(signer, previous, chunk, extension)
        if length == 0:
            return bytes(content), _trailers(body[end + 2 :])
        content += chunk
        at = end + 2 + length + 2


def _verified(signer: Signer, previous: str, chunk: bytes, extension: str) -> str:
    stated = extension.partition("chunk-signature=")[2].strip()
    if not hmac.compare_digest(signer(previous, chunk), stated):
        raise Refusal("SignatureDoesNotMatch", "A chunk's signature does not match what was calculated.", 403)
    return stated


def _trailers(rest: bytes) -> list[tuple[str, str]]:
    lines = [line.partition(":") for line in rest.decode("latin-1").split("\r\n") if ":" in line]
    return [(name.strip().lower(), value.strip()) for name, _, value in lines]


def _incomplete() -> Refusal:
    return Refusal(
        "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header", 400
    )
