"""Retry and Catch: who tries again after how long, and who goes on where."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from grader.cloud.workflows.failures import StateFailed
from grader.cloud.workflows.leaving import Left
from grader.cloud.workflows.scope import Scope

FIRST_SECONDS, ATTEMPTS, RATE = 1, 3, 2.0


def retry_delay(
    state: Mapping[str, Any], failure: StateFailed, tried: dict[int, int], chance: random.Random
) -> float | None:
    """Seconds until the state is tried again; None when it is not.

    Parameters
    ----------
    tried
        How often each retrier has been used for this state; it is counted on.
    """
    for number, retrier in enumerate(state.get("Retry") or ()):
        if not failure.named_in(retrier["ErrorEquals"]):
            continue
        times = tried.get(number, 0)
        if times >= int(retrier.get("MaxAttempts", ATTEMPTS)):
            return None
        tried[number] = times + 1
        delay = float(retrier.get("IntervalSeconds", FIRST_SECONDS)) * float(retrier.get("BackoffRate", RATE)) ** times
        delay = min(delay, float(retrier.get("MaxDelaySeconds", delay)))
        return chance.uniform(0, delay) if retrier.get("JitterStrategy") == "FULL" else delay
    return None


def caught(scope: Scope, state: Mapping[str, Any], failure: StateFailed, data: Any) -> tuple[Left, str]:
    """What is left behind, and the next state, after a failure that the state catches.

    Raises
    ------
    StateFailed
        The failure itself, when nothing catches it.
    """
    for catcher in state.get("Catch") or ():
        if failure.named_in(catcher["ErrorEquals"]):
            told = {"Error": failure.error, "Cause": failure.cause}
            return scope.flow.catching(state, catcher, told, data), str(catcher["Next"])
    raise failure
