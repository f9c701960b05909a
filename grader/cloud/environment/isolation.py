"""What this machine can give: probed by really starting environments, never assumed."""

from __future__ import annotations

from .zygote import IsolationFailed, Zygote, available_levels, shared_zygote

MEANING = {
    3: "namespaces, a file tree of its own, Landlock, seccomp, limits",
    2: "Landlock, seccomp, limits",
    1: "limits only",
}


def isolation_level() -> int:
    """The isolation level of this process's environments, 1 to 3."""
    return shared_zygote().level


def isolation_report() -> list[str]:
    """One line per level: whether it works here, and why not."""
    return [_line(level) for level in (3, 2, 1)]


def _line(level: int) -> str:
    if level not in available_levels():
        return f"level {level} ({MEANING[level]}): needs Linux"
    try:
        Zygote(level=level).close()
    except IsolationFailed as error:
        reason = str(error.next_step or error).strip().splitlines()[-1]
        return f"level {level} ({MEANING[level]}): not here: {reason}"
    return f"level {level} ({MEANING[level]}): works"
