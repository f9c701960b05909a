"""Making a process warm for the pocket AWS: imports, service models and moto's backends, before any fork."""

from __future__ import annotations

import importlib
import threading

MODULES = ("moto.backends", "samtranslator.translator.translator", "grader.cloud.stacks", "grader.cloud.http")


def warm_cloud() -> int | None:
    """Import the cloud and open it once, empty; returns the isolation level of its environments."""
    from grader.cloud import Cloud
    from grader.cloud.environment import isolation_level

    for module in MODULES:
        importlib.import_module(module)
    with Cloud():
        pass
    assert threading.active_count() == 1, "a process with threads must not fork answers"
    return isolation_level()
