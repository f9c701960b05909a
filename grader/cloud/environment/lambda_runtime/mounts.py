"""The file tree of level 3: a small root of its own, made once by the zygote; /tmp, /var/task, /opt per environment."""

from __future__ import annotations

import os

from . import kernel

OLD = "/.host"
LEAST_TMP_MB = 512
DEVICES = ("null", "zero", "full", "random", "urandom")
SMALL_FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/sbin/nologin\nsbx_user1051:x:993:990::/home/sbx_user1051:/sbin/nologin\n",
    "etc/group": "root:x:0:\nsbx_user1051:x:990:\n",
    "etc/hosts": "127.0.0.1 localhost\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    "etc/resolv.conf": "",
}
PROTECTED = kernel.ATTR_RDONLY | kernel.ATTR_NOSUID | kernel.ATTR_NODEV


def build_root(place: str, readable: list[list[str]]) -> None:
    """Make a root that holds only ``readable`` (pairs of source and target), move into it; the host stays at OLD."""
    os.umask(0o022)
    kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    kernel.mount("tmpfs", place, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "mode=755,size=16m")
    for folder in ("tmp", "var/task", "var/packages", "opt", "dev", "etc", "proc", "home", OLD.strip("/")):
        os.makedirs(f"{place}/{folder}", exist_ok=True)
    for name, text in SMALL_FILES.items():
        with open(f"{place}/{name}", "w") as file:
            file.write(text)
    for source, target in readable:
        bind(source, place + target)
    for name in DEVICES:
        _bind_device(f"/dev/{name}", f"{place}/dev/{name}")
    kernel.pivot_root(place, place + OLD)
    os.chdir("/")


def empty_tmp() -> None:
    """A /tmp of the environment's own, as large as Lambda's smallest."""
    options = f"mode=1777,size={LEAST_TMP_MB}m"
    kernel.mount("tmpfs", "/tmp", "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, options)


def furnish(code: str, layers: str | None, packages: list[list[str]], tmp_mb: int) -> None:
    """Give one environment its code at /var/task, its layers at /opt, the size of /tmp; then let go of the host."""
    if tmp_mb != LEAST_TMP_MB:
        options = f"mode=1777,size={tmp_mb}m"
        kernel.mount("tmpfs", "/tmp", "tmpfs", kernel.MS_REMOUNT | kernel.MS_NOSUID | kernel.MS_NODEV, options)
    bind(OLD + code, "/var/task")
    if layers:
        bind(OLD + layers, "/opt")
    if packages:
        kernel.mount("tmpfs", "/var/packages", "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "mode=755,size=1m")
    for source, target in packages:
        bind(OLD + source, target)
    kernel.unmount(OLD)
    kernel.restrict_mount("/", kernel.ATTR_RDONLY, recursive=False)


def bind(source: str, target: str) -> None:
    """Show ``source`` at ``target``, read-only."""
    _make_place(source, target)
    kernel.mount(source, target, None, kernel.MS_BIND | kernel.MS_REC)
    kernel.restrict_mount(target, PROTECTED)


def _bind_device(source: str, target: str) -> None:
    _make_place(source, target)
    kernel.mount(source, target, None, kernel.MS_BIND)


def _make_place(source: str, target: str) -> None:
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    elif not os.path.lexists(target):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w"):
            pass
