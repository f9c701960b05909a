"""A learner is not root, or only a container's: every level works for them too."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]
# Root's home may hold the interpreter and be closed to others: a private view opens the way to it.
AS_NOBODY = """
set -e
mkdir "$1/python"
mount --bind {base} "$1/python"
case {base} in ~root/*) mount -t tmpfs -o mode=755 tmpfs ~root; mkdir -p {base}; mount --bind "$1/python" {base};; esac
shift
exec setpriv --reuid=65534 --regid=65534 --clear-groups env -i PATH=/usr/bin:/bin PYTHONDONTWRITEBYTECODE=1 "$@"
"""
# What containers leave to their root: no mounts of its own.
OF_A_CONTAINER = """
chown dac_override fowner fsetid kill setgid setuid setpcap net_bind_service net_raw sys_chroot mknod audit_write
setfcap
"""
PROGRAM = """
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from grader.cloud.environment import Credentials, FunctionConfiguration, InvocationRequest, Zygote
code = Path(sys.argv[1])
config = FunctionConfiguration("f", "arn", "$LATEST", "app.handler", "python3.13", 128, 3, code)
for level in map(int, sys.argv[2]):
    with Zygote(level=level) as zygote:
        environment = zygote.start(config, Credentials("A", "b"))
        print(environment.invoke(InvocationRequest("r", b"1", 1793610000.0)).payload.decode())
"""

HANDLER = """
def handler(event, context):
    try: return bool(open("/proc/self/environ").read())
    except OSError: return False
"""
FORKS = """
import os, signal
def handler(event, context):
    try:
        for number in range(1000):
            if os.fork() == 0: signal.pause()
    except OSError: return number < 200
"""

as_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("setpriv") or not shutil.which("unshare"),
    reason="only root can become another user; an ordinary user's own run of the suite proves the same",
)


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that anybody may enter; another run of pytest may close its ``tmp_path`` to others at any moment."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@as_root
def test_every_level_works_for_an_ordinary_user(public):
    code = public / "code"
    code.mkdir()
    (code / "app.py").write_text(HANDLER)
    script = AS_NOBODY.format(base=sys.base_prefix)
    command = [
        "unshare",
        "-m",
        "sh",
        "-c",
        script,
        "sh",
        str(public),
        sys.executable,
        "-c",
        PROGRAM,
        str(code),
        "321",
    ]
    run = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, timeout=60)
    assert run.stderr == ""
    assert run.stdout.split() == ["false", "false", "true"]


def run_as_a_containers_root(code: Path, levels: str) -> list[str]:
    kept = ",".join(("-all", *(f"+{name}" for name in OF_A_CONTAINER.split())))
    command = ["setpriv", f"--bounding-set={kept}", "env", "-i", "PATH=/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE=1"]
    command += [sys.executable, "-c", PROGRAM, str(code), levels]
    run = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, timeout=60)
    assert run.stderr == ""
    return run.stdout.split()


@as_root
def test_every_level_works_for_the_root_of_a_container(tmp_path):
    (tmp_path / "app.py").write_text(HANDLER)
    assert run_as_a_containers_root(tmp_path, "321") == ["false", "false", "true"]


@as_root
def test_who_is_root_in_a_container_has_functions_that_are_not(tmp_path):
    """Root's processes are not counted; those of the users that functions run as are."""
    (tmp_path / "app.py").write_text(FORKS)
    assert run_as_a_containers_root(tmp_path, "3") == ["true"]


REFUSED = """
from grader.cloud.environment.lambda_runtime import kernel, nursery

def refuse(flags):
    raise PermissionError("refused")

kernel.unshare = refuse
try:
    nursery._own_mounts_of_root()
except PermissionError as refusal:
    print(refusal)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has namespaces")
def test_where_no_user_namespace_is_allowed_nobody_is_left_waiting():
    """A process that stayed behind would hold the pipe open, and the run would not end."""
    run = subprocess.run(
        [sys.executable, "-c", REFUSED], capture_output=True, text=True, cwd=REPOSITORY, timeout=20, check=False
    )
    assert (run.stdout, run.stderr) == ("refused\n", "")
