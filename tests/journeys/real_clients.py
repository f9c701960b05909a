"""``grader serve`` in a process of its own, and the commands that real people type against it."""

from __future__ import annotations

import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from grader.cloud.iam.identity import DEVELOPER_KEY, DEVELOPER_SECRET
from tests.journeys.warm_sam import SECONDS, WarmSam

PROGRAMS = Path(sys.executable).parent


@dataclass(frozen=True)
class Ran:
    """What a command said."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its output, as JSON."""
        return json.loads(self.out)


class Terminal:
    """A terminal in a project's folder, with the endpoint, the Region and the keys that ``grader serve`` prints.

    Parameters
    ----------
    warm
        Runs ``sam`` without its start; ``None``: the script itself, as people call it.
    """

    def __init__(self, address: str, folder: Path, home: Path, warm: WarmSam | None = None) -> None:
        self.address, self.folder, self.warm = address, folder, warm
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        self.variables = {
            **kept,
            "PATH": os.pathsep.join([str(PROGRAMS), *pythons(), kept.get("PATH", "")]),
            "HOME": str(home),
            "AWS_ENDPOINT_URL": address,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": DEVELOPER_KEY,
            "AWS_SECRET_ACCESS_KEY": DEVELOPER_SECRET,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
            "SAM_CLI_TELEMETRY": "0",
            "SAM_CLI_POLL_DELAY": "0.2",  # seconds between its questions how far a deployment is; it waits 5
        }

    def run(self, *command: str, typed: str = "", good: bool = True) -> Ran:
        """Run a command to its end; ``typed`` is what a person types when asked."""
        if self.warm and command[0] == "sam":
            ran = Ran(*self.warm.run(list(command[1:]), self.folder, self.variables, typed))
        else:
            ended = subprocess.run(
                command,
                cwd=self.folder,
                env=self.variables,
                input=typed,
                capture_output=True,
                text=True,
                timeout=SECONDS,
            )
            ran = Ran(ended.returncode, ended.stdout, ended.stderr)
        assert not good or ran.status == 0, f"{' '.join(command)}\n{ran.out}\n{ran.err}"
        return ran

    def sam(self, arguments: str, typed: str = "", good: bool = True) -> Ran:
        """``sam …``"""
        return self.run("sam", *arguments.split(), typed=typed, good=good)

    def logs(self, arguments: str, words: str) -> str:
        """``sam logs …``, asked until ``words`` match something: what is logged is found some seconds later."""
        said = ""
        for _ in range(20):
            said = self.sam(f"logs {arguments}").out
            if re.search(words, said):
                return said
        raise AssertionError(f"nothing matches {words!r} in: {said}")

    def aws(self, *arguments: str, good: bool = True) -> Ran:
        """``aws …``"""
        return self.run("aws", *arguments, good=good)

    @contextmanager
    def watching(self, *command: str) -> Iterator[subprocess.Popen[str]]:
        """A command that does not end by itself, while it runs."""
        process = subprocess.Popen(
            command, cwd=self.folder, env=self.variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    def get(self, url: str, body: bytes | None = None) -> tuple[int, str]:
        """Ask one of AWS's own addresses: the served port answers for its Host."""
        host, path = re.fullmatch(r"https://([^/]+)(/.*)?", url).groups("/")  # type: ignore[union-attr]
        asked = urllib.request.Request(f"{self.address}{path}", body, {"Host": host})
        try:
            with urllib.request.urlopen(asked) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode()


def pythons() -> list[str]:
    """Folders with further Pythons, of which ``sam build`` wants the one that ``Runtime`` names."""
    versions = Path(pwd.getpwuid(os.getuid()).pw_dir) / ".pyenv" / "versions"  # HOME is the tests' own
    return [str(path) for path in sorted(versions.glob("*/bin"), reverse=True)] if versions.is_dir() else []


def needs_aws() -> None:
    """Skip where the AWS CLI is not installed; it is part of the development set, so CI has it."""
    if not (PROGRAMS / "aws").exists():
        assert not os.environ.get("CI"), "the AWS CLI is missing"
        pytest.skip("the AWS CLI is not installed here: pip install awscli")


@contextmanager
def grader_serve(folder: Path, *arguments: str) -> Iterator[str]:
    """The address of a running ``grader serve``."""
    command = [sys.executable, "-m", "grader", "serve", "--port", "0", *arguments]
    with (folder / "serve.log").open("w+") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        assert process.stdout is not None
        try:
            said = process.stdout.readline()
            yield re.findall(r"http://\S+(?=,)", said)[0]
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)


def copied(project: Path, folder: Path) -> Path:
    """A copy of a project, nothing in it changed."""
    target = folder / project.name
    shutil.copytree(project, target, ignore=shutil.ignore_patterns(".aws-sam", "__pycache__"))
    return target
