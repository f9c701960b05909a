"""What goes into a state, and what comes out, in JSONPath.

InputPath, Parameters, ResultSelector, ResultPath, OutputPath, Assign. ``QueryFlow`` does the same for JSONata.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.cloud.workflows.choices import holds
from grader.cloud.workflows.failures import LARGEST_PAYLOAD, StateFailed
from grader.cloud.workflows.intrinsic_functions import Intrinsics
from grader.cloud.workflows.leaving import Left
from grader.cloud.workflows.paths import read_path

WHOLE = "$"


@dataclass(frozen=True)
class DataFlow:
    """Reads paths and payload templates of one state.

    Attributes
    ----------
    context
        The context object, what ``$$`` stands for.
    variables
        Their values by name, what ``$name`` stands for.
    chance
        For the intrinsic functions that draw.
    """

    context: Mapping[str, Any]
    variables: Mapping[str, Any]
    chance: random.Random

    def entering(self, state: Mapping[str, Any], data: Any) -> Any:
        """The state's input, after InputPath."""
        return self._selected(state, "InputPath", data)

    def arguments(self, state: Mapping[str, Any], data: Any) -> Any:
        """What a task, or a branch, is given: the input, through Parameters when there are any."""
        return self._parameters(state, self.entering(state, data))

    def leaving(self, state: Mapping[str, Any], data: Any, result: Any) -> Left:
        """What a state with a result leaves: that through ResultSelector, into the input by ResultPath, OutputPath.

        Parameters
        ----------
        data
            The raw input, which ResultPath puts the result into.
        """
        selected = self.filled(state["ResultSelector"], result) if "ResultSelector" in state else result
        return Left(self._output(state, self._combined(state, data, selected)), self._assigned(state, result))

    def passing(self, state: Mapping[str, Any], data: Any, rule: Mapping[str, Any] | None = None) -> Left:
        """What a state without a result leaves behind.

        Parameters
        ----------
        rule
            The choice that has been made.
        """
        entered = self.entering(state, data)
        return Left(self._output(state, entered), self._assigned(state if rule is None else rule, entered))

    def passing_on(self, state: Mapping[str, Any], data: Any) -> Left:
        """What a Pass state leaves behind."""
        result = state["Result"] if "Result" in state else self.arguments(state, data)
        return self.leaving(state, data, result)

    def catching(
        self, state: Mapping[str, Any], catcher: Mapping[str, Any], told: Mapping[str, str], data: Any
    ) -> Left:
        """What is left behind after a failure."""
        return Left(self._output(state, self._combined(catcher, data, dict(told))), self._assigned(catcher, told))

    def setting(self, state: Mapping[str, Any], field: str, data: Any) -> Any:
        """The value of a field such as ``Seconds``, or at its ``SecondsPath``; None when the state has neither."""
        path = f"{field}Path"
        return self.value(state[path], data, path) if path in state else state.get(field)

    def items(self, state: Mapping[str, Any], data: Any) -> Any:
        """What a Map state goes through."""
        entered = self.entering(state, data)
        return self.value(state["ItemsPath"], entered, "ItemsPath") if "ItemsPath" in state else entered

    def item(self, state: Mapping[str, Any], data: Any, item: Any) -> Any:
        """What an iteration is given."""
        template = "ItemSelector" if "ItemSelector" in state else "Parameters"
        return self.filled(state[template], self.entering(state, data)) if template in state else item

    def holds(self, rule: Mapping[str, Any], data: Any) -> bool:
        """Whether a choice rule is true."""
        return holds(rule, data, self)

    def find(self, text: str, data: Any) -> Any:
        """What is at a path.

        Raises
        ------
        LookupError
            When nothing is.
        """
        path = read_path(text)
        if path.variable:
            return path.find(self.variables[path.variable])
        return path.find(self.context if path.context else data)

    def _combined(self, state: Mapping[str, Any], data: Any, result: Any) -> Any:
        """Input and result, as ResultPath says; null throws the result away."""
        place = state.get("ResultPath", WHOLE)
        if place is None:
            return data
        try:
            return read_path(place).put(data, result)
        except LookupError as fault:
            raise StateFailed(
                "States.ResultPathMatchFailure", f"Unable to apply ResultPath '{place}' to input '{_shown(data)}'"
            ) from fault

    def _output(self, state: Mapping[str, Any], data: Any) -> Any:
        """What OutputPath lets out, if it is not too much."""
        return limited(self._selected(state, "OutputPath", data))

    def filled(self, template: Any, data: Any) -> Any:
        """A payload template with its ``name.$`` members evaluated."""
        if isinstance(template, list):
            return [self.filled(one, data) for one in template]
        if not isinstance(template, dict):
            return template
        made = {}
        for name, value in template.items():
            if name.endswith(".$"):
                made[name[:-2]] = self.value(value, data, name)
            else:
                made[name] = self.filled(value, data)
        return made

    def value(self, expression: str, data: Any, field: str) -> Any:
        """The value of a path or of an intrinsic function."""

        def look_up(path: str) -> Any:
            return self._at(path, data, field, "States.ParameterPathFailure")

        if str(expression).startswith("States."):
            return Intrinsics(look_up, self.chance).evaluate(str(expression))
        return look_up(str(expression))

    def _parameters(self, state: Mapping[str, Any], data: Any) -> Any:
        return self.filled(state["Parameters"], data) if "Parameters" in state else data

    def _assigned(self, holder: Mapping[str, Any], data: Any) -> Any:
        return limited(self.filled(holder.get("Assign", {}), data))

    def _selected(self, state: Mapping[str, Any], field: str, data: Any) -> Any:
        path = state.get(field, WHOLE)
        return {} if path is None else self._at(path, data, field, "States.Runtime")

    def _at(self, text: str, data: Any, field: str, error: str) -> Any:
        try:
            return self.find(text, data)
        except LookupError as fault:
            raise StateFailed(
                error, f"The JSONPath '{text}' specified for the field '{field}' could not be found in the input "
                f"'{_shown(data)}'"
            ) from fault  # fmt: skip


def limited(value: Any) -> Any:
    """The value, if it fits.

    Raises
    ------
    StateFailed
        States.DataLimitExceeded.
    """
    if len(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")) > LARGEST_PAYLOAD:
        raise StateFailed(
            "States.DataLimitExceeded",
            "The state/task returned a result with a size exceeding the maximum number of bytes service limit.",
        )
    return value


def number(value: Any, field: str) -> float:
    """A setting that has to be a number, 0 or more.

    Raises
    ------
    StateFailed
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise StateFailed("States.Runtime", f"The value of {field} is no number, 0 or more: {value}")
    return float(value)


def _shown(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False)[:1000]
