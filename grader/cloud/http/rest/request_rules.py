"""Request validation: the parameters that a method demands, and the model that a body must follow."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from grader.cloud.json_schema import faults_of

Where = Literal["path", "query", "header"]


@dataclass(frozen=True)
class Validator:
    """A request validator: what of a request is looked at."""

    parameters: bool = False
    body: bool = False


@dataclass(frozen=True)
class RequestRules:
    """What a method's request must bring.

    Attributes
    ----------
    required
        Place and name of each parameter that must be there and not be blank.
    models
        JSON schemas (draft 4, self-contained) by media type; a type without one is not looked at.
    body_required
        A request without a body is refused too.
    """

    validator: Validator = field(default_factory=Validator)
    required: tuple[tuple[Where, str], ...] = ()
    models: Mapping[str, Any] = field(default_factory=dict)
    body_required: bool = True

    def missing(self, given: Mapping[Where, Mapping[str, str]]) -> list[str]:
        """The names of required parameters that a request lacks, if the validator looks at parameters."""
        if not self.validator.parameters:
            return []
        return [name for place, name in self.required if not _found(given[place], name, place).strip()]

    def fault_of_body(self, body: bytes, content_type: str | None) -> str | None:
        """What is wrong with a body, in the words of AWS's validator, if the validator looks at bodies.

        Raises
        ------
        ValueError
            When the model cannot be used.
        """
        kind = (content_type or "application/json").split(";")[0].strip().lower()
        schema = self.models.get(kind)
        if not self.validator.body or schema is None:
            return None
        if not body:
            return "[]" if self.body_required else None
        try:
            value = json.loads(body)
        except ValueError:
            return "[]"
        faults = [_in_aws_words(fault) for fault in faults_of(schema, value)]
        return f"[{', '.join(sorted(faults))}]" if faults else None


def _found(values: Mapping[str, str], name: str, place: Where) -> str:
    if place != "header":
        return values.get(name) or ""
    return next((value for key, value in values.items() if key.lower() == name.lower()), "")


def _in_aws_words(fault: Any) -> str:
    """The two commonest faults as AWS's own validator words them; the others as jsonschema does."""
    if fault.validator == "required":
        lacking = [name for name in fault.validator_value if name not in fault.instance]
        return f"object has missing required properties ({json.dumps(lacking, separators=(',', ':'))})"
    if fault.validator == "type":
        wanted = fault.validator_value if isinstance(fault.validator_value, list) else [fault.validator_value]
        allowed = sorted({"integer", "number"} if wanted == ["number"] else set(wanted))
        return (
            f"instance type ({_type_of(fault.instance)}) does not match any allowed primitive type "
            f"(allowed: {json.dumps(allowed, separators=(',', ':'))})"
        )
    return str(fault.message)


def _type_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    names = {dict: "object", list: "array", str: "string", int: "integer", float: "number", type(None): "null"}
    return names.get(type(value), type(value).__name__)
