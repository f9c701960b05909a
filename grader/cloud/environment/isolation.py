"""What this machine can give: probed by really starting environments, never assumed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

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
    """One line per level: whether it works here, and why not.

    Raises
    ------
    IsolationFailed
        When none does.
    """
    used = isolation_level()
    with ThreadPoolExecutor() as pool:
        return list(pool.map(lambda level: _line(level, level == used), (3, 2, 1)))


def _line(level: int, is_used: bool) -> str:
    if level not in available_levels():
        return f"level {level} ({MEANING[level]}): needs Linux"
    try:
        if not is_used:  # else it has proved itself
            Zygote(level=level, warm=False).close()
    except IsolationFailed as error:
        reason = str(error.next_step or error).strip().splitlines()[-1]
        return f"level {level} ({MEANING[level]}): not here: {reason}"
    return f"level {level} ({MEANING[level]}): works"
