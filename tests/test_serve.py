"""``grader serve`` as a person starts it: what it prints, and how it ends."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from grader.cli import main

from .cloud.serving.conftest import outside_client


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


def address_of(said: str) -> str:
    [address] = re.findall(r"export AWS_ENDPOINT_URL=(\S+)", said)
    return str(address)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_how_to_reach_it_and_ends_cleanly(number: signal.Signals) -> None:
    with serving() as process:
        said = read_until(process, "Ctrl-C ends it.")
        address = address_of(said)
        assert f"[profile pocket]\nregion = us-east-1\nendpoint_url = {address}\n" in said
        assert address.startswith("http://127.0.0.1:")
        with pytest.raises(urllib.error.HTTPError, match="403") as refused:  # it is there; the request is unsigned
            urllib.request.urlopen(address)
        refused.value.close()

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


def test_an_account_survives_a_kill(tmp_path: Path) -> None:
    """Deployed, killed without a warning, and there again."""
    state = str(tmp_path / "account.state")
    template = "Resources: {Notes: {Type: AWS::S3::Bucket}}"
    with serving("--state", state) as process:
        address = address_of(read_until(process, "Ctrl-C ends it."))
        outside_client(address, "cloudformation").create_stack(StackName="notes", TemplateBody=template)
        s3 = outside_client(address, "s3")
        bucket = s3.list_buckets()["Buckets"][0]["Name"]
        for letter in (b"x", b"y"):  # while the second is being written, the first is surely saved
            s3.put_object(Bucket=bucket, Key=letter.decode(), Body=letter * 10_000)
            while letter * 1_000 not in Path(state).read_bytes():
                time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()

    with serving("--state", state) as process:
        said = read_until(process, "Ctrl-C ends it.")
        assert f"The account is kept in {state}, with the stacks notes." in said
        kept = outside_client(address_of(said), "s3").get_object(Bucket=bucket, Key="x")
        assert kept["Body"].read() == b"x" * 10_000


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_a_port_is_a_number(port: str) -> None:
    assert main(["serve", "--port", port]) == 2
