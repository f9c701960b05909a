"""The few Linux calls that Python's standard library does not have, by name."""

from __future__ import annotations

import ctypes
import os
import platform

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = 0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 32, 4096, 16384, 1 << 18
MNT_DETACH = 2
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 4, 24, 36, 38
PR_SET_SECCOMP, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 22, 47, 4
ATTR_RDONLY, ATTR_NOSUID, ATTR_NODEV = 1, 2, 4
AT_FDCWD, AT_RECURSIVE = -100, 0x8000
LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT, MOUNT_SETATTR = 444, 445, 446, 442
PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
CAPSET = {"x86_64": 126, "aarch64": 91}

machine = platform.machine()
_libc = ctypes.CDLL(None, use_errno=True)


class MountAttributes(ctypes.Structure):
    """struct mount_attr."""

    _fields_ = (
        ("set", ctypes.c_uint64),
        ("clear", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("userns", ctypes.c_uint64),
    )


def syscall(number: int, *arguments: object) -> int:
    """A system call by number.

    Raises
    ------
    OSError
        With the kernel's errno.
    """
    words = [ctypes.c_long(item) if isinstance(item, int) else item for item in arguments]
    return _checked(_libc.syscall(ctypes.c_long(number), *words), f"syscall {number}")


def unshare(flags: int) -> None:
    """unshare(2)."""
    _checked(_libc.unshare(ctypes.c_int(flags)), "unshare")


def setns(descriptor: int, flags: int) -> None:
    """setns(2): join the namespaces ``flags`` of the process that a pidfd names."""
    _checked(_libc.setns(ctypes.c_int(descriptor), ctypes.c_int(flags)), "setns")


def mount(source: str, target: str, kind: str | None, flags: int, data: str = "") -> None:
    """mount(2)."""
    code = _libc.mount(
        source.encode(), target.encode(), kind and kind.encode(), ctypes.c_ulong(flags), data.encode() or None
    )
    _checked(code, f"mount {target}")


def unmount(target: str) -> None:
    """umount2(2), at once even when busy."""
    _checked(_libc.umount2(target.encode(), MNT_DETACH), f"umount {target}")


def pivot_root(new: str, old: str) -> None:
    """pivot_root(2)."""
    syscall(PIVOT_ROOT[machine], new.encode(), old.encode())


def restrict_mount(path: str, attributes: int, recursive: bool = True) -> None:
    """mount_setattr(2): add attributes to a mount, and to those below it."""
    wanted = MountAttributes(set=attributes)
    flags = AT_RECURSIVE if recursive else 0
    syscall(MOUNT_SETATTR, AT_FDCWD, path.encode(), flags, ctypes.byref(wanted), ctypes.sizeof(wanted))


def prctl(option: int, first: object = 0, second: object = 0) -> None:
    """prctl(2)."""
    words = [ctypes.c_ulong(item) if isinstance(item, int) else item for item in (first, second)]
    _checked(_libc.prctl(ctypes.c_int(option), *words, ctypes.c_ulong(0), ctypes.c_ulong(0)), f"prctl {option}")


def drop_bounding() -> None:
    """Capabilities that no later program can win back."""
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    for capability in range(64):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError:  # past the last one, or no right to drop: then there is none to inherit either
            break


def clear_capabilities() -> None:
    """Set the effective, permitted and inheritable capabilities to none."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    syscall(CAPSET[machine], ctypes.byref(header), ctypes.byref((ctypes.c_uint32 * 6)()))


def _checked(code: int, what: str) -> int:
    if code < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return code
