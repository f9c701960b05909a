"""Calling the functions of a template before anything is made, as far as they need nothing that is still to be made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from grader.cloud.stacks.errors import TemplateError
from grader.cloud.stacks.templates.intrinsics import resolve
from grader.cloud.stacks.templates.values import Values, intrinsic
from grader.cloud.stacks.templates.yaml_reader import Place


class WrongCall(TemplateError):
    """A function that cannot be called as the template calls it; ``place`` is where it stands."""

    def __init__(self, error: TemplateError, place: Place) -> None:
        super().__init__(error.what, next_step=error.next_step, logical_id=str(place[1]))
        self.place = place


class _StillToBeMade(Exception):
    """The value depends on a resource or on an export."""


def check_calls(sections: Mapping[str, Mapping[str, Any]], values: Values) -> None:
    """Refuse calls with the wrong arguments, and functions that do not exist.

    Parameters
    ----------
    sections
        ``Resources`` and ``Outputs``, conditions decided.

    Raises
    ------
    WrongCall
        For the first one.
    """

    def unknown(*_: str) -> Any:
        raise _StillToBeMade

    values = replace(values, reference=unknown, attribute=unknown, imported=unknown)
    for section, members in sections.items():
        for name, member in members.items():
            part = "Properties" if section == "Resources" else "Value"
            for place, call in _calls(member.get(part), (section, name, part)):
                try:
                    resolve(call, values)
                except _StillToBeMade:
                    continue
                except TemplateError as error:
                    raise WrongCall(error, place) from error


def _calls(value: Any, place: Place) -> Iterator[tuple[Place, Any]]:
    """Every call of a function, the inner ones first, so that the innermost fault is the one that is named."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _calls(item, (*place, key))
        if intrinsic(value) is not None:
            yield place, value
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _calls(item, (*place, number))
