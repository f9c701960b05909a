"""Real commands (``sam``, ``aws``) in a lesson, led to the pocket AWS and to nowhere else."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path

from grader import ahead
from grader.errors import CourseError

NOWHERE = "http://127.0.0.1:9"  # the discard port: a proxy that leads out of this machine is never reached
PASSED_ON = ("HOME", "LANG", "LC_ALL", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "USERPROFILE", "VIRTUAL_ENV")
COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
LONGEST_OUTPUT = 200_000  # characters; what a notebook can still show


def run(command: str, timeout: float = 120, until: str | None = None) -> None:
    """Run a command as in a terminal, with the pocket AWS as its AWS, and print what it prints.

    Parameters
    ----------
    command
        One command line, quoted as in a shell; no pipes.
    timeout
        Seconds of real time after which it is stopped.
    until
        Stop it after a line that contains this text, as one would with Ctrl-C: for commands that never end.

    Raises
    ------
    CourseError
        When there is no such command.
    """
    words = shlex.split(command)
    program = find_program(words)
    print(f"$ {command}", flush=True)
    lines = lines_of([program, *words[1:]], cloud_environment(), timeout)
    for text in lines:
        print(text, end="", flush=True)
        if until is not None and until in text:
            lines.close()
            print("(stopped, as with Ctrl-C)")
            break


def find_program(words: list[str]) -> str:
    """The command's own file: beside this Python first, then on the path."""
    if not words:
        raise CourseError("There is nothing to run.", next_step='Write a command, for example run("sam --version").')
    found = shutil.which(words[0], path=search_path())
    if not found:
        raise CourseError(
            f"There is no command {words[0]!r} in the course's environment.",
            next_step="Check the spelling; `grader doctor` lists what this machine has.",
        )
    return found


def search_path() -> str:
    """The environment's commands before the machine's."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


def cloud_environment() -> dict[str, str]:
    """The variables of the command: the open cloud's endpoint and developer credentials, and no way out."""
    from grader.cloud import Cloud

    cloud = Cloud.current()
    account = {} if cloud is None else account_variables(cloud.endpoint, cloud.region, credentials_of(cloud.session))
    return {**quiet_variables(), **account}


def credentials_of(session: object) -> tuple[str, str, str]:
    """The three parts of a boto3 session's credentials."""
    frozen = session.get_credentials().get_frozen_credentials()  # type: ignore[attr-defined]  # boto3 is not typed
    return frozen.access_key, frozen.secret_key, frozen.token or ""


def account_variables(endpoint: str, region: str, credentials: tuple[str, str, str]) -> dict[str, str]:
    """What boto3, ``sam`` and ``aws`` read."""
    key, secret, token = credentials
    found = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_SESSION_TOKEN": token,
    }
    return {name: value for name, value in found.items() if value}


def quiet_variables(outside: Mapping[str, str] | None = None) -> dict[str, str]:
    """The rest: no telemetry, no pager, no profile of the machine's owner, no outside network."""
    kept = {name: value for name, value in (outside or os.environ).items() if name in PASSED_ON}
    return {
        **kept,
        "PATH": search_path(),
        "PYTHONIOENCODING": "utf-8",
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(ahead.FOLDER),  # sam starts sooner
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "0.1",  # seconds; the pocket AWS has made a stack before it is asked how far it is
        "NO_COLOR": "1",
        "HTTP_PROXY": NOWHERE,
        "HTTPS_PROXY": NOWHERE,
        "NO_PROXY": "127.0.0.1,localhost",
    }


def lines_of(words: list[str], environment: Mapping[str, str], timeout: float) -> Generator[str, None, None]:
    """The command's lines as they come; at the end what a reader must know: stopped, or failed with a status."""
    late = threading.Event()
    with subprocess.Popen(
        words,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    ) as process:
        timer = threading.Timer(timeout, stop, (process, late))
        timer.start()
        try:
            yield from capped(process)
        finally:
            timer.cancel()
            stop(process)
    if late.is_set():
        yield f"(stopped after {timeout:g} seconds)\n"
    elif process.returncode:
        yield f"(exit status {process.returncode})\n"


def capped(process: subprocess.Popen[str]) -> Iterator[str]:
    """Output without terminal colours, up to what a notebook can show."""
    shown = 0
    for line in process.stdout or ():
        text = COLOURS.sub("", line)
        if shown <= LONGEST_OUTPUT < shown + len(text):
            yield "… (more output than a notebook can show)\n"
        shown += len(text)
        if shown <= LONGEST_OUTPUT:
            yield text
    process.wait()


def stop(process: subprocess.Popen[str], late: threading.Event | None = None) -> None:
    """End the command and what it started, if it still runs; note that it was late."""
    if process.poll() is not None:
        return
    if late is not None:
        late.set()
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
