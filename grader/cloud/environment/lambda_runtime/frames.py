"""Frames on a stream socket: a JSON header and raw bytes, each with its length in front; descriptors ride along."""

from __future__ import annotations

import array
import json
import socket
import struct
from typing import Any

LENGTHS = struct.Struct(">II")
MAX_HEADER = 1 << 20
MAX_BODY = 8 << 20
MAX_DESCRIPTORS = 16


class BrokenFrame(Exception):
    """The other side closed the socket, or sent what is not a frame."""


def send(sock: socket.socket, header: dict[str, Any], body: bytes = b"", descriptors: tuple[int, ...] = ()) -> None:
    """Send one frame; ``descriptors`` are passed with SCM_RIGHTS."""
    data = encode(header, body)
    sent = 0
    if descriptors:
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
        sent = sock.sendmsg([data], rights)
    if sent < len(data):  # the other side may have read it all and closed: to send even nothing would be an error
        sock.sendall(memoryview(data)[sent:])


def encode(header: dict[str, Any], body: bytes = b"") -> bytes:
    """The bytes of one frame."""
    head = json.dumps(header, separators=(",", ":")).encode()
    return LENGTHS.pack(len(head), len(body)) + head + body


def receive(sock: socket.socket) -> tuple[dict[str, Any], bytes, list[int]]:
    """Receive one frame, and the descriptors that came with it.

    Raises
    ------
    BrokenFrame
        At the end of the stream, or when lengths or JSON are not believable.
    """
    first, descriptors = _first(sock)
    lengths = first + exactly(sock, LENGTHS.size - len(first))
    head_length, body_length = measure(lengths)
    header = parse(exactly(sock, head_length))
    return header, exactly(sock, body_length), descriptors


def measure(lengths: bytes) -> tuple[int, int]:
    """The two lengths of a frame, refused when too large."""
    head_length, body_length = LENGTHS.unpack(lengths)
    if head_length > MAX_HEADER or body_length > MAX_BODY:
        raise BrokenFrame("A frame claims to be larger than any frame is.")
    return head_length, body_length


def parse(head: bytes) -> dict[str, Any]:
    """The header of a frame."""
    try:
        header = json.loads(head)
    except (ValueError, RecursionError) as error:
        raise BrokenFrame("A frame's header is not JSON.") from error
    if not isinstance(header, dict):
        raise BrokenFrame("A frame's header is not an object.")
    return header


def exactly(sock: socket.socket, count: int) -> bytes:
    """Read exactly ``count`` bytes."""
    chunks = bytearray()
    while len(chunks) < count:
        chunk = sock.recv(min(count - len(chunks), 1 << 20))
        if not chunk:
            raise BrokenFrame("The other side is gone.")
        chunks += chunk
    return bytes(chunks)


def _first(sock: socket.socket) -> tuple[bytes, list[int]]:
    room = socket.CMSG_SPACE(MAX_DESCRIPTORS * array.array("i").itemsize)
    data, ancillary, _, _ = sock.recvmsg(LENGTHS.size, room)
    descriptors = array.array("i")
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(content[: len(content) - len(content) % descriptors.itemsize])
    if not data:
        raise BrokenFrame("The other side is gone.")
    return data, list(descriptors)
