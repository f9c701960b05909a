"""Alarms that take an operation back: watched while it is carried out, and for some time afterwards."""

from __future__ import annotations

from grader.cloud.clock import Clock
from grader.cloud.stacks.errors import ResourceFailure
from grader.cloud.stacks.providers.base import Tools
from grader.cloud.stacks.stack import Stack

MINUTE = 60.0


class RollbackTriggers:
    """Watches a stack's alarms, minute by minute on the clock."""

    def __init__(self, clock: Clock, tools: Tools) -> None:
        self._clock, self._tools = clock, tools

    def watch(self, stack: Stack) -> None:
        """Let the monitoring time pass.

        Raises
        ------
        ResourceFailure
            When an alarm is, or goes, into the state ALARM, or does not exist.
        """
        self._look(stack)
        for _ in range(stack.monitoring_minutes):
            due = self._clock.timestamp() + MINUTE
            self._clock.at(due, lambda: None, f"alarms of {stack.name}")
            self._tools.wait(lambda due=due: self._clock.timestamp() >= due)  # type: ignore[misc]
            self._look(stack)

    def _look(self, stack: Stack) -> None:
        for arn in stack.triggers:
            name = arn.partition(":alarm:")[2]
            found = self._tools.call("cloudwatch", "DescribeAlarms", AlarmNames=[name])["MetricAlarms"]
            if not found:
                raise ResourceFailure(f"The rollback trigger {arn} does not exist.")
            if found[0]["StateValue"] == "ALARM":
                raise ResourceFailure(f"The rollback trigger {arn} is in the state ALARM.")
