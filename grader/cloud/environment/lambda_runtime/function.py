"""The function's own process, from the fork to the first event: locked in first, then the runtime."""

from __future__ import annotations

import os
import signal
import socket
import sys
import traceback
from typing import Any, NoReturn

from . import at_fork, bootstrap, frames, kernel, landlock, limits, mounts, redirect, seccomp

TASK_ROOT, LAYER_ROOT = "/var/task", "/opt"
# Where a function of level 3 finds AWS: the network is its own, so the port can be the same for all of them.
ENDPOINT_PORT = 9001


def live(order: dict[str, Any], descriptors: list[int]) -> NoReturn:
    """Levels 1 and 2: become a function of which everything is known."""
    settings = order["settings"]
    lead_session()
    speak(descriptors[2])
    limit(order, settings)
    lock_in(settings, order["serial"], readable(order), order["tmp"], order["port"])
    begin(order, settings, descriptors)


def wait_and_live(settings: dict[str, Any], line: socket.socket, serial: int) -> NoReturn:
    """Level 3: be locked in, say so, and become the function that the room's guardian then names."""
    try:
        os.chdir("/")
        lead_session()
        lock_in(settings, serial, ["/"], "/tmp", ENDPOINT_PORT)
    except BaseException:
        frames.send(line, {"failed": traceback.format_exc()})
        os._exit(70)
    frames.send(line, {"ready": True, "pid": os.getpid()})
    try:
        order, _, descriptors = frames.receive(line)
    except (frames.BrokenFrame, OSError):  # nobody needs the room any more
        os._exit(0)
    line.close()
    speak(descriptors[2])
    limit(order, settings)
    begin(order, settings, descriptors)


def begin(order: dict[str, Any], settings: dict[str, Any], descriptors: list[int]) -> NoReturn:
    """Lay out what a function finds around it, then run it."""
    channel_fd, log_fd, _ = descriptors
    at_fork.take_up()
    set_environment(order)
    set_path(order, settings)
    layout = settings["layout"]
    layout.take(log_fd, order["real_time"])
    if settings["level"] < 3:
        places = {TASK_ROOT: order["code"], "/tmp": order["tmp"], LAYER_ROOT: order["opt"] or "/nowhere"}
        redirect.install(places, readable(order))
    os.chdir(TASK_ROOT)
    bootstrap.Runtime(socket.socket(fileno=channel_fd), layout, order).run()


def exit_status(code: object) -> int:
    """What the interpreter makes of sys.exit's argument."""
    if code is None:
        return 0
    return code & 0xFF if isinstance(code, int) else 1


def lead_session() -> None:
    """A session of its own, and nothing to read."""
    os.setsid()
    if sys.platform == "linux":
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    nothing = os.open(os.devnull, os.O_RDWR)
    for handle in (0, 1, 2):
        os.dup2(nothing, handle)
    os.close(nothing)


def speak(raw_fd: int) -> None:
    """One pipe for whatever is written below Python."""
    os.dup2(raw_fd, 1)
    os.dup2(raw_fd, 2)
    os.close(raw_fd)


def limit(order: dict[str, Any], settings: dict[str, Any]) -> None:
    """The limits of this function."""
    own_user = settings["level"] == 3 or settings["uid"] is not None
    limits.apply(settings["baseline"], order["memory_mb"], order["ephemeral_mb"], own_user)


def lock_in(settings: dict[str, Any], serial: int, readable: list[str], tmp: str, port: int) -> None:
    """User, capabilities, Landlock, seccomp, in the order in which each is still allowed."""
    if settings["uid"] is not None:
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        drop_user(settings["uid"] + serial % 40000)
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)  # a change of user clears it
    elif sys.platform == "linux":
        kernel.clear_capabilities()
    if settings["level"] >= 2:
        devices = [f"/dev/{name}" for name in mounts.DEVICES]
        landlock.restrict(readable, [tmp], devices, port)
        seccomp.install(namespaces=settings["level"] == 3)
    os.umask(0o022)


def drop_user(uid: int) -> None:
    """From root to a user that owns nothing, without a capability."""
    limits.become(uid, uid)
    kernel.clear_capabilities()


def readable(order: dict[str, Any]) -> list[str]:
    """What Landlock lets a function below level 3 read."""
    pairs = [*order["settings"]["readable"], *order["packages"]]
    own = [path for path in (order["code"], order["opt"], order["site"]) if path]
    return [source for source, _ in pairs] + own


def set_environment(order: dict[str, Any]) -> None:
    """The variables of Lambda, the function's own, and nothing of the host's."""
    os.environ.clear()
    os.environ.update(order["environment"])
    os.environ["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{order['port']}"
    os.environ["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "true"  # boto3 keeps AWS's names; see ``endpoint``


def set_path(order: dict[str, Any], settings: dict[str, Any]) -> None:
    """sys.path in the order of AWS: the code, the layers, the runtime's own packages."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    layers = [f"{LAYER_ROOT}/python/lib/{version}/site-packages", f"{LAYER_ROOT}/python"] if order["opt"] else []
    extra = [order["site"]] if order["site"] else []
    sys.path[:] = [TASK_ROOT, *layers, *extra, *settings["path"]]
