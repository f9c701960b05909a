"""The door over HTTP: a small threading server that keeps connections alive and hands paths on as they were sent."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes

from grader.cloud.door.request import Request
from grader.cloud.door.response import Response

Handle = Callable[[Request], Response]
MAX_BODY = 64 * 1024 * 1024


def serve_socket(listening: socket.socket, handle: Handle, host: str | None = None) -> Callable[[], None]:
    """Answer HTTP requests on a listening socket until the returned function is called.

    Parameters
    ----------
    handle
        Answers one request; it is called from several threads.
    host
        What requests are taken to be addressed to, when their own Host header must not decide.
    """
    server = _Server(listening, handle, host)
    threading.Thread(target=server.accept, name="door", daemon=True).start()
    return server.stop


class _Server:
    def __init__(self, listening: socket.socket, handle: Handle, host: str | None) -> None:
        self._listening, self.handle, self.host = listening, handle, host
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        self._stopped = False

    def accept(self) -> None:
        while not self._stopped:
            try:
                connection, address = self._listening.accept()
            except OSError:
                return
            with self._lock:
                self._connections.add(connection)
            threading.Thread(target=self._serve, args=(connection, address), name="door", daemon=True).start()

    def _serve(self, connection: socket.socket, address: Any) -> None:
        try:
            with contextlib.suppress(OSError):
                _Handler(connection, address, self)  # type: ignore[arg-type]  # it is asked for handle and host only
        finally:
            with self._lock:
                self._connections.discard(connection)
            connection.close()

    def stop(self) -> None:
        self._stopped = True
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "AmazonS3"
    sys_version = ""
    wbufsize = 65536
    disable_nagle_algorithm = True
    server: Any

    def setup(self) -> None:
        # Sockets of a Unix family, or in another network namespace, know nothing of TCP_NODELAY.
        with contextlib.suppress(OSError):
            self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.disable_nagle_algorithm = False
        super().setup()

    def _answer(self) -> None:
        body = self._body()
        if body is None:
            self.close_connection = True
            self._send(Response(413, (("Content-Type", "text/plain"),), b"Request Entity Too Large"))
            return
        path, _, query = self.path.partition("?")
        request = Request(
            method=self.command,
            scheme="http",
            host=self.server.host or self.headers.get("Host", ""),
            path=path or "/",
            query=query,
            headers=tuple(self.headers.items()),
            body=body,
            source_ip=str(self.client_address[0]) if self.client_address else "127.0.0.1",
        )
        self._send(self.server.handle(request))

    def _body(self) -> bytes | None:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._chunked()
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > MAX_BODY:
            return None
        return self.rfile.read(int(length))

    def _chunked(self) -> bytes | None:
        parts, total = [], 0
        while True:
            size = int(self.rfile.readline(1024).split(b";")[0].strip() or b"0", 16)
            total += size
            if total > MAX_BODY:
                return None
            if size == 0:
                while self.rfile.readline(1024).strip():
                    pass
                return b"".join(parts)
            parts.append(self.rfile.read(size))
            self.rfile.readline(1024)

    def _send(self, response: Response) -> None:
        self.send_response_only(response.status)
        held_back = {"content-length", "connection", "transfer-encoding"}
        length = response.header("content-length") if self.command == "HEAD" else ""
        for name, value in response.headers:
            if name.lower() not in held_back:
                self.send_header(name, value)
        self.send_header("Content-Length", length or str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)
        self.wfile.flush()

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_OPTIONS = _answer

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the traces tell it better."""


def serve_application(listening: socket.socket, application: Callable[..., Any]) -> Callable[[], None]:
    """Serve a WSGI application on a listening socket; it sees the raw target in ``REQUEST_URI``."""

    def handle(request: Request) -> Response:
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
            started[:] = [int(status.split(" ")[0]), tuple(headers)]

        body = b"".join(application(environ_of(request), start_response))
        return Response(started[0], started[1], body)

    return serve_socket(listening, handle)


def environ_of(request: Request) -> dict[str, Any]:
    """A request as WSGI describes it."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "REQUEST_URI": f"{request.path}?{request.query}" if request.query else request.path,
        "PATH_INFO": unquote_to_bytes(request.path).decode("latin-1"),
        "QUERY_STRING": request.query,
        "CONTENT_LENGTH": str(len(request.body)),
        "CONTENT_TYPE": request.header("Content-Type"),
        "REMOTE_ADDR": request.source_ip,
        "wsgi.input": BytesIO(request.body),
        "wsgi.url_scheme": request.scheme,
    }
    for name, value in request.headers:
        if name.lower() not in ("content-type", "content-length"):
            environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
    return environ
