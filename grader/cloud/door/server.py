"""The door over HTTP: a small server that keeps connections alive, with a thread for each, and stops cleanly."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any, BinaryIO
from urllib.parse import unquote_to_bytes

from grader.cloud.door.request import Request
from grader.cloud.door.response import Response
from grader.cloud.door.wire import Arrived, Unreadable, answer_bytes, read_request

Handle = Callable[[Request], Response]
WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
IDLE_SECONDS = 60.0
STOP_SECONDS = 2.0


def serve_socket(listening: socket.socket, handle: Handle, host: str | None = None) -> Callable[[], None]:
    """Answer HTTP requests on a listening socket until the returned function is called.

    Stopping closes the socket and every connection, and may be done more than once.

    Parameters
    ----------
    handle
        Answers one request; it is called from several threads.
    host
        What requests are taken to be addressed to, when their own Host header must not decide.
    """
    server = Server(listening, handle, host)
    server.start()
    return server.stop


def serve_application(listening: socket.socket, application: WsgiApp) -> Callable[[], None]:
    """Serve a WSGI application on a listening socket; it sees the raw target in ``REQUEST_URI``."""

    def handle(request: Request) -> Response:
        begun: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], problem: Any = None) -> None:
            begun[:] = [int(status.split(" ")[0]), tuple(headers)]

        body = b"".join(application(environ_of(request), start_response))
        return Response(begun[0], begun[1], body)

    return serve_socket(listening, handle)


class Server:
    """Accepts connections until it is stopped; ``serve_socket`` says what the parameters mean."""

    def __init__(self, listening: socket.socket, handle: Handle, host: str | None = None) -> None:
        self._listening, self._handle, self._host = listening, handle, host
        self._connections: dict[socket.socket, threading.Thread] = {}
        self._lock = threading.Lock()
        self._stopped = False
        self._accepting = threading.Thread(target=self._accept, name="door", daemon=True)

    def start(self) -> None:
        """Begin to accept."""
        self._listening.setblocking(True)
        self._accepting.start()

    def stop(self) -> None:
        """End all connections, and wait for their threads unless one of them is asking."""
        with self._lock:
            if self._stopped:
                return
            self._stopped = True
            connections = dict(self._connections)
        _shut(self._listening)
        self._listening.close()
        for connection in connections:
            _shut(connection)
        for thread in (self._accepting, *connections.values()):
            if thread is not threading.current_thread():
                thread.join(STOP_SECONDS)

    def _accept(self) -> None:
        while True:
            try:
                connection, address = self._listening.accept()
            except OSError:  # the socket was shut: the server stops
                return
            peer = str(address[0]) if isinstance(address, tuple) and address else "127.0.0.1"
            thread = threading.Thread(target=self._converse, args=(connection, peer), name="door", daemon=True)
            with self._lock:
                if self._stopped:
                    connection.close()
                    return
                # Threads that have ended are forgotten here and not by themselves: ``stop`` waits to their very end.
                self._connections = {one: its for one, its in self._connections.items() if its.is_alive()}
                self._connections[connection] = thread
                thread.start()  # before ``stop`` may join it

    def _converse(self, connection: socket.socket, peer: str) -> None:
        try:
            connection.settimeout(IDLE_SECONDS)
            with contextlib.suppress(OSError):  # a Unix socket has no such option
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with connection.makefile("rb") as stream:
                while self._exchange(connection, stream, peer):
                    pass
        except OSError:  # the client went away, or the server stops
            pass
        finally:
            connection.close()

    def _exchange(self, connection: socket.socket, stream: BinaryIO, peer: str) -> bool:
        """One request and its answer; False when the connection ends with it."""

        def proceed() -> None:
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

        try:
            arrived = read_request(stream, peer, self._host, proceed)
        except Unreadable as unreadable:
            refused = Response(unreadable.status, (("Content-Type", "text/plain"),), f"{unreadable}\n".encode())
            connection.sendall(answer_bytes(refused, "GET", keep_alive=False))
            return False
        if arrived is None:
            return False
        connection.sendall(answer_bytes(self._answer(arrived), arrived.request.method, arrived.keep_alive))
        return arrived.keep_alive and not self._stopped

    def _answer(self, arrived: Arrived) -> Response:
        try:
            return self._handle(arrived.request)
        except Exception as fault:  # the border to the network: whatever went wrong here, the client gets an answer
            # 501, since SDKs would ask again after 500.
            text = f"InternalFailure: {type(fault).__name__}: {fault}\n"
            return Response(501, (("Content-Type", "text/plain"),), text.encode("utf-8", "replace"))


def _shut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it was not connected, or is closed already
        sock.shutdown(socket.SHUT_RDWR)


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
