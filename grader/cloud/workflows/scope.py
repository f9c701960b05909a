"""What a running strand knows: its context object, its place in the history, the time."""

from __future__ import annotations

import random
from collections import ChainMap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from grader.cloud.functions.destinations import iso
from grader.cloud.workflows.data_flow import DataFlow
from grader.cloud.workflows.fields import JSONATA, JSONPATH
from grader.cloud.workflows.history import History
from grader.cloud.workflows.queries import Queries
from grader.cloud.workflows.query_flow import QueryFlow
from grader.cloud.workflows.tasks import Tasks


@dataclass
class Scope:
    """The surroundings of the state that runs now in a strand.

    Attributes
    ----------
    execution, machine
        The members ``Execution`` and ``StateMachine`` of the context object.
    last
        The id of the strand's last event in the history.
    query_language, state_language
        Of the machine that the strand runs, and of the state that runs now.
    variables
        Those of the machine, and behind them those of the machines around it, which it can read and not change.
    """

    execution: Mapping[str, Any]
    machine: Mapping[str, Any]
    tasks: Tasks
    queries: Queries
    history: History
    chance: random.Random
    now: Callable[[], float]
    last: int = 0
    item: Mapping[str, Any] | None = None
    name: str = ""
    state: dict[str, Any] = field(default_factory=dict)
    token: str | None = None
    query_language: str = JSONPATH
    state_language: str = JSONPATH
    variables: ChainMap[str, Any] = field(default_factory=ChainMap)

    @property
    def context(self) -> dict[str, Any]:
        """The context object, ``$$``."""
        made: dict[str, Any] = {"Execution": self.execution, "StateMachine": self.machine, "State": self.state}
        if self.item is not None:
            made["Map"] = self.item
        if self.token is not None:
            made["Task"] = {"Token": self.token}
        return made

    @property
    def flow(self) -> DataFlow | QueryFlow:
        """Reads the state's paths, templates or expressions."""
        if self.state_language == JSONATA:
            return QueryFlow(self.queries, self.context, self.variables, self.chance)
        return DataFlow(self.context, self.variables, self.chance)

    def enter(self, name: str, state: Mapping[str, Any]) -> None:
        """A state begins."""
        self.name, self.token = name, None
        self.state_language = state.get("QueryLanguage", self.query_language)
        self.state = {"EnteredTime": iso(self.now()), "Name": name, "RetryCount": 0}

    def count_retry(self) -> None:
        """The state is tried again."""
        self.state["RetryCount"] += 1

    def note(self, kind: str, details: Mapping[str, Any] | None = None) -> None:
        """Add an event to the history, after this strand's last one."""
        self.last = self.history.add(kind, self.last, details)

    def branch(self, item: Mapping[str, Any] | None = None) -> Scope:
        """The scope of a branch or of an iteration."""
        return replace(
            self, item=item or self.item, name="", state={}, token=None, variables=self.variables.new_child()
        )
