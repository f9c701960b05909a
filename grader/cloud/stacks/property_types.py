"""Whether resolved properties have the types that AWS's schema demands, as CloudFormation checks before a handler."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from grader.cloud.stacks.schemas import schema_of

Schema = Mapping[str, Any]
_JAVA = {"string": "String", "integer": "Integer", "number": "Number", "boolean": "Boolean",
         "object": "JSONObject", "array": "JSONArray"}  # fmt: skip
_SHAPE = ("type", "$ref", "properties", "items")


def faults_of_properties(kind: str, properties: Mapping[str, Any]) -> list[str]:
    """What is wrong with a resource's properties, in CloudFormation's words; nothing for types without a schema.

    Scalars are converted as CloudFormation does: ``"5"`` is an integer, ``5`` a string, ``"true"`` a boolean.
    """
    schema = schema_of(kind)
    declared = schema.get("properties", {})
    faults = _Faults(schema.get("definitions", {}))
    return [
        fault
        for name, value in properties.items()
        if name in declared
        for fault in faults.of(declared[name], value, f"#/{name}")
    ]


class _Faults:
    """Looks for faults.

    Parameters
    ----------
    definitions
        What ``$ref`` refers to.
    """

    def __init__(self, definitions: Mapping[str, Schema]) -> None:
        self._definitions = definitions

    def of(self, schema: Schema, value: Any, place: str) -> Iterator[str]:
        """The faults of a value at a place of the properties."""
        schema = self._followed(schema)
        kinds = schema.get("type", "object" if "properties" in schema else ())
        listed = [kinds] if isinstance(kinds, str) else list(kinds)
        if listed and not any(_is(kind, value) for kind in listed):
            yield f"{place}: expected type: {_JAVA.get(listed[0], listed[0])}, found: {_found(value)}"
        elif isinstance(value, Mapping):
            yield from self._in_object(schema, value, place)
        elif isinstance(value, list) and isinstance(schema.get("items"), Mapping):
            for number, item in enumerate(value):
                yield from self.of(schema["items"], item, f"{place}/{number}")
        yield from self._in_alternatives(schema, value, place)

    def _in_object(self, schema: Schema, value: Mapping[str, Any], place: str) -> Iterator[str]:
        declared, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
        for name in schema.get("required", ()):
            if name not in value:
                yield f"{place}: required key [{name}] not found"
        for name, inner in value.items():
            found = declared.get(name) or next((of for how, of in patterns.items() if _matches(how, str(name))), None)
            further = schema.get("additionalProperties", True)
            if found is None and further is False and (declared or patterns):
                yield f"{place}: extraneous key [{name}] is not permitted"
            elif found is not None or isinstance(further, Mapping):
                yield from self.of(found if found is not None else further, inner, f"{place}/{name}")

    def _in_alternatives(self, schema: Schema, value: Any, place: str) -> Iterator[str]:
        for key in ("anyOf", "oneOf"):
            shapes = [one for one in schema.get(key, ()) if any(part in one for part in _SHAPE)]
            faults = [list(self.of(one, value, place)) for one in shapes]
            if faults and all(faults):
                yield from min(faults, key=len)

    def _followed(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self._definitions.get(str(schema["$ref"]).rpartition("/")[2], {})
        return schema


def _is(kind: str, value: Any) -> bool:
    if kind == "object":
        return isinstance(value, Mapping)
    if kind == "array":
        return isinstance(value, list)
    if kind == "boolean":
        return str(value).lower() in ("true", "false")
    scalar = isinstance(value, str | int | float) or value is None
    if kind == "string" or not scalar:
        return scalar
    pattern = r"-?\d+(\.0+)?" if kind == "integer" else r"-?\d+(\.\d+)?([eE][+-]?\d+)?"
    return not isinstance(value, bool) and re.fullmatch(pattern, str(value)) is not None


def _found(value: Any) -> str:
    if value is None:
        return "Null"
    names = {bool: "Boolean", str: "String", int: "Integer", float: "Double", list: "JSONArray", dict: "JSONObject"}
    return next((name for of, name in names.items() if isinstance(value, of)), "JSONObject")


def _matches(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern, name) is not None
    except re.error:  # a pattern of Java's that Python has not
        return True
