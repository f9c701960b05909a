"""The function's own process, from the fork to the first event: locked in first, then the runtime."""

from __future__ import annotations

import os
import signal
import socket
import sys
import warnings
from typing import Any

from . import bootstrap, kernel, landlock, limits, mounts, output, redirect, seccomp
from .clock import RealClock, VirtualClock

TASK_ROOT, LAYER_ROOT = "/var/task", "/opt"


def live(order: dict[str, Any], descriptors: list[int]) -> None:
    """Become the function: never returns."""
    channel_fd, log_fd, raw_fd = descriptors
    level = order["settings"]["level"]
    attach(raw_fd)
    lock_in(order, level)
    set_environment(order)
    set_path(order)
    clock = RealClock() if order["real_time"] else VirtualClock()
    pipe = output.LogPipe(log_fd, clock.elapsed)
    if level < 3:
        places = {TASK_ROOT: order["code"], "/tmp": order["tmp"], LAYER_ROOT: order["opt"] or "/nowhere"}
        redirect.install(places, readable(order, level))
    os.chdir(TASK_ROOT)
    forget()
    bootstrap.Runtime(socket.socket(fileno=channel_fd), pipe, clock, order).run()


def attach(raw_fd: int) -> None:
    """A session of its own, nothing to read, and one pipe for whatever is written below Python."""
    os.setsid()
    if sys.platform == "linux":
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(raw_fd, 1)
    os.dup2(raw_fd, 2)
    os.close(nothing)
    os.close(raw_fd)


def lock_in(order: dict[str, Any], level: int) -> None:
    """Limits, user, capabilities, Landlock, seccomp, in the order in which each is still allowed."""
    settings = order["settings"]
    own_user = level == 3 or settings["uid"] is not None
    limits.apply(settings["baseline"], order["memory_mb"], order["ephemeral_mb"], own_user)
    if settings["uid"] is not None:
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        drop_user(settings["uid"] + order["serial"] % 40000)
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)  # a change of user clears it
    elif sys.platform == "linux":
        kernel.drop_capabilities()
    if level >= 2:
        landlock.restrict(readable(order, level), writable(order, level), devices(), order["port"])
        seccomp.install(namespaces=level == 3)
    os.umask(0o022)


def drop_user(uid: int) -> None:
    """From root to a user that owns nothing, without a capability."""
    kernel.drop_bounding()
    limits.become(uid, uid)
    kernel.clear_capabilities()


def readable(order: dict[str, Any], level: int) -> list[str]:
    """What Landlock lets the function read."""
    if level == 3:
        return ["/"]
    pairs = [*order["settings"]["readable"], *order["packages"]]
    own = [path for path in (order["code"], order["opt"], order["site"]) if path]
    return [source for source, _ in pairs] + own


def writable(order: dict[str, Any], level: int) -> list[str]:
    """Where Landlock lets the function write: its own /tmp."""
    return ["/tmp"] if level == 3 else [order["tmp"]]


def devices() -> list[str]:
    """The harmless devices."""
    return [f"/dev/{name}" for name in mounts.DEVICES]


def set_environment(order: dict[str, Any]) -> None:
    """The variables of Lambda, the function's own, and nothing of the host's."""
    os.environ.clear()
    os.environ.update(order["environment"])
    os.environ["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{order['port']}"
    os.environ["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "true"  # boto3 keeps AWS's names; see ``endpoint``


def set_path(order: dict[str, Any]) -> None:
    """sys.path in the order of AWS: the code, the layers, the runtime's own packages."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    layers = [f"{LAYER_ROOT}/python/lib/{version}/site-packages", f"{LAYER_ROOT}/python"] if order["opt"] else []
    extra = [order["site"]] if order["site"] else []
    sys.path[:] = [TASK_ROOT, *layers, *extra, *order["settings"]["path"]]
    sys.path_importer_cache.clear()
    sys.argv[:] = ["/var/runtime/bootstrap.py"]
    sys.dont_write_bytecode = True
    warnings.resetwarnings()


def forget() -> None:
    """The function cannot import the runtime's modules by accident."""
    for name in [name for name in sys.modules if name.split(".")[0] == __package__]:
        del sys.modules[name]
    sys.modules["__main__"] = type(sys)("__main__")
