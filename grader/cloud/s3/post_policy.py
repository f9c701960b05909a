"""The policy of a presigned POST: a document that its signer wrote beforehand, held against what is really posted.

S3 API Reference, *Creating a POST policy*: every field of the form must be covered by a condition that holds.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from grader.cloud.door.faults import Refusal

# The fields that no condition has to cover.
FREE = frozenset({"policy", "x-amz-signature", "file"})
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


@dataclass(frozen=True)
class PostPolicy:
    """A policy that can be read.

    Attributes
    ----------
    expires
        Seconds since 1970.
    conditions
        Each as a list: ``["eq", "$key", "…"]``, ``["starts-with", …]`` or ``["content-length-range", low, high]``.
    """

    expires: float
    conditions: tuple[tuple[Any, ...], ...]

    def check(self, fields: Mapping[str, str], size: int, now: float) -> None:
        """Hold a form against the policy.

        Parameters
        ----------
        fields
            By lower-case name, the bucket's among them.
        size
            Of the file, in bytes.
        now
            Seconds since 1970.

        Raises
        ------
        Refusal
            ``AccessDenied`` with the condition that failed, ``EntityTooLarge`` or ``EntityTooSmall``.
        """
        if now >= self.expires:
            raise _denied("Policy expired.")
        for condition in self.conditions:
            if condition[0] == "content-length-range":
                _check_size(condition, size)
            elif not _holds(condition, fields):
                raise _denied(f"Policy Condition failed: {json.dumps(list(condition), ensure_ascii=False)}")
        covered = {str(condition[1]).removeprefix("$").lower() for condition in self.conditions}
        extra = [name for name in fields if name not in covered | FREE and not name.startswith("x-ignore-")]
        if [name for name in extra if name != "bucket"]:
            raise _denied(f"Extra input fields: {next(name for name in extra if name != 'bucket')}")


def policy_of(text: str) -> PostPolicy:
    """Read the ``policy`` field.

    Raises
    ------
    Refusal
        ``InvalidPolicyDocument``, in S3's words.
    """
    document = _document(text)
    known = {name.lower() for name in document}
    if unknown := sorted(known - {"expiration", "conditions"}):
        raise _invalid(f"Unexpected: '{unknown[0]}'")
    if "expiration" not in document:
        raise _invalid("Policy missing expiration.")
    expiration = document["expiration"]
    if not isinstance(expiration, str) or not _MOMENT.fullmatch(expiration):
        raise _invalid(f"Invalid 'expiration' value: '{expiration}'")
    if "conditions" not in document:
        raise _invalid("Policy missing conditions.")
    if not isinstance(document["conditions"], list):
        raise _invalid("Invalid 'conditions' value: must be a List.")
    return PostPolicy(_seconds(expiration), tuple(_condition(each) for each in document["conditions"]))


def _document(text: str) -> dict[str, Any]:
    try:
        found = json.loads(base64.b64decode(text, validate=True))
    except (ValueError, binascii.Error) as unreadable:
        raise _invalid("Invalid JSON.") from unreadable
    if not isinstance(found, dict):
        raise _invalid("Invalid JSON.")
    return found


def _seconds(moment: str) -> float:
    try:
        return datetime.fromisoformat(moment.replace("Z", "+00:00")).astimezone(UTC).timestamp()
    except ValueError as impossible:
        raise _invalid(f"Invalid 'expiration' value: '{moment}'") from impossible


def _condition(given: Any) -> tuple[Any, ...]:
    if isinstance(given, dict):
        if len(given) != 1:
            raise _invalid("Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.")
        name, value = next(iter(given.items()))
        if not isinstance(value, str):
            raise _invalid("Invalid Simple-Condition: value must be a string.")
        return ("eq", f"${name}", value)
    if not isinstance(given, list):
        raise _invalid("Invalid condition test: must be a List or Object.")
    if not given:
        raise _invalid("Invalid Condition: missing operation identifier.")
    operation = str(given[0]).lower()
    if operation not in ("eq", "starts-with", "content-length-range"):
        raise _invalid(f"Invalid Condition: unknown operation '{given[0]}'.")
    if len(given) != 3:
        raise _invalid(f"Invalid {operation}: wrong number of arguments.")
    if operation != "content-length-range" and not all(isinstance(each, str) for each in given):
        raise _invalid("Invalid JSON.")
    return (operation, *given[1:])


def _holds(condition: tuple[Any, ...], fields: Mapping[str, str]) -> bool:
    operation, name, wanted = (str(each) for each in condition)
    value = fields.get(name.removeprefix("$").lower())
    if value is None or not name.startswith("$"):
        return False
    if operation == "eq":
        return value == wanted
    listed = value.split(",") if name.lower() == "$content-type" else [value]  # each of a list of types has to fit
    return all(each.strip().startswith(wanted) for each in listed)


def _check_size(condition: tuple[Any, ...], size: int) -> None:
    try:
        low, high = (int(str(bound)) for bound in condition[1:])
    except ValueError:
        raise _denied(f"Policy Condition failed: {json.dumps(list(condition))}") from None
    sizes = ("ProposedSize", str(size))
    if size > high:
        words = "Your proposed upload exceeds the maximum allowed size"
        raise Refusal("EntityTooLarge", words, 400, (sizes, ("MaxSizeAllowed", str(high))))
    if size < low:
        words = "Your proposed upload is smaller than the minimum allowed size"
        raise Refusal("EntityTooSmall", words, 400, (sizes, ("MinSizeAllowed", str(low))))


def _denied(words: str) -> Refusal:
    return Refusal("AccessDenied", f"Invalid according to Policy: {words}", 403)


def _invalid(words: str) -> Refusal:
    return Refusal("InvalidPolicyDocument", f"Invalid Policy: {words}", 400)
