"""What goes into a state, and what comes out: InputPath, Parameters, ResultSelector, ResultPath, OutputPath."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.cloud.workflows.failures import LARGEST_PAYLOAD, StateFailed
from grader.cloud.workflows.intrinsic_functions import Intrinsics
from grader.cloud.workflows.paths import read_path

WHOLE = "$"


@dataclass(frozen=True)
class DataFlow:
    """Reads paths and payload templates of one state.

    Attributes
    ----------
    context
        The context object, what ``$$`` stands for.
    chance
        For the intrinsic functions that draw.
    """

    context: Mapping[str, Any]
    chance: random.Random

    def entering(self, state: Mapping[str, Any], data: Any) -> Any:
        """The state's input, after InputPath."""
        return self._selected(state, "InputPath", data)

    def parameters(self, state: Mapping[str, Any], data: Any, field: str = "Parameters") -> Any:
        """What a payload template makes of the input; the input itself when the state has none."""
        return self.filled(state[field], data) if field in state else data

    def leaving(self, state: Mapping[str, Any], data: Any, result: Any, selected: bool = True) -> Any:
        """The state's output: the result through ResultSelector, into the input by ResultPath, through OutputPath.

        Parameters
        ----------
        data
            The raw input, which ResultPath puts the result into.
        """
        if selected and "ResultSelector" in state:
            result = self.filled(state["ResultSelector"], result)
        return self.output(state, self.combined(state, data, result))

    def combined(self, state: Mapping[str, Any], data: Any, result: Any) -> Any:
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

    def output(self, state: Mapping[str, Any], data: Any) -> Any:
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

    def _selected(self, state: Mapping[str, Any], field: str, data: Any) -> Any:
        path = state.get(field, WHOLE)
        return {} if path is None else self._at(path, data, field, "States.Runtime")

    def _at(self, text: str, data: Any, field: str, error: str) -> Any:
        path = read_path(text)
        try:
            return path.find(self.context if path.context else data)
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


def _shown(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False)[:1000]
