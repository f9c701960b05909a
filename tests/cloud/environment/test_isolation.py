"""What an environment can see and reach: its code, its /tmp, its packages, its endpoint."""

import json
import os
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from grader.cloud.environment import IsolationFailed, Zygote, isolation_report

REPOSITORY = Path(__file__).parents[3]
TRY = """
    import errno
    def attempt(action):
        try: return repr(action())
        except ModuleNotFoundError as error: return "ModuleNotFoundError"
        except OSError as error: return errno.errorcode.get(error.errno, str(error))
"""


def attempt(bench, expression, imports="os, socket", **changes):
    source = TRY + f"    import {imports}\n    def handler(event, context): return attempt(lambda: {expression})"
    return bench.result(source, **changes)


@pytest.fixture
def strong(level):
    if level == 1:
        pytest.skip("level 1 is limits only")


@pytest.mark.usefixtures("strong")
@pytest.mark.parametrize(
    "path", [f"{REPOSITORY}/pyproject.toml", "/etc/shadow", "/proc/1/environ", os.path.expanduser("~root/.bashrc")]
)
def test_files_of_the_host_cannot_be_read(bench, path):
    assert attempt(bench, f"open({path!r}).read()") in ("ENOENT", "EACCES", "EPERM")


def test_no_descriptor_is_inherited_but_the_runtimes_own(bench):
    source = """
        import os
        def opened(number):
            try: return bool(os.fstat(number))
            except OSError: return False
        def handler(event, context): return sum(opened(number) for number in range(256))
    """
    assert bench.result(source) == 5  # nothing to read, two for output, the channel, the log


def test_the_file_tree_of_level_3_holds_nothing_of_the_hosts(bench, level):
    if level != 3:
        pytest.skip("below level 3 Landlock guards the host's own file tree")
    source = "import os\ndef handler(event, context): return [os.listdir(one) for one in ('/.host', '/proc', '/opt')]"
    assert bench.result(source) == [[], [], []]


@pytest.mark.usefixtures("strong")
def test_nothing_can_be_written_but_tmp(bench):
    found = [attempt(bench, f"open({path!r}, 'w')") for path in ("/var/task/app.py", "/opt/x", "/x", "/var/x")]
    assert set(found) <= {"EROFS", "EACCES", "ENOENT", "EPERM"}


@pytest.mark.usefixtures("strong")
def test_there_is_no_network_but_the_endpoint(bench):
    with socket.create_server(("127.0.0.1", 0)) as outside:
        port = outside.getsockname()[1]
        assert attempt(bench, f"socket.create_connection(('127.0.0.1', {port}), 1)") in ("ECONNREFUSED", "EACCES")
    assert attempt(bench, "socket.create_connection(('192.0.2.1', 80), 1)") in ("ENETUNREACH", "EACCES")
    datagram = "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))"
    assert attempt(bench, datagram) in ("ENETUNREACH", "EPERM")


@pytest.mark.usefixtures("strong")
@pytest.mark.parametrize("call", ["ptrace(0, 0, 0, 0)", "unshare(0x10000000)", "mount(0, 0, 0, 0, 0)", "chroot(b'/')"])
def test_calls_that_no_function_needs_are_refused(bench, call):
    source = f"import ctypes\ndef handler(event, context): return ctypes.CDLL(None, use_errno=True).{call}"
    assert bench.result(source) == -1


@pytest.mark.parametrize("name", ["moto", "grader", "pytest", "nbgrader", "lambda_runtime"])
def test_packages_that_happen_to_be_installed_cannot_be_imported(bench, name):
    assert attempt(bench, f"__import__({name!r})") == "ModuleNotFoundError"


def test_packages_that_requirements_name_can_be_imported(bench):
    source = """
        import io
        def handler(event, context):
            from PIL import Image
            file = io.BytesIO()
            Image.new("RGB", (3, 2)).save(file, "PNG")
            return Image.open(io.BytesIO(file.getvalue())).size
    """
    assert bench.result(source, packages=("pillow",), memory_mb=512) == [3, 2]
    assert bench.outcome(source, memory_mb=512).status == "error"


class Stub(BaseHTTPRequestHandler):
    """An S3 that answers every request with one bucket."""

    def do_GET(self):
        body = (
            b'<?xml version="1.0"?><ListAllMyBucketsResult><Buckets><Bucket><Name>'
            + self.headers["x-amz-date"].encode()
            + b"</Name></Bucket></Buckets></ListAllMyBucketsResult>"
        )
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def serve(listener):
    server = HTTPServer(("127.0.0.1", 0), Stub, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()

    def stop():
        server.shutdown()
        thread.join()
        server.server_close()

    return stop


def test_boto3_reaches_the_endpoint_and_signs_with_the_virtual_date(bench):
    source = """
        import boto3
        s3 = boto3.client("s3")
        def handler(event, context): return [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    """
    environment = bench.environment(source, serve, memory_mb=256)
    from .conftest import ask

    outcome = environment.invoke(ask())
    environment.close()
    assert outcome.status == "ok", outcome
    assert json.loads(outcome.payload)[0].startswith("20261102T0900")


def test_the_report_has_a_line_for_every_level():
    assert [line.split()[1] for line in isolation_report()] == ["3", "2", "1"]


def test_a_level_that_does_not_exist_here_is_refused():
    with pytest.raises(IsolationFailed):
        Zygote(level=9)


def test_the_zygote_ends_with_the_process_that_started_it():
    program = """
import os
from grader.cloud.environment import Zygote
zygote = Zygote()
print(zygote._process.pid, zygote._folder, flush=True)
os.kill(os.getpid(), 9)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=REPOSITORY)
    pid, folder = run.stdout.split()
    for _ in range(200):
        if not _runs(pid) and not Path(folder).exists():
            return
        threading.Event().wait(0.01)
    raise AssertionError("the zygote or its folder is still there")


def _runs(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_system_without_forks_is_refused_with_a_way_out(monkeypatch):
    monkeypatch.delattr(os, "fork")
    with pytest.raises(IsolationFailed, match=r"does not fork(?s:.*)WSL 2"):
        Zygote(level=1)
