"""HTTP/1.1 on the wire: requests are read without decoding anything, since signatures are over what was sent.

``http.server`` reads headers through the e-mail parser, and takes three times as long.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import BinaryIO

from grader.cloud.door.request import Request
from grader.cloud.door.response import Response

LONGEST_HEAD = 64 * 1024
LONGEST_BODY = 64 * 1024 * 1024
_PHRASES = {status.value: status.phrase for status in HTTPStatus}
# What belongs to the connection and not to the answer.
_OURS = frozenset({"content-length", "connection", "transfer-encoding", "keep-alive"})


class Unreadable(Exception):
    """What arrived is not HTTP as it is read here, or too much of it."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True)
class Arrived:
    """A request, and whether its connection stays open after the answer."""

    request: Request
    keep_alive: bool


def read_request(stream: BinaryIO, peer: str, host: str | None, proceed: Callable[[], None]) -> Arrived | None:
    """The next request of a connection; None at the connection's end.

    Parameters
    ----------
    peer
        The client's address.
    host
        What the request is taken to be addressed to; None believes its Host header.
    proceed
        Called when the client waits for ``100 Continue`` before it sends the body.

    Raises
    ------
    Unreadable
        When it is malformed, or longer than 64 KB of headers or 64 MB of body.
    """
    line = stream.readline(LONGEST_HEAD)
    while line in (b"\r\n", b"\n"):  # empty lines before a request are allowed
        line = stream.readline(LONGEST_HEAD)
    if not line:
        return None
    parts = line.decode("latin-1").split()
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise Unreadable(400, "request line")
    method, target, version = parts
    headers = _headers(stream)
    by_name = {name.lower(): value for name, value in headers}
    if by_name.get("expect", "").lower() == "100-continue":
        proceed()
    body = _body(stream, by_name)
    wish = by_name.get("connection", "").lower()
    keep = wish != "close" and (version == "HTTP/1.1" or wish == "keep-alive")
    path, _, query = _origin_form(target).partition("?")
    known = host or by_name.get("host", "")
    return Arrived(Request(method, "http", known, path or "/", query, tuple(headers), body, peer), keep)


def _origin_form(target: str) -> str:
    """A proxy's absolute target (``http://host/path``) without scheme and host."""
    if target.startswith(("http://", "https://")):
        return "/" + target.partition("://")[2].partition("/")[2]
    return target


def _headers(stream: BinaryIO) -> list[tuple[str, str]]:
    headers: list[tuple[str, str]] = []
    size = 0
    while True:
        line = stream.readline(LONGEST_HEAD)
        size += len(line)
        if line in (b"\r\n", b"\n"):
            return headers
        name, colon, value = line.decode("latin-1").partition(":")
        if size >= LONGEST_HEAD:
            raise Unreadable(431, "headers are too long")
        if not colon or not name or name != name.strip() or not line.endswith(b"\n"):
            raise Unreadable(400, "headers")
        headers.append((name, value.strip()))


def _body(stream: BinaryIO, headers: dict[str, str]) -> bytes:
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return _chunks(stream)
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        raise Unreadable(400, "Content-Length")
    if int(length) > LONGEST_BODY:
        raise Unreadable(413, "the body is too long")
    body = stream.read(int(length))
    if len(body) < int(length):
        raise Unreadable(400, "the body is cut short")
    return body


def _chunks(stream: BinaryIO) -> bytes:
    body = bytearray()
    while True:
        try:
            size = int(stream.readline(LONGEST_HEAD).partition(b";")[0], 16)
        except ValueError as not_a_size:
            raise Unreadable(400, "chunk size") from not_a_size
        if size < 0 or len(body) + size > LONGEST_BODY:
            raise Unreadable(413, "the body is too long")
        if size == 0:
            while stream.readline(LONGEST_HEAD).strip():  # trailers
                pass
            return bytes(body)
        body += stream.read(size)
        stream.readline(LONGEST_HEAD)


def answer_bytes(response: Response, method: str, keep_alive: bool) -> bytes:
    """An answer as it goes over the wire; to HEAD it says the length of a body that it does not send."""
    stated = response.header("Content-Length") if method == "HEAD" else ""
    lines = [f"HTTP/1.1 {response.status} {_PHRASES.get(response.status, 'Status')}"]
    lines += [f"{name}: {value}" for name, value in response.headers if name.lower() not in _OURS]
    if response.status not in (204, 304):
        lines.append(f"Content-Length: {stated or len(response.body)}")
    if not keep_alive:
        lines.append("Connection: close")
    head = "\r\n".join(line.replace("\r", " ").replace("\n", " ") for line in lines)
    silent = method == "HEAD" or response.status in (204, 304)
    # Header values are UTF-8 octets on the wire (S3 metadata), as the client sent them.
    return head.encode("latin-1" if head.isascii() else "utf-8") + b"\r\n\r\n" + (b"" if silent else response.body)
