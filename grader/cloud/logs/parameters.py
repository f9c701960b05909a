"""The parameters of one request to CloudWatch Logs, read as strictly as AWS reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from grader.cloud.door.responder import ApiError
from grader.cloud.logs.errors import InvalidParameter, violated
from grader.cloud.logs.filter_pattern import parse_pattern
from grader.cloud.logs.match import FilterPattern, InvalidPattern

Kind = TypeVar("Kind")
GROUP_NAME = re.compile(r"^[\w./#-]{1,512}$", re.ASCII)


@dataclass(frozen=True)
class Parameters:
    """What a request says, by AWS's names."""

    given: Mapping[str, Any]

    def text(self, name: str) -> str | None:
        """A text; None when it is not given."""
        return self._typed(name, str)

    def number(self, name: str, least: int = 0, most: int | None = None) -> int | None:
        """A whole number within bounds; None when it is not given."""
        value = self._typed(name, int)
        if value is not None and value < least:
            raise violated(value, name, f"have value greater than or equal to {least}")
        if value is not None and most is not None and value > most:
            raise violated(value, name, f"have value less than or equal to {most}")
        return value

    def truth(self, name: str) -> bool:
        """A truth value; False when it is not given."""
        return bool(self._typed(name, bool))

    def texts(self, name: str) -> list[str] | None:
        """A list of texts; None when it is not given."""
        values = self._typed(name, list)
        if values is not None and not all(isinstance(value, str) for value in values):
            raise ApiError("SerializationException", f"{name} holds what is no string.")
        return values

    def required(self, name: str) -> str:
        """A text that must be given."""
        value = self.text(name)
        if value is None:
            raise violated("null", name, "not be null")
        return value

    def one_of(self, name: str, values: tuple[str, ...], default: str) -> str:
        """One of a few words."""
        value = self.text(name) or default
        if value not in values:
            raise violated(value, name, f"satisfy enum value set: [{', '.join(values)}]")
        return value

    def group(self) -> str:
        """The name of the log group, also when it is told by its ARN."""
        name, identifier = self.text("logGroupName"), self.text("logGroupIdentifier")
        if (name is None) == (identifier is None):
            raise InvalidParameter("Exactly one of logGroupName and logGroupIdentifier must be given.")
        found = name if name is not None else str(identifier).partition(":log-group:")[2] or str(identifier)
        if not GROUP_NAME.match(found.removesuffix(":*")):
            where = "logGroupName" if name is not None else "logGroupIdentifier"
            raise violated(found, where, r"satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+")
        return found.removesuffix(":*")

    def pattern(self) -> FilterPattern:
        """The filter pattern; everything matches when none is given."""
        return checked_pattern(self.text("filterPattern"))

    def _typed(self, name: str, kind: type[Kind]) -> Kind | None:
        value: Kind | None = self.given.get(name)
        if value is not None and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
            raise ApiError("SerializationException", f"{name} is not of the type that it must have.")
        return value


def checked_pattern(pattern: str | None) -> FilterPattern:
    """A pattern that has been read.

    Raises
    ------
    InvalidParameter
        In the place of InvalidPattern: what the API answers.
    """
    try:
        return parse_pattern(pattern or "")
    except InvalidPattern as fault:
        raise InvalidParameter(str(fault)) from fault
