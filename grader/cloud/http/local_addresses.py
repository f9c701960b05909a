"""``cloud.local_url``: the addresses of a stack on this machine's loopback, so that a browser can open them.

Every origin (``https://<api>.execute-api.…``) gets a port of its own on 127.0.0.1, because a browser judges by origin.
Addresses that a page is told (in JSON, in HTML) lead to ports as well, so that a whole application works in a browser.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit
from zlib import crc32

from grader.cloud.door.request import Request
from grader.cloud.door.response import Response
from grader.cloud.errors import CloudError
from grader.cloud.http.neighbours import Door
from grader.cloud.http.outgoing import AWS_HOSTS

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Serve = Callable[[socket.socket, WsgiApp], Callable[[], None]]
_PHRASES = {200: "OK", 403: "Forbidden", 404: "Not Found", 502: "Bad Gateway"}
FIRST_PORT, PORTS = 20000, 10000  # below those that systems hand out for outgoing connections
# The answer's origins are translated, so that CORS and redirects work in a browser as they would on AWS.
_ADDRESS_HEADERS = {"access-control-allow-origin", "location"}
# Origins that browsers ask on AWS, where they stand in what a page is told.
_ORIGINS = re.compile(
    rb"https?://[a-z0-9.-]+(?:\.execute-api\.[a-z0-9-]+\.amazonaws\.com|\.lambda-url\.[a-z0-9-]+\.on\.aws|\.cloudfront\.net"
    rb"|\.s3(?:-website)?(?:[.-][a-z0-9-]+)?\.amazonaws\.com)(?![a-z0-9.-])"
)
_TOLD_IN = ("text/", "application/json", "application/javascript", "application/manifest+json")


@dataclass(frozen=True)
class Local:
    """A loopback server for one origin."""

    origin: str
    local: str
    stop: Callable[[], None]


class LocalAddresses:
    """Loopback servers, one for each origin, started when they are first asked for.

    Parameters
    ----------
    door
        Takes every request.
    serve
        Serves a WSGI application on a listening socket and returns how to stop.
    settle
        Called after each request: delivers what it set off, because nobody at a browser calls ``run_until_idle``.
    """

    def __init__(self, door: Door, serve: Serve, settle: Callable[[], None] = lambda: None) -> None:
        self._door = door
        self._serve = serve
        self._settle = settle
        self._servers: dict[str, Local] = {}
        self._lock = threading.Lock()

    def local_url(self, url: str) -> str:
        """The loopback address that stands for ``url``, for example ``http://127.0.0.1:40123/Prod/hello``.

        Raises
        ------
        CloudError
            When the address is none of the cloud's.
        """
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        if parts.scheme not in ("http", "https") or not host.endswith(AWS_HOSTS):
            raise CloudError(f"{url} is not an address of the pocket AWS.", next_step="Use a stack's output.")
        with self._lock:
            server = self._servers.get(host) or self._start(host, parts.scheme)
        return url.replace(f"{parts.scheme}://{parts.netloc}", server.local, 1)

    def close(self) -> None:
        """Stop all servers."""
        while self._servers:
            self._servers.popitem()[1].stop()

    def _start(self, host: str, scheme: str) -> Local:
        listening = _listening(host)
        local = f"http://127.0.0.1:{listening.getsockname()[1]}"
        server = Local(f"{scheme}://{host}", local, self._serve(listening, self._app(host, local, scheme)))
        self._servers[host] = server
        return server

    def _app(self, host: str, local: str, scheme: str) -> WsgiApp:
        def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            if f"http://{environ.get('HTTP_HOST', '')}" not in (local, local.replace("127.0.0.1", "localhost")):
                start_response("403 Forbidden", [("Content-Type", "text/plain")])  # another site's name for this port
                return [b"This address answers to 127.0.0.1 only.\n"]
            response = self._told_locally(self._door.handle(self._request(environ, host, scheme)))
            self._settle()
            start_response(_status(response), self._headers(response))
            return [b"" if environ["REQUEST_METHOD"] == "HEAD" else response.body]

        return answer

    def _request(self, environ: dict[str, Any], host: str, scheme: str) -> Request:
        target = environ.get("REQUEST_URI") or environ.get("RAW_URI") or ""
        path = urlsplit(target).path if target else quote(environ.get("PATH_INFO", "/").encode("latin-1"))
        length = int(environ.get("CONTENT_LENGTH") or 0)
        return Request(
            method=environ["REQUEST_METHOD"],
            scheme=scheme,
            host=host,
            path=path,
            query=environ.get("QUERY_STRING", ""),
            headers=(("Host", host), *self._sent(environ)),
            body=environ["wsgi.input"].read(length) if length else b"",
            source_ip="127.0.0.1",
        )

    def _sent(self, environ: dict[str, Any]) -> list[tuple[str, str]]:
        pairs = environ.get("pocket_aws.headers") or _spelled(environ)
        return [
            (name, self._abroad(value) if name.lower() in ("origin", "referer") else value)
            for name, value in pairs
            if name.lower() not in ("host", "connection")
        ]

    def _abroad(self, value: str) -> str:
        """A loopback origin as AWS's own."""
        for server in self._servers.values():
            value = value.replace(server.local, server.origin)
        return value

    def _told_locally(self, response: Response) -> Response:
        """An answer whose text names AWS's origins, naming those of this machine instead."""
        encoded, kind = response.header("Content-Encoding"), response.header("Content-Type").lower()
        if encoded or response.status == 206 or not kind.startswith(_TOLD_IN) or not response.body:
            return response
        body = _ORIGINS.sub(lambda found: self.local_url(found[0].decode()).encode(), response.body)
        if body == response.body:
            return response
        kept = tuple(pair for pair in response.headers if pair[0].lower() != "content-length")
        return Response(response.status, kept, body)

    def _headers(self, response: Response) -> list[tuple[str, str]]:
        return [
            (name, self._home(value) if name.lower() in _ADDRESS_HEADERS else value)
            for name, value in response.headers
            if name.lower() not in ("connection", "transfer-encoding")
        ]

    def _home(self, value: str) -> str:
        """AWS's own origin as the loopback one."""
        for server in self._servers.values():
            value = value.replace(server.origin, server.local)
        return value


def _listening(host: str) -> socket.socket:
    """A socket whose port follows from the origin, so that a bookmark lasts; any free one where that is taken."""
    try:
        return socket.create_server(("127.0.0.1", FIRST_PORT + crc32(host.encode()) % PORTS))
    except OSError:
        return socket.create_server(("127.0.0.1", 0))


def _spelled(environ: dict[str, Any]) -> list[tuple[str, str]]:
    """The headers as WSGI keeps them, for servers that do not hand on what was sent."""
    pairs = [
        (name.removeprefix("HTTP_").replace("_", "-").title(), str(value))
        for name, value in environ.items()
        if name.startswith("HTTP_")
    ]
    return [*pairs, *((("Content-Type", environ["CONTENT_TYPE"]),) if environ.get("CONTENT_TYPE") else ())]


def _status(response: Response) -> str:
    return f"{response.status} {_PHRASES.get(response.status, 'Answer')}"
