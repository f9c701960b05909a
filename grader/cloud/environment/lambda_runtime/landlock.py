"""Landlock: from now on this process may touch only these files and connect only to this port."""

from __future__ import annotations

import ctypes
import os
import stat

from . import kernel

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
MAKE_CHAR, MAKE_BLOCK = 1 << 6, 1 << 11
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
FIRST_ABI_RIGHTS = (1 << 13) - 1
READ_ONLY = EXECUTE | READ_FILE | READ_DIR
FILE_RIGHTS = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
BIND_TCP, CONNECT_TCP = 1, 2
SCOPE_ABSTRACT_UNIX, SCOPE_SIGNAL = 1, 2
RULE_PATH, RULE_PORT = 1, 2
VERSION_FLAG = 1


class Ruleset(ctypes.Structure):
    """struct landlock_ruleset_attr."""

    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class PathRule(ctypes.Structure):
    """struct landlock_path_beneath_attr."""

    _pack_, _layout_ = 1, "ms"  # packed; Python 3.14 wants to be told whose layout that is
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


class PortRule(ctypes.Structure):
    """struct landlock_net_port_attr."""

    _fields_ = (("allowed", ctypes.c_uint64), ("port", ctypes.c_uint64))


def abi() -> int:
    """The kernel's Landlock version; 0 when there is none."""
    try:
        return kernel.syscall(kernel.LANDLOCK_CREATE, None, 0, VERSION_FLAG)
    except OSError:
        return 0


def restrict(readable: list[str], writable: list[str], devices: list[str], port: int) -> None:
    """Allow reading below ``readable``, everything below ``writable``, TCP to ``port``; refuse the rest for ever."""
    version = abi()
    handled = _file_rights(version)
    ruleset = _create(version, handled)
    for path in readable:
        _allow_path(ruleset, path, READ_ONLY & handled)
    for path in devices:
        _allow_path(ruleset, path, (READ_FILE | WRITE_FILE) & handled)
    for path in writable:
        _allow_path(ruleset, path, handled & ~(MAKE_CHAR | MAKE_BLOCK))
    if version >= 4:
        rule = PortRule(CONNECT_TCP, port)
        kernel.syscall(kernel.LANDLOCK_ADD, ruleset, RULE_PORT, ctypes.byref(rule), 0)
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    kernel.syscall(kernel.LANDLOCK_RESTRICT, ruleset, 0)
    os.close(ruleset)


def _create(version: int, handled: int) -> int:
    size = 8 if version < 4 else 16 if version < 6 else 24
    wanted = Ruleset(handled, BIND_TCP | CONNECT_TCP, SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL)
    return kernel.syscall(kernel.LANDLOCK_CREATE, ctypes.byref(wanted), size, 0)


def _file_rights(version: int) -> int:
    later = {2: REFER, 3: TRUNCATE, 5: IOCTL_DEV}
    return FIRST_ABI_RIGHTS | sum(right for since, right in later.items() if version >= since)


def _allow_path(ruleset: int, path: str, rights: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # a path that is not there needs no right
        return
    if not stat.S_ISDIR(os.fstat(handle).st_mode):
        rights &= FILE_RIGHTS
    rule = PathRule(rights, handle)
    kernel.syscall(kernel.LANDLOCK_ADD, ruleset, RULE_PATH, ctypes.byref(rule), 0)
    os.close(handle)
