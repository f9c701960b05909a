"""The cloud's side of the zygote: starts it, asks it for environments, ends it."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from grader.cloud.errors import CloudError

from . import packages
from .configuration import Credentials, FunctionConfiguration
from .environment import ExecutionEnvironment, Patience
from .folders import merge_layers, public_folder, reachable
from .lambda_runtime import frames
from .variables import environment_variables

Serve = Callable[[socket.socket], Callable[[], None]]
START_S = 30.0
FIRST_UID = 20000
# One malloc arena: each more would count 64 MB against the function's address space.
PLAIN_VARIABLES = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "1"}
LENDER = "RUNNING_SERVERLESS_ZYGOTE_OF"  # the process whose zygote a fork of it uses
READY = "Pillow"  # imported before a function asks for it, at level 3
HIGHEST = "RUNNING_SERVERLESS_ISOLATION"  # the level to begin with, where a lower one than the best is to be tried
PROGRAM = """
import sys; sys.path.insert(0, {folder!r})
from lambda_runtime import at_fork; at_fork.put_off()
from lambda_runtime.zygote import main; main({descriptor})
"""


class IsolationFailed(CloudError):
    """This machine does not give the isolation that was asked for."""


class Zygote:
    """A warm process that forks execution environments.

    Parameters
    ----------
    serve
        Given an environment's listening socket, serves AWS's endpoint on it and returns what stops that.
    level
        Isolation level 1 to 3; None takes the highest that this machine gives.
    patience
        How long an invocation may really occupy this machine.
    warm
        Whether boto3 is imported before anybody asks for it. Without it only the isolation can be tried.
    """

    _control: socket.socket

    def __init__(
        self,
        serve: Serve | None = None,
        level: int | None = None,
        patience: Patience | None = None,
        warm: bool = True,
    ) -> None:
        self._serve, self._is_warm = serve, warm
        self._patience = patience or Patience()
        self._lock = threading.Lock()
        self._environments: list[ExecutionEnvironment] = []
        self._owner = os.getpid()
        self._serial = 0
        self.level = 0
        self.problems: list[str] = []
        self._begin((level,) if level else _wanted_levels())

    def start(
        self, config: FunctionConfiguration, credentials: Credentials, serve: Serve | None = None
    ) -> ExecutionEnvironment:
        """Make a cold environment; its handler is imported by the first event.

        Raises
        ------
        CloudError
            When a package of ``config.packages`` is not installed.
        """
        environment, listener = self._birth(config, environment_variables(config, credentials))
        serve = serve or self._serve
        environment.attach(serve(listener) if serve else listener.close)
        with self._lock:
            self._environments = [one for one in self._environments if one.alive] + [environment]
        return environment

    def lend(self) -> socket.socket:
        """A line of its own to this zygote, for a fork of this process: see ``borrow_zygote``."""
        ours, theirs = socket.socketpair()
        with theirs, self._lock:
            frames.send(self._control, {"op": "lend"}, descriptors=(theirs.fileno(),))
        return ours

    def borrow(self, line: socket.socket) -> None:
        """In a fork of the process that started this zygote: order environments on the line that it lent."""
        self._control.close()  # this fork's copy of the parent's own line
        self._lock = threading.Lock()
        self._control, self._environments, self._serial = line, [], 0
        self._control.settimeout(START_S)

    def close(self) -> None:
        """End the zygote and all of its environments. Closing twice does no harm."""
        with self._lock:
            environments, self._environments = self._environments, []
        for environment in environments:
            environment.close()
        if self.level:
            self._control.close()
            self.level = 0
            if self._owner == os.getpid():
                self._process.wait()
                shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Zygote:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(self, levels: tuple[int, ...]) -> None:
        """Start at the first of ``levels`` that works, proved by an environment that really comes up."""
        if not hasattr(os, "fork"):
            raise IsolationFailed(
                "Functions cannot run on this system: it does not fork processes.",
                next_step="On Windows install WSL 2 (wsl --install), and start the course in its Linux.",
            )
        for level in levels:
            if level not in available_levels():
                raise IsolationFailed(f"There is no isolation level {level} here.", next_step="Use level 1.")
            try:
                self._exec(level)
                self._prove()
                return
            except (IsolationFailed, OSError) as error:
                self.problems.append(f"level {level}: {error}")
                self.close()
        raise IsolationFailed("No execution environment can be started here.", next_step="\n".join(self.problems))

    def _exec(self, level: int) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="execution-environments-")).resolve()
        self._folder.chmod(0o755)
        (self._folder / "home").mkdir()
        (self._folder / "root").mkdir()
        self._control, inside = socket.socketpair()
        program = PROGRAM.format(folder=str(Path(__file__).parent), descriptor=inside.fileno())
        self._process = subprocess.Popen(
            [_interpreter(), "-I", "-S", "-c", program],
            stdin=subprocess.DEVNULL,
            env=PLAIN_VARIABLES | {"HOME": str(self._folder / "home")},
            pass_fds=(inside.fileno(),),
            cwd="/",
            start_new_session=True,
        )
        inside.close()
        self.level = level
        self._control.settimeout(START_S)
        frames.send(self._control, self._settings(level))
        _expect_ready(self._control)

    def _settings(self, level: int) -> dict[str, Any]:
        runtime = packages.entries(packages.RUNTIME)
        system = [[str(path), str(path)] for path in packages.system_files()]
        if level == 3:
            site = "/var/runtime"
            readable = system + [[str(path), f"{site}/{path.name}"] for path in runtime]
        else:
            packages.link(runtime, self._folder / "site")
            site = str(self._folder / "site")
            readable = [*system, [site, site], *([str(path), str(path)] for path in runtime)]
        return {
            "level": level,
            "warm": self._is_warm,
            "folder": str(self._folder),
            "place": str(self._folder / "root"),
            "readable": readable,
            "site": site,
            "ready": [[str(path), f"/var/packages/{path.name}"] for path in packages.installed(READY)],
            "uid": self._uid(level, readable),
            "time_machine": str(packages.entries(["time-machine"], closure=False)[0].parent),
        }

    def _uid(self, level: int, readable: list[list[str]]) -> int | None:
        """The user that student code runs as; None: the one that we are (root then gives up its capabilities)."""
        if not hasattr(os, "geteuid") or os.geteuid() != 0:
            return None
        return FIRST_UID if level == 3 or all(reachable(Path(source)) for source, _ in readable) else None

    def _prove(self) -> None:
        folder = self._folder / "home"
        config = FunctionConfiguration("probe", "", "$LATEST", "probe.handler", "python3.13", 128, 3, folder)
        environment, listener = self._birth(config, {})
        listener.close()
        environment.close()

    def _birth(
        self, config: FunctionConfiguration, variables: dict[str, str]
    ) -> tuple[ExecutionEnvironment, socket.socket]:
        with self._lock:
            self._serial += 1
            folder = self._folder / f"environment-{os.getpid()}-{self._serial}"
        order = self._order(config, folder, variables)
        control, guardian_end = socket.socketpair()
        channel, function_end = socket.socketpair()
        log, log_end = os.pipe()
        raw, raw_end = os.pipe()
        theirs = (guardian_end.fileno(), function_end.fileno(), log_end, raw_end)
        with self._lock:
            frames.send(self._control, order, descriptors=theirs)
            pid = int(frames.receive(self._control)[0]["pid"])
        for end in (guardian_end, function_end):
            end.close()
        os.close(log_end)
        os.close(raw_end)
        os.set_blocking(log, False)
        os.set_blocking(raw, False)
        patience = Patience.in_real_time(config.timeout_s) if config.real_time else self._patience
        environment = ExecutionEnvironment(config, control, channel, (log, raw), folder, pid, patience)
        try:
            control.settimeout(START_S)
            return environment, environment.take(*_expect_ready(control))
        except BaseException:
            environment.close()
            raise

    def _order(self, config: FunctionConfiguration, folder: Path, variables: dict[str, str]) -> dict[str, Any]:
        if self.level < 3:
            (folder / "tmp").mkdir(parents=True)
            (folder / "tmp").chmod(0o1777)
        extra = packages.entries(config.packages)
        site = None
        if extra and self.level < 3:
            packages.link(extra, folder / "site")
        if extra:
            site = "/var/packages" if self.level == 3 else str(folder / "site")
        opt = merge_layers(config.layers, folder)
        return {
            "code": str(public_folder(config.code, folder / "task", is_shown=self.level == 3)),
            "opt": str(public_folder(opt, folder / "layers", is_shown=self.level == 3)) if opt else None,
            "tmp": str(folder / "tmp"),
            "packages": [[str(path), f"{site}/{path.name}" if self.level == 3 else str(path)] for path in extra],
            "site": site,
            "memory_mb": config.memory_mb,
            "ephemeral_mb": config.ephemeral_mb,
            "handler": config.handler,
            "convention": config.convention,
            "real_time": config.real_time,
            "init_in_invoke": config.init_in_invoke,
            "environment": variables,
            "birth_ms": 10.0,
        }


def available_levels() -> tuple[int, ...]:
    """The levels worth trying on this operating system, best first."""
    return (3, 2, 1) if sys.platform == "linux" else (1,)


def _wanted_levels() -> tuple[int, ...]:
    """The levels to try: those of the system, from the one on that ``RUNNING_SERVERLESS_ISOLATION`` names."""
    highest = os.environ.get(HIGHEST, "3")
    if highest not in ("1", "2", "3"):
        raise IsolationFailed(f"{HIGHEST} is {highest!r}, and no level.", next_step="Set it to 1, 2 or 3.")
    return tuple(level for level in available_levels() if level <= int(highest))


_STARTING = threading.Lock()  # threads that come at the same time wait for the first one's


@functools.lru_cache(maxsize=8)
def _zygote_of(process: int, level: int | None) -> Zygote:
    zygote = Zygote(level=level)
    atexit.register(zygote.close)
    return zygote


def shared_zygote(level: int | None = None) -> Zygote:
    """The one zygote of this process; successive Clouds start environments from it, each with its own ``serve``."""
    owner = int(os.environ.get(LENDER, os.getpid()))
    with _STARTING:
        zygote = _zygote_of(owner, level)
        if not zygote.level:
            _zygote_of.cache_clear()
            zygote = _zygote_of(owner, level)
        return zygote


def borrow_zygote(line: socket.socket) -> None:
    """In a fork: use the zygote that the parent has started, on a line that it has lent (``Zygote.lend``)."""
    os.environ.setdefault(LENDER, str(os.getppid()))  # a fork of a fork borrows from the same one
    shared_zygote().borrow(line)


def _interpreter() -> str:
    return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)


def _expect_ready(control: socket.socket) -> tuple[dict[str, Any], list[int]]:
    try:
        news, _, descriptors = frames.receive(control)
    except (frames.BrokenFrame, OSError) as error:
        raise IsolationFailed("An execution environment died before it was ready.") from error
    if "failed" in news:
        raise IsolationFailed(f"An execution environment could not be made: {news['failed']}")
    return news, descriptors
