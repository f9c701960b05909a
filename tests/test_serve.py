"""``grader serve`` as a person starts it: what it prints, and how it ends."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from grader.cli import main


@contextmanager
def serving(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    program = [sys.executable, "-m", "grader", "serve", "--port", "0", *arguments]
    process = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def read_until(process: subprocess.Popen[str], wanted: str) -> str:
    assert process.stdout is not None
    seen = ""
    while wanted not in seen:
        line = process.stdout.readline()
        assert line, seen
        seen += line
    return seen


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_how_to_reach_it_and_ends_cleanly(number: signal.Signals) -> None:
    with serving() as process:
        said = read_until(process, "Ctrl-C ends it.")
        [address] = re.findall(r"export AWS_ENDPOINT_URL=(\S+)", said)
        assert f"[profile pocket]\nregion = us-east-1\nendpoint_url = {address}\n" in said
        assert address.startswith("http://127.0.0.1:")
        with pytest.raises(urllib.error.HTTPError, match="403"):  # it is there, and unsigned requests are refused
            urllib.request.urlopen(address)

        process.send_signal(number)
        rest, _ = process.communicate(timeout=60)

    assert (process.returncode, rest) == (0, "The pocket AWS ends.\n")


def test_to_serve_others_is_warned_of() -> None:
    with serving("--host", "0.0.0.0") as process:
        said = read_until(process, "Ctrl-C ends it.")

    assert "Everybody who reaches 0.0.0.0 can use this account" in " ".join(said.split())


def test_a_port_in_use_is_a_sentence_and_a_status() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = subprocess.run(
            [sys.executable, "-m", "grader", "serve", "--port", str(port)], capture_output=True, text=True
        )

    said = " ".join(ended.stdout.split())
    assert ended.returncode == 2
    assert said == f"Port {port} of 127.0.0.1 is taken. next: End who uses it, or give another --port."


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_a_port_is_a_number(port: str) -> None:
    assert main(["serve", "--port", port]) == 2
