"""The real ``sam`` without its start: a process that has imported it forks for each command.

``sam`` needs two seconds of a core to import itself, ten in each chapter's journey. Here that is paid once. What a
command then does is its own: the same entry point as the script's, in a fresh process, in the folder, with the
variables, the input and the outputs that the terminal gives it. :class:`WarmSam` is the terminal's side; run as a
program, this module is the process that forks.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from grader.garbage import look_seldom

IMPORTED = (
    "samcli.cli.main",
    "samcli.commands.build.build_context",
    "samcli.commands.build.command",
    "samcli.commands.delete.command",
    "samcli.commands.delete.delete_context",
    "samcli.commands.deploy.command",
    "samcli.commands.deploy.deploy_context",
    "samcli.commands.list.endpoints.command",
    "samcli.commands.package.package_context",
    "samcli.lib.list.endpoints.endpoints_producer",
)
SECONDS = 300


class WarmSam:
    """Runs one command after the other in forks of ``process``, which has imported ``sam``."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, arguments: list[str], folder: Path, variables: Mapping[str, str], typed: str) -> tuple[int, str, str]:
        """Run ``sam`` with the arguments to its end.

        Returns
        -------
        tuple
            The exit status, what it wrote to stdout, and to stderr. A command that takes longer than
            :data:`SECONDS` is ended; its status is then negative.
        """
        with tempfile.TemporaryDirectory() as place:
            streams = [Path(place) / name for name in ("in", "out", "err")]
            streams[0].write_text(typed, "utf-8")
            asked = {
                "argv": ["sam", *arguments],
                "folder": str(folder),
                "variables": dict(variables),
                "streams": [str(path) for path in streams],
            }
            assert self._process.stdin is not None and self._process.stdout is not None
            self._process.stdin.write(json.dumps(asked) + "\n")
            self._process.stdin.flush()
            status = int(self._process.stdout.readline())
            return status, streams[1].read_text("utf-8"), streams[2].read_text("utf-8")


@contextmanager
def warm_sam() -> Iterator[WarmSam]:
    """``sam``, imported and waiting for commands."""
    process = subprocess.Popen(
        [sys.executable, "-P", __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield WarmSam(process)
    finally:
        process.communicate(timeout=60)


def fork_for_each_line() -> None:
    """Read commands, one a line; run each in a fork, and answer with its exit status."""
    for name in IMPORTED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    look_seldom()
    while line := sys.stdin.readline():
        child = os.fork()
        if not child:
            become_sam(json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def become_sam(asked: Any) -> None:
    """Do in this process what the script ``sam`` does, from its first line to its end."""
    signal.alarm(SECONDS)
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["variables"])
    for number, path in enumerate(asked["streams"]):
        opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND * (number > 0))
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = os.fdopen(0, closefd=False)  # the old one may have read ahead; the others hold nothing
    sys.argv = asked["argv"]
    from samcli.cli.main import cli

    sys.exit(cli())


if __name__ == "__main__":
    fork_for_each_line()
