"""A learner is not root: every level works for an ordinary user too."""

import os
import shutil
import subprocess
import sys
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
PROGRAM = """
import sys
from pathlib import Path
from grader.cloud.environment import Credentials, FunctionConfiguration, InvocationRequest, Zygote
code = Path(sys.argv[1])
config = FunctionConfiguration("f", "arn", "$LATEST", "app.handler", "python3.13", 128, 3, code)
for level in (3, 2, 1):
    with Zygote(level=level) as zygote:
        environment = zygote.start(config, Credentials("A", "b"))
        print(environment.invoke(InvocationRequest("r", b"1", 1793610000.0)).payload.decode())
"""

HANDLER = """
def handler(event, context):
    try: return bool(open("/proc/self/environ").read())
    except OSError: return False
"""


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("setpriv") or not shutil.which("unshare"),
    reason="only root can become another user; an ordinary user's own run of the suite proves the same",
)
def test_every_level_works_for_an_ordinary_user(tmp_path):
    for folder in (tmp_path, *tmp_path.parents):
        if folder.owner() == "root" and folder not in (Path("/"), Path("/tmp")):
            folder.chmod(0o755)
    code = tmp_path / "code"
    code.mkdir()
    (code / "app.py").write_text(HANDLER)
    script = AS_NOBODY.format(base=sys.base_prefix)
    command = ["unshare", "-m", "sh", "-c", script, "sh", str(tmp_path), sys.executable, "-c", PROGRAM, str(code)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, timeout=60)
    assert run.stderr == ""
    assert run.stdout.split() == ["false", "false", "true"]
