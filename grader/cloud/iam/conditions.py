"""A policy statement's ``Condition``: AWS's operators over the request's context keys."""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from grader.cloud.errors import NotSupported
from grader.cloud.iam.patterns import as_list, filled, first, matches

Context = Mapping[str, Any]
Test = Callable[[str, str], bool]


def _moment(text: str) -> float:
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _in_network(wanted: str, found: str) -> bool:
    return ipaddress.ip_address(found) in ipaddress.ip_network(wanted, strict=False)


def _arn_like(wanted: str, found: str) -> bool:
    """Each of an ARN's six parts is compared for itself; ``*`` does not reach across a colon, except in the last."""
    wanted_parts, found_parts = wanted.split(":", 5), found.split(":", 5)
    return len(wanted_parts) == len(found_parts) and all(map(matches, wanted_parts, found_parts))


def _plain(pattern: str) -> str:
    return pattern.replace("\x00", "*").replace("\x01", "?")


OPERATORS: dict[str, Test] = {
    "stringequals": lambda wanted, found: _plain(wanted) == found,
    "stringequalsignorecase": lambda wanted, found: _plain(wanted).casefold() == found.casefold(),
    "stringlike": matches,
    "numericequals": lambda wanted, found: float(found) == float(wanted),
    "numericlessthan": lambda wanted, found: float(found) < float(wanted),
    "numericlessthanequals": lambda wanted, found: float(found) <= float(wanted),
    "numericgreaterthan": lambda wanted, found: float(found) > float(wanted),
    "numericgreaterthanequals": lambda wanted, found: float(found) >= float(wanted),
    "dateequals": lambda wanted, found: _moment(found) == _moment(wanted),
    "datelessthan": lambda wanted, found: _moment(found) < _moment(wanted),
    "datelessthanequals": lambda wanted, found: _moment(found) <= _moment(wanted),
    "dategreaterthan": lambda wanted, found: _moment(found) > _moment(wanted),
    "dategreaterthanequals": lambda wanted, found: _moment(found) >= _moment(wanted),
    "bool": lambda wanted, found: wanted.lower() == found.lower(),
    "binaryequals": lambda wanted, found: base64.b64decode(wanted) == base64.b64decode(found),
    "ipaddress": _in_network,
    "arnequals": _arn_like,
    "arnlike": _arn_like,
}
NEGATED = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
    "notipaddress": "ipaddress",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
}


def conditions_hold(block: Mapping[str, Any] | None, context: Context, variables: bool = True) -> bool:
    """Whether every operator of a ``Condition`` block holds; ``context`` has lower-case keys.

    Without ``variables``, ``${…}`` in a value is plain text.

    Raises
    ------
    NotSupported
        For an operator that IAM does not have.
    """
    return all(
        _key_holds(operator, str(key), as_list(wanted), context, variables)
        for operator, keys in (block or {}).items()
        for key, wanted in keys.items()
    )


def _key_holds(operator: str, key: str, wanted: list[Any], context: Context, variables: bool) -> bool:
    quantifier, _, name = operator.rpartition(":")
    name, found = name.lower(), context.get(key.lower())
    if name == "null":
        return all((first(want).lower() == "true") == (found is None) for want in wanted)
    if_exists = name.endswith("ifexists")
    name = name.removesuffix("ifexists")
    negated, test = name in NEGATED, OPERATORS.get(NEGATED.get(name, name))
    if test is None:
        raise NotSupported(f"the IAM condition operator {operator}")
    if found is None and if_exists:
        return True
    values = [first(value) for value in as_list(found)]
    texts = [filled(first(want), context) if variables else first(want) for want in wanted]
    return _quantified(quantifier.lower(), values, lambda value: _one_holds(test, negated, texts, value))


def _quantified(quantifier: str, values: list[str], holds: Callable[[str | None], bool]) -> bool:
    if quantifier == "forallvalues":  # true also for a request without the key: AWS warns of it
        return all(holds(value) for value in values)
    if quantifier == "foranyvalue":
        return any(holds(value) for value in values)
    return any(holds(value) for value in values) if values else holds(None)


def _one_holds(test: Test, negated: bool, wanted: list[str | None], value: str | None) -> bool:
    """One value against all that the policy lists; a key that is absent satisfies the negated operators only."""
    if value is None:
        return negated
    return negated != any(_compare(test, want, value) for want in wanted)


def _compare(test: Test, wanted: str | None, found: str) -> bool:
    try:
        return wanted is not None and test(wanted, found)
    except ValueError:  # a number, date or address that is none: the condition does not hold
        return False
