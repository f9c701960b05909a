"""What goes into a state, and what comes out, in JSONata: Arguments, Output, Assign.

AWS: "Transforming data with JSONata in Step Functions". ``DataFlow`` does the same for JSONPath.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.cloud.workflows.data_flow import limited
from grader.cloud.workflows.fields import LEAVING
from grader.cloud.workflows.leaving import Left
from grader.cloud.workflows.queries import Queries, QueryFailed
from grader.cloud.workflows.resources import read_resource


@dataclass(frozen=True)
class QueryFlow:
    """Evaluates the expressions of one state.

    Attributes
    ----------
    context
        The context object, ``$states.context``.
    variables
        Their values by name.
    chance
        For the functions that draw.
    """

    queries: Queries
    context: Mapping[str, Any]
    variables: Mapping[str, Any]
    chance: random.Random

    def entering(self, state: Mapping[str, Any], data: Any) -> Any:
        """The state's input, as it comes."""
        return data

    def arguments(self, state: Mapping[str, Any], data: Any) -> Any:
        """What a task, or a branch, is given."""
        if "Arguments" in state:
            return self._evaluated("Arguments", state["Arguments"], data)
        is_call = state["Type"] == "Task" and not read_resource(str(state["Resource"])).is_function
        return {} if is_call else data

    def leaving(self, state: Mapping[str, Any], data: Any, result: Any) -> Left:
        """What a state with a result leaves behind."""
        return self._left(state, data, result, {"result": result})

    def passing(self, state: Mapping[str, Any], data: Any, rule: Mapping[str, Any] | None = None) -> Left:
        """What a state without a result leaves behind.

        Parameters
        ----------
        rule
            The choice that has been made.
        """
        return self._left(state if rule is None else rule, data, data, {})

    def passing_on(self, state: Mapping[str, Any], data: Any) -> Left:
        """What a Pass state leaves behind."""
        return self.passing(state, data)

    def catching(
        self, state: Mapping[str, Any], catcher: Mapping[str, Any], told: Mapping[str, str], data: Any
    ) -> Left:
        """What is left behind after a failure."""
        return self._left(catcher, data, dict(told), {"errorOutput": told})

    def setting(self, state: Mapping[str, Any], field: str, data: Any) -> Any:
        """The value of a field such as ``Seconds``; None when the state has none."""
        return self._evaluated(field, state[field], data) if field in state else None

    def items(self, state: Mapping[str, Any], data: Any) -> Any:
        """What a Map state goes through."""
        return self._evaluated("Items", state["Items"], data) if "Items" in state else data

    def item(self, state: Mapping[str, Any], data: Any, item: Any) -> Any:
        """What an iteration is given."""
        return self._evaluated("ItemSelector", state["ItemSelector"], data) if "ItemSelector" in state else item

    def holds(self, rule: Mapping[str, Any], data: Any) -> bool:
        """Whether a choice's condition is true."""
        found = self._evaluated("Condition", rule["Condition"], data)
        if not isinstance(found, bool):
            raise QueryFailed(f"The Condition of a choice must be true or false, and not {found!r}.", "Condition")
        return found

    def _left(self, holder: Mapping[str, Any], data: Any, otherwise: Any, more: Mapping[str, Any]) -> Left:
        """Output and Assign, evaluated with the same values: those of before."""
        found = {name: self._evaluated(name, holder[name], data, more) for name in LEAVING if name in holder}
        return Left(limited(found.get("Output", otherwise)), limited(found.get("Assign", {})))

    def _evaluated(self, field: str, template: Any, data: Any, more: Mapping[str, Any] | None = None) -> Any:
        states = {"input": data, "context": self.context, **(more or {})}
        return self.queries.evaluate(template, {**self.variables, "states": states}, self.chance, field)
