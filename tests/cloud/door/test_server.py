"""The door over HTTP: what arrives is what was sent, and stopping leaves nothing behind."""

from __future__ import annotations

import socket
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from grader.cloud.door.request import Request
from grader.cloud.door.response import Response
from grader.cloud.door.server import serve_application, serve_socket


@contextmanager
def served(handle) -> Iterator[socket.socket]:
    listening = socket.create_server(("127.0.0.1", 0))
    address = listening.getsockname()
    stop = serve_socket(listening, handle)
    try:
        with socket.create_connection(address, timeout=5) as connection:
            yield connection
    finally:
        stop()
        stop()


def read_answer(connection: socket.socket, body: bool = True) -> tuple[str, dict[str, str], bytes]:
    with connection.makefile("rb") as stream:
        status = stream.readline().decode().strip()
        headers = {}
        while line := stream.readline().decode("utf-8").strip():
            name, _, value = line.partition(": ")
            headers[name] = value
        return status, headers, stream.read(int(headers.get("Content-Length", 0))) if body else b""


def echo(seen: list[Request]):
    def handle(request: Request) -> Response:
        seen.append(request)
        return Response(200, (("X-Was", request.path),), request.body)

    return handle


def test_a_request_arrives_undecoded() -> None:
    seen: list[Request] = []
    with served(echo(seen)) as connection:
        connection.sendall(
            b"PUT /a%2Fb/%C3%BC//c?x=%2F&y HTTP/1.1\r\nHost: sqs.local\r\n"
            b"X-Amz-Meta-my_key: v\r\nContent-Length: 2\r\n\r\nhi"
        )
        answer = read_answer(connection)

    headers = (("Host", "sqs.local"), ("X-Amz-Meta-my_key", "v"), ("Content-Length", "2"))
    assert seen == [Request("PUT", "http", "sqs.local", "/a%2Fb/%C3%BC//c", "x=%2F&y", headers, b"hi", "127.0.0.1")]
    assert answer == ("HTTP/1.1 200 OK", {"X-Was": "/a%2Fb/%C3%BC//c", "Content-Length": "2"}, b"hi")


def test_a_connection_serves_many_requests() -> None:
    with served(echo([])) as connection:
        for number in range(3):
            connection.sendall(f"POST /{number} HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n{number}".encode())
            assert read_answer(connection)[2] == str(number).encode()


def test_a_client_may_ask_to_continue_and_send_chunks() -> None:
    seen: list[Request] = []
    with served(echo(seen)) as connection:
        connection.sendall(b"PUT /k HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: t\r\n\r\n")
        answer = read_answer(connection)

    assert (seen[0].body, answer[2]) == (b"abcde", b"abcde")


def test_head_says_a_length_and_sends_nothing() -> None:
    with served(lambda request: Response(200, (("Content-Length", "9000"),))) as connection:
        connection.sendall(b"HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        assert read_answer(connection, body=False)[:2] == (
            "HTTP/1.1 200 OK",
            {"Content-Length": "9000", "Connection": "close"},
        )
        assert connection.recv(10) == b""


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", "400"),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", "400"),
        (b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "400"),
        (b"GET / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", "413"),
        (b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "400"),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", "431"),
    ],
)
def test_what_is_not_http_is_refused_and_the_connection_ends(sent: bytes, status: str) -> None:
    with served(echo([])) as connection:
        connection.sendall(sent)
        assert read_answer(connection)[0].split()[1] == status


def test_a_fault_of_ours_is_an_answer_that_no_sdk_repeats() -> None:
    def broken(request: Request) -> Response:
        raise KeyError("x")

    with served(broken) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        assert read_answer(connection)[::2] == ("HTTP/1.1 501 Not Implemented", b"InternalFailure: KeyError: 'x'\n")


def test_a_header_cannot_smuggle_a_line() -> None:
    with served(lambda request: Response(200, (("X", "a\r\nSet-Cookie: b"),))) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        assert read_answer(connection)[1] == {"X": "a  Set-Cookie: b", "Content-Length": "0"}


def test_stopping_ends_connections_and_threads() -> None:
    before = set(threading.enumerate())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with served(echo([])) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            read_answer(connection)

    assert set(threading.enumerate()) == before


def test_a_wsgi_application_sees_the_raw_target() -> None:
    def application(environ, start_response):
        start_response("201 Created", [("X-Target", environ["REQUEST_URI"])])
        return [environ["wsgi.input"].read()]

    listening = socket.create_server(("127.0.0.1", 0))
    stop = serve_application(listening, application)
    with socket.create_connection(listening.getsockname(), timeout=5) as connection:
        connection.sendall(b"POST /a%20b?c=d HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx")
        answer = read_answer(connection)
    stop()

    assert answer == ("HTTP/1.1 201 Created", {"X-Target": "/a%20b?c=d", "Content-Length": "1"}, b"x")
