"""What modules want done in every new process: put off in the warm processes, taken up in a function's own.

``threading``, ``logging`` and ``random`` make new locks and a new seed in each fork. Here they need not: the warm
processes have one thread, and nobody else can hold a lock. And what is written costs: a fork copies each such page.
"""

from __future__ import annotations

import os
from typing import Any

_register = os.register_at_fork
_waiting: list[dict[str, Any]] = []


def put_off() -> None:
    """From now on, remember what modules register with ``os.register_at_fork``; before any of them is imported."""
    os.register_at_fork = lambda **hooks: _waiting.append(hooks)


def take_up() -> None:
    """In a function's process: its own forks do it all, and its random numbers are like no other environment's."""
    import random

    os.register_at_fork = _register
    for hooks in _waiting:
        _register(**hooks)
    random.seed()
