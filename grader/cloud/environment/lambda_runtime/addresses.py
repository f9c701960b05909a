"""AWS's addresses for programs that are not boto3: urllib, urllib3, requests and http.client reach the pocket AWS.

A name of AWS's resolves to the endpoint, and TLS to it is left out: nothing else can be reached from here anyway. So a
presigned URL, the address of an API and that of a function work inside an environment exactly as they are written.
"""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import time
from typing import Any
from urllib.parse import urlsplit

LATENCY = "x-amzn-pocket-latency"  # seconds, from grader.cloud.door; boto3's own requests wait in endpoint.py
SUFFIXES = (".amazonaws.com", ".on.aws", ".api.aws", ".cloudfront.net")


def install() -> None:
    """Names are resolved, and sockets wrapped, this way from now on."""
    socket.getaddrinfo = _resolving(socket.getaddrinfo)
    ssl.SSLContext.wrap_socket = _wrapping(ssl.SSLContext.wrap_socket)  # type: ignore[method-assign]


def endpoint() -> tuple[str, int] | None:
    """Host and port of the pocket AWS."""
    parts = urlsplit(os.environ.get("AWS_ENDPOINT_URL", ""))
    return (parts.hostname, parts.port) if parts.hostname and parts.port else None


def is_aws(name: Any) -> bool:
    """Whether a host's name is one of AWS's."""
    text = name.decode("ascii", "replace") if isinstance(name, bytes) else name
    return isinstance(text, str) and text.lower().rstrip(".").endswith(SUFFIXES)


def _resolving(real: Any) -> Any:
    def getaddrinfo(host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0) -> Any:
        here = endpoint()
        if here is not None and is_aws(host):
            return real(*here, socket.AF_INET, type, proto, flags)
        return real(host, port, family, type, proto, flags)

    return getaddrinfo


def _wrapping(real: Any) -> Any:
    def wrap_socket(context: Any, sock: socket.socket, *arguments: Any, **keywords: Any) -> Any:
        name = keywords.get("server_hostname")
        if is_aws(name) and sock.getpeername()[:2] == endpoint():
            return PlainSocket(sock, str(name))
        return real(context, sock, *arguments, **keywords)

    return wrap_socket


def wait_if_late(response: http.client.HTTPResponse) -> None:
    """Wait for an answer that a check has made late, on this environment's clock, or until the client gives up."""
    sock = getattr(getattr(response.fp, "raw", None), "_sock", None)
    if not isinstance(sock, PlainSocket) or LATENCY not in response.headers:
        return
    late, patience = float(response.headers[LATENCY]), sock.gettimeout()
    del response.headers[LATENCY]
    time.sleep(late if patience is None else min(late, patience))
    if patience is not None and late > patience:
        response.close()
        raise TimeoutError("The read operation timed out")


class PlainSocket(socket.socket):
    """A connection to the endpoint that answers what clients ask of a TLS connection."""

    def __init__(self, sock: socket.socket, name: str) -> None:
        timeout = sock.gettimeout()
        super().__init__(sock.family, sock.type, sock.proto, fileno=sock.detach())
        self.settimeout(timeout)
        self.server_hostname = name

    def getpeercert(self, binary_form: bool = False) -> Any:
        """A certificate for the very name that was asked for."""
        return b"" if binary_form else {"subjectAltName": (("DNS", self.server_hostname),)}

    def version(self) -> str:
        """The protocol that AWS would speak."""
        return "TLSv1.3"

    def cipher(self) -> tuple[str, str, int]:
        """The cipher that AWS would choose."""
        return ("TLS_AES_128_GCM_SHA256", "TLSv1.3", 128)

    def selected_alpn_protocol(self) -> None:
        """No protocol but HTTP/1.1."""

    def pending(self) -> int:
        """Nothing is decrypted ahead."""
        return 0
