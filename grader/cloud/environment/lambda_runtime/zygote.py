"""The zygote: one warm, single-threaded process that forks an execution environment whenever it is asked."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sys
import traceback
from typing import Any

from . import frames, guardian, kernel, limits, mounts, warm


def main(descriptor: int) -> None:
    """Serve ``start`` requests on a Unix socket until the other side is gone."""
    control = socket.socket(fileno=descriptor)
    settings, _, _ = frames.receive(control)
    sys.path.pop(0)  # the folder of this package: all of it that is needed is imported by now
    settings["path"] = [*sys.path, settings["site"]]
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        warm.import_time_machine(settings["time_machine"])
        if settings["level"] == 3:
            own_root(settings)
        sys.path[:] = settings["path"]
        warm.warm()
        settings["baseline"] = limits.address_space(mounts.OLD if settings["level"] == 3 else "")
    except Exception:
        frames.send(control, {"failed": traceback.format_exc()})
        return
    frames.send(control, {"ready": True})
    serve(control, settings)


def serve(control: socket.socket, settings: dict[str, Any]) -> None:
    """Fork once per request."""
    serial = 0
    while True:
        try:
            order, _, descriptors = frames.receive(control)
        except frames.BrokenFrame:
            host = mounts.OLD if settings["level"] == 3 else ""
            shutil.rmtree(host + settings["folder"], ignore_errors=True)
            return
        serial += 1
        child = os.fork()
        if child == 0:
            control.close()
            give_birth(order | {"settings": settings, "serial": serial}, descriptors)
        frames.send(control, {"pid": child})
        for handle in descriptors:
            os.close(handle)


def give_birth(order: dict[str, Any], descriptors: list[int]) -> None:
    """In a new child: become the guardian of an environment; never returns."""
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        if sys.platform == "linux":
            kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        if order["settings"]["level"] == 3:
            enter_namespaces(descriptors)
        guardian.Guardian(order, descriptors).run()
    except BaseException:
        report(descriptors[0])
    os._exit(70)


def enter_namespaces(descriptors: list[int]) -> None:
    """Leave a waiting parent behind and go on as pid 1 of namespaces of one's own."""
    flags = kernel.NEWPID | kernel.NEWNS | kernel.NEWNET | kernel.NEWIPC | kernel.NEWUTS
    kernel.unshare(flags)
    child = os.fork()
    if child:
        for handle in descriptors:
            os.close(handle)
        os.waitpid(child, 0)
        os._exit(0)
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)


def own_root(settings: dict[str, Any]) -> None:
    """Level 3: move into a file tree that holds the interpreter and boto3, and nothing of the host's."""
    uid, gid = os.geteuid(), os.getegid()
    if uid == 0:
        kernel.unshare(kernel.NEWNS)
    else:
        kernel.unshare(kernel.NEWUSER | kernel.NEWNS)
        write("/proc/self/setgroups", "deny")
        write("/proc/self/uid_map", f"993 {uid} 1")
        write("/proc/self/gid_map", f"990 {gid} 1")
    mounts.build_root(settings["place"], settings["readable"])


def write(path: str, text: str) -> None:
    """One line into a file of /proc."""
    with open(path, "w") as file:
        file.write(text)


def report(descriptor: int) -> None:
    """Tell the cloud why an environment could not be made."""
    try:
        frames.send(socket.socket(fileno=descriptor), {"failed": traceback.format_exc()})
    except OSError:
        return
