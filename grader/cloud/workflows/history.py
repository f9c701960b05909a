"""An execution's history: numbered events, each with the one before it in its own strand."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.cloud.workflows.failures import StateFailed

# AWS ends a standard execution that comes to this many; here an express one as well.
MOST_EVENTS = 25_000
# The member of a history event that holds its details.
DETAILS = {
    "ExecutionStarted": "executionStartedEventDetails",
    "ExecutionSucceeded": "executionSucceededEventDetails",
    "ExecutionFailed": "executionFailedEventDetails",
    "ExecutionAborted": "executionAbortedEventDetails",
    "ExecutionTimedOut": "executionTimedOutEventDetails",
    "LambdaFunctionScheduled": "lambdaFunctionScheduledEventDetails",
    "LambdaFunctionSucceeded": "lambdaFunctionSucceededEventDetails",
    "LambdaFunctionFailed": "lambdaFunctionFailedEventDetails",
    "LambdaFunctionTimedOut": "lambdaFunctionTimedOutEventDetails",
    "TaskScheduled": "taskScheduledEventDetails",
    "TaskStarted": "taskStartedEventDetails",
    "TaskSubmitted": "taskSubmittedEventDetails",
    "TaskSucceeded": "taskSucceededEventDetails",
    "TaskFailed": "taskFailedEventDetails",
    "TaskTimedOut": "taskTimedOutEventDetails",
    "EvaluationFailed": "evaluationFailedEventDetails",
    "MapStateStarted": "mapStateStartedEventDetails",
    "MapIterationStarted": "mapIterationStartedEventDetails",
    "MapIterationSucceeded": "mapIterationSucceededEventDetails",
    "MapIterationFailed": "mapIterationFailedEventDetails",
}


@dataclass
class History:
    """The events of one execution."""

    now: Callable[[], float]
    events: list[dict[str, Any]] = field(default_factory=list)

    def add(self, kind: str, before: int, details: Mapping[str, Any] | None = None) -> int:
        """Add an event; returns its id.

        Raises
        ------
        StateFailed
            When there are too many of them.
        """
        if len(self.events) >= MOST_EVENTS and not kind.startswith("Execution"):
            raise StateFailed("States.Runtime", f"The execution reached the maximum number of history events "
                              f"({MOST_EVENTS}).")  # fmt: skip
        event = {"timestamp": self.now(), "type": kind, "id": len(self.events) + 1, "previousEventId": before}
        if details is not None:
            event[_details_member(kind)] = dict(details)
        self.events.append(event)
        return len(self.events)


def _details_member(kind: str) -> str:
    if kind.endswith("StateEntered"):
        return "stateEnteredEventDetails"
    if kind.endswith("StateExited"):
        return "stateExitedEventDetails"
    return DETAILS[kind]


def shown(value: Any) -> str:
    """Data as history shows it: JSON."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def failure_details(failure: StateFailed) -> dict[str, str]:
    """Error and cause, as far as they say something."""
    return {"error": failure.error} | ({"cause": failure.cause} if failure.cause else {})
