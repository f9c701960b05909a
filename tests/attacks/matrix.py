"""The whole list of attempts at every isolation level, as root and as an ordinary user, and what is kept of it."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from grader.cloud.environment.zygote import HIGHEST
from grader.grading.client import AnswerZygote
from tests.attacks import attempts, trying
from tests.attacks.trying import Tried

RESULTS = Path(__file__).with_name("results.json")
LEVELS, USERS = (3, 2), ("root", "nobody")
NOBODY = 65534
# Root's home may hold the interpreter and be closed to others: a private view opens the way to it.
AS_NOBODY = """
set -e
mkdir "$1/python" "$1/home"
chown {uid}:{uid} "$1/home"
mount --bind {base} "$1/python"
case {base} in ~root/*) mount -t tmpfs -o mode=755 tmpfs ~root; mkdir -p {base}; mount --bind "$1/python" {base};; esac
export HOME="$1/home"
shift
exec setpriv --reuid={uid} --regid={uid} --clear-groups "$@"
"""


@dataclass(frozen=True)
class Cell:
    """All attempts at one level, as one user.

    Attributes
    ----------
    failures
        The attempts that were not withstood.
    """

    level: int
    user: str
    attempts: int
    failures: tuple[Tried, ...]

    def count(self, what: str) -> int:
        """How many attempts had something in this field of theirs."""
        return sum(bool(getattr(tried, what)) for tried in self.failures)


def digest() -> str:
    """Changes with the attempts and with how they are tried, not with comments and layout."""
    texts = [_without_comments(Path(str(module.__file__)).read_text("utf-8")) for module in (attempts, trying)]
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]


def _without_comments(source: str) -> str:
    """Python's text without comments and white space; the same for every version of Python, unlike its syntax tree."""
    lines = source.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    return "".join("".join(lines).split())


def tried(level: int, on_tried: Callable[[Tried], None] = lambda tried: None) -> Iterator[Tried]:
    """Make all attempts in this process, as the user that it is; after each the answer that works is judged.

    Raises
    ------
    RuntimeError
        When this machine does not give the level.
    """
    os.environ[HIGHEST] = str(level)
    zygote = AnswerZygote()
    try:
        if zygote.isolation() != level:
            raise RuntimeError(f"Isolation level {level} is not to be had here, but {zygote.isolation()}.")
        for name in trying.ALL:
            found = trying.attempt(zygote, name)
            later = trying.next_one(zygote, f"the one after {name}")
            found = Tried(name, found.undeserved, found.effects, "; ".join(filter(None, (found.stopped, later))))
            on_tried(found)
            yield found
    finally:
        zygote.close()


def cell_here(level: int, on_tried: Callable[[Tried], None] = lambda tried: None) -> Cell:
    """All attempts at a level as the user that this process is."""
    found = list(tried(level, on_tried))
    failures = tuple(one for one in found if one != Tried(one.name))
    return Cell(level, "root" if os.geteuid() == 0 else "nobody", len(found), failures)


def cell_as(level: int, user: str) -> Cell:
    """The same in a process of its own, as another user; only root can become one."""
    with tempfile.TemporaryDirectory(prefix="attacks-") as folder:
        Path(folder).chmod(0o755)
        command = [sys.executable, "-m", "tests.attacks", "--level", str(level), "--json"]
        if user != "root":
            script = AS_NOBODY.format(base=sys.base_prefix, uid=NOBODY)
            command = ["unshare", "-m", "sh", "-c", script, "sh", folder, *command]
        variables = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
        run = subprocess.run(command, cwd=attempts.ROOT, env=variables, stdout=subprocess.PIPE, text=True, check=False)
    if run.returncode not in (0, 1):
        raise RuntimeError(f"level {level} as {user} came to no end (exit status {run.returncode})")
    return cell_from(json.loads(run.stdout.splitlines()[-1]))


def can_become_others() -> bool:
    """Whether this process may try as somebody else."""
    return os.geteuid() == 0 and bool(shutil.which("setpriv") and shutil.which("unshare"))


def cell_from(data: dict[str, object]) -> Cell:
    """A cell that was read from JSON."""
    failures = tuple(Tried(**one) for one in data["failures"])  # type: ignore[attr-defined]
    return Cell(data["level"], data["user"], data["attempts"], failures)  # type: ignore[arg-type]


def write(cells: list[Cell]) -> None:
    """Keep the results, with what they are about."""
    kept = {"attempts": digest(), "cells": [asdict(cell) for cell in cells]}
    RESULTS.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")


def read() -> tuple[str, list[Cell]]:
    """The digest of the attempts that the results are about, and the results."""
    kept = json.loads(RESULTS.read_text("utf-8"))
    return kept["attempts"], [cell_from(cell) for cell in kept["cells"]]
