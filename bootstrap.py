#!/usr/bin/env python3
"""From a machine that has only Python to the course: makes ``.venv`` from the lock, then starts what was asked for.

It uses the standard library alone. ``make`` calls it; without make call it yourself:

    python bootstrap.py learn            the environment, then JupyterLab at the start page
    python bootstrap.py test [ARG ...]   the environment with the test tools, then the whole suite
    python bootstrap.py class            what a teacher needs (nbgrader, Dask), and nbgrader's source folder
    python bootstrap.py run SET CMD ...  the environment with SET (learner, class, dev), then any command in it
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
LOCK = ROOT / "requirements.lock"
AHEAD = ROOT / "grader" / "ahead"  # what stands ahead of slow packages on Python's path; why, is said there
WHEELS = ROOT / "wheels"  # in a workshop's pack: all packages, so that nothing is downloaded
VENV = Path(os.environ.get("RUNNING_SERVERLESS_VENV") or ROOT / ".venv")
OLDEST = (3, 11)
EXTRAS = {"learner": "", "class": "[class]", "dev": "[dev]"}
INCLUDES = {"learner": ("learner", "class", "dev"), "class": ("class", "dev"), "dev": ("dev",)}


# The whole suite: a process for each core, each with whole files; what takes long comes first (tests/conftest.py).
SIDE_BY_SIDE = ["-n", "auto", "--maxprocesses", "4", "--dist", "loadfile", "--no-loadscope-reorder", "--durations=20"]


class Refused(Exception):
    """Something about this machine that its owner has to change; the text says what and how."""


def main(arguments: list[str]) -> int:
    """Do what the first argument names; returns the exit status of what was started."""
    try:
        return start(arguments)
    except Refused as refusal:
        print(f"\n{refusal}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def start(arguments: list[str]) -> int:
    """Pick the package set and the command, make the environment, run the command."""
    match arguments:
        case ["learn", *rest]:
            return run("learner", ["python", "-m", "grader", "learn", *rest])
        case ["test", *rest]:
            return run("dev", ["python", "-m", "pytest", *(rest or SIDE_BY_SIDE)])
        case ["class"]:
            built = run("class", ["python", "-m", "grader", "build"])
            return built or run("class", ["python", "-m", "grader", "doctor"])
        case ["run", str(chosen), str(command), *rest] if chosen in EXTRAS:
            return run(chosen, [command, *rest])
        case _:
            print(__doc__)
            return 2


def run(chosen: str, command: list[str]) -> int:
    """Run ``command`` in the environment that holds the package set ``chosen``."""
    require_system(os.name)
    require_python()
    require_fitting_pack()
    ensure_environment(chosen)
    put_ahead()
    environment = dict(
        os.environ, VIRTUAL_ENV=str(VENV), PATH=f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    )
    environment.pop("PYTHONHOME", None)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # compiling the course anew costs each start a second
    program = shutil.which(command[0], path=environment["PATH"]) or command[0]
    try:
        return subprocess.call([program, *command[1:]], cwd=ROOT, env=environment)
    except FileNotFoundError:
        raise Refused(f"There is no command {command[0]!r}, neither in the environment nor on this machine.") from None


def require_system(name: str) -> None:
    """Refuse Windows itself: functions run in processes that fork, under limits that it does not have."""
    if name == "nt":
        raise Refused(
            "The course does not run on Windows itself: its functions run in processes that fork, as Linux has them.\n"
            "It ought to run in WSL 2: install that (wsl --install), and start the course in its Linux."
        )


def require_python() -> None:
    """Refuse a Python that is too old for the packages."""
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        raise Refused(
            f"This is Python {found}; the course needs 3.11 or newer. Install one, then run: python3 bootstrap.py"
        )


def require_fitting_pack() -> None:
    """Refuse a workshop's pack that was made for another machine."""
    if not (WHEELS / "pack.json").is_file():
        return
    pack = json.loads((WHEELS / "pack.json").read_text("utf-8"))
    here = platform.system(), platform.machine(), ".".join(map(str, sys.version_info[:2]))
    if here[:2] != (pack["system"], pack["machine"]) or here[2] not in pack["pythons"]:
        raise Refused(
            f"This pack is for {pack['title']}, Python {', '.join(pack['pythons'])}; here is {here[0]}, {here[1]}, "
            f"Python {here[2]}.\nTake the pack for your system, or call another Python: python3.13 bootstrap.py learn\n"
            "With a network: remove the folder wheels, and run this again."
        )


def ensure_environment(chosen: str) -> None:
    """Make or complete ``.venv``, unless it already holds what the lock says."""
    if any(stamp(held).exists() and stamp(held).read_text() == digest() for held in INCLUDES[chosen]):
        return
    create_environment()
    print(f"Installing the {chosen} packages into {VENV.name} (once; a minute or two) …", flush=True)
    install = [str(python()), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    install += ["--no-index", "--find-links", str(WHEELS)] if WHEELS.is_dir() else []
    if subprocess.call([*install, "--constraint", str(LOCK), "--editable", f"{ROOT}{EXTRAS[chosen]}"], cwd=ROOT):
        raise Refused("pip could not install the packages; its last lines above say why. Mend that and run this again.")
    # pip would do this with one core. Files that are no Python of today are passed over.
    subprocess.call([str(python()), "-m", "compileall", "-qq", "-j", "0", str(VENV / "lib")], cwd=ROOT)
    stamp(chosen).write_text(digest())


def create_environment() -> None:
    """Make an empty environment where there is none, or where the old one no longer starts."""
    if python().exists() and subprocess.call([str(python()), "-c", ""]) == 0:
        return
    if VENV.exists() and any(VENV.iterdir()) and not (VENV / "pyvenv.cfg").is_file():  # it would be emptied
        raise Refused(
            f"{VENV} holds files and is no virtual environment, so nothing in it was touched.\n"
            "Move it away, or name another folder in RUNNING_SERVERLESS_VENV."
        )
    try:
        venv.create(VENV, with_pip=True, clear=VENV.exists())
    except (subprocess.CalledProcessError, OSError) as problem:
        raise Refused(
            f"Python could not make a virtual environment in {VENV}: {problem}\n"
            "On Debian and Ubuntu the package python3-venv brings what is missing."
        ) from problem


def put_ahead() -> None:
    """Let each Python of the environment look into ``grader/ahead`` first, whatever program it runs."""
    line = f"import sys; sys.path.insert(0, {str(AHEAD)!a})\n"
    for folder in VENV.glob("lib/python*/site-packages"):
        file = folder / "running-serverless-ahead.pth"
        with contextlib.suppress(OSError):  # where only others may write, programs start as slowly as ever
            if not file.is_file() or file.read_text("utf-8") != line:
                file.write_text(line, "utf-8")


def python() -> Path:
    """The environment's own interpreter."""
    return VENV / "bin" / "python"


def stamp(chosen: str) -> Path:
    """The file that says which lock the environment was made from."""
    return VENV / f".installed-{chosen}"


def digest() -> str:
    """A fingerprint of what is to be installed."""
    return hashlib.sha256(LOCK.read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
