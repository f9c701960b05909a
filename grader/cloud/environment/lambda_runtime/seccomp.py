"""A seccomp filter as plain BPF, so that no library is needed: what no Lambda function has a use for is EPERM."""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import struct

from . import kernel

# name: (x86_64, aarch64)
REFUSED = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "unshare": (272, 97),
    "setns": (308, 268), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "add_key": (248, 217), "request_key": (249, 218),
    "keyctl": (250, 219), "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "reboot": (169, 142), "swapon": (167, 224),
    "swapoff": (168, 225), "acct": (163, 89), "settimeofday": (164, 170), "clock_settime": (227, 112),
    "adjtimex": (159, 171), "clock_adjtime": (305, 266), "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265), "quotactl": (179, 60), "syslog": (103, 116), "sethostname": (170, 161),
    "setdomainname": (171, 162), "personality": (135, 92), "vhangup": (153, 58), "pidfd_getfd": (438, 438),
    "shmget": (29, 194), "shmat": (30, 196), "msgget": (68, 186), "semget": (64, 190),
}  # fmt: skip
# Below level 3 there is no pid namespace: signals and limits reach only the process itself, and it starts no others.
OTHERS = {"kill": (62, 129), "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240)}
LIMITS_OF = {"prlimit64": (302, 261)}
WITHOUT_NAMESPACES = {"tkill": (200, 130), "pidfd_send_signal": (424, 424)}
FORKS_X86 = (57, 58)
CLONE, CLONE3, SOCKET, IOCTL = (56, 220), (435, 435), (41, 198), (16, 29)
AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
NEW_NAMESPACES = 0x7E020080
CLONE_THREAD = 0x10000
AF_UNIX, AF_INET, AF_INET6, SOCK_STREAM = 1, 2, 10, 1
TIOCSTI, TIOCLINUX = 0x5412, 0x541C

LOAD, JEQ, JGE, JSET, AND, RET = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
ALLOW, ERRNO, KILL = 0x7FFF0000, 0x00050000, 0x80000000
NUMBER, ARCH, ARGUMENTS = 0, 4, 16

Instruction = tuple[int, int, int, int]


def supported() -> bool:
    """Whether this processor's call numbers are known here."""
    return os.name == "posix" and kernel.machine in AUDIT_ARCH


def install(namespaces: bool) -> None:
    """Put the filter in force for this process and all that it starts."""
    program = compiled() if namespaces else _packed(build(False, os.getpid()))
    buffer = ctypes.create_string_buffer(program, len(program))
    header = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer)))
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    kernel.prctl(kernel.PR_SET_SECCOMP, 2, header)


@functools.cache
def compiled() -> bytes:
    """The filter of level 3, the same for every environment: the zygote makes it once, before any of them."""
    return _packed(build(True, 0))


def _packed(lines: list[Instruction]) -> bytes:
    return b"".join(struct.pack("HBBI", *line) for line in lines)


def build(namespaces: bool, pid: int) -> list[Instruction]:
    """The filter's instructions."""
    column = 0 if kernel.machine == "x86_64" else 1
    lines: list[Instruction] = [
        (LOAD, 0, 0, ARCH), (JEQ, 1, 0, AUDIT_ARCH[kernel.machine]), (RET, 0, 0, KILL), (LOAD, 0, 0, NUMBER),
    ]  # fmt: skip
    if column == 0:
        lines += [(JGE, 0, 1, 0x40000000), _refuse(errno.EPERM)]
    for numbers in REFUSED.values():
        lines += _number(numbers[column], [_refuse(errno.EPERM)])
    lines += _number(CLONE3[column], [_refuse(errno.ENOSYS)])
    lines += _number(IOCTL[column], _unless_equal(1, (TIOCSTI, TIOCLINUX)))
    lines += _number(CLONE[column], _clone(namespaces))
    lines += _number(SOCKET[column], _socket(namespaces))
    if not namespaces:
        lines += _alone(column, pid)
    return [*lines, (RET, 0, 0, ALLOW)]


def _alone(column: int, pid: int) -> list[Instruction]:
    lines: list[Instruction] = []
    for numbers in WITHOUT_NAMESPACES.values():
        lines += _number(numbers[column], [_refuse(errno.EPERM)])
    for numbers in (*OTHERS.values(), *LIMITS_OF.values()):
        lines += _number(numbers[column], _only_equal(0, (0, pid)))
    for number in FORKS_X86 if column == 0 else ():
        lines += _number(number, [_refuse(errno.EPERM)])
    return lines


def _clone(namespaces: bool) -> list[Instruction]:
    body = [_load(0), (JSET, 0, 1, NEW_NAMESPACES), _refuse(errno.EPERM)]
    if not namespaces:
        body += [(JSET, 1, 0, CLONE_THREAD), _refuse(errno.EPERM)]
    return [*body, (RET, 0, 0, ALLOW)]


def _socket(namespaces: bool) -> list[Instruction]:
    families = (AF_UNIX, AF_INET, AF_INET6) if namespaces else (AF_INET, AF_INET6)
    if namespaces:
        return _only_equal(0, families)
    stream = [_load(1), (AND, 0, 0, 0xF), (JEQ, 0, 1, SOCK_STREAM), (RET, 0, 0, ALLOW), _refuse(errno.EPERM)]
    return [_load(0), (JEQ, 2, 0, AF_INET), (JEQ, 1, 0, AF_INET6), _refuse(errno.EPERM), *stream]


def _only_equal(argument: int, values: tuple[int, ...]) -> list[Instruction]:
    tests = [line for value in values for line in ((JEQ, 0, 1, value), (RET, 0, 0, ALLOW))]
    return [_load(argument), *tests, _refuse(errno.EPERM)]


def _unless_equal(argument: int, values: tuple[int, ...]) -> list[Instruction]:
    tests = [line for value in values for line in ((JEQ, 0, 1, value), _refuse(errno.EPERM))]
    return [_load(argument), *tests, (RET, 0, 0, ALLOW)]


def _number(number: int, body: list[Instruction]) -> list[Instruction]:
    """Every body ends in a return, so the accumulator still holds the number afterwards."""
    return [(JEQ, 0, len(body), number), *body]


def _load(argument: int) -> Instruction:
    return (LOAD, 0, 0, ARGUMENTS + 8 * argument)


def _refuse(number: int) -> Instruction:
    return (RET, 0, 0, ERRNO | number)
