"""jsonschema, imported only when something is validated, and without the part of it that takes seconds."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from grader.cloud.patterns import SlowPattern, all_match, is_quick


@contextmanager
def without_iri_grammar() -> Iterator[None]:
    """Import jsonschema without the optional ``rfc3987_syntax``, which compiles grammars for a second or two.

    It is only there because jupyter-events asks for it, and only checks JSON Schema's ``iri`` formats.
    """
    name = "rfc3987_syntax"
    hidden = "jsonschema" not in sys.modules and name not in sys.modules
    if hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # Python's own way to make an import fail
    try:
        yield
    finally:
        if hidden:
            del sys.modules[name]


def faults_of(schema: Mapping[str, Any], value: Any) -> list[Any]:
    """What is wrong with a value by a schema of draft 4, which is what API Gateway's models are written in.

    A learner's pattern may not run for ever, and nothing is fetched: ``$ref`` must stay within the schema.

    Raises
    ------
    ValueError
        When the schema sends its reader in circles or nowhere, or a pattern takes too long.
    """
    with without_iri_grammar():
        from referencing.exceptions import Unresolvable

    try:
        return list(_validator()(schema).iter_errors(value))
    except RecursionError as error:
        raise ValueError("The model refers to itself without end.") from error
    except Unresolvable as error:
        raise ValueError(f"The model refers to something that is not there: {error.ref}") from error
    except SlowPattern as error:
        raise ValueError(f"The pattern {error} takes too long.") from error


@cache
def _validator() -> Any:
    """Draft 4, with patterns that are looked at before they are run; to make the class takes longer than to use it."""
    with without_iri_grammar():
        from jsonschema import Draft4Validator, validators

    return validators.extend(Draft4Validator, {"pattern": _pattern})


def fault_of_schema(schema: Any) -> str | None:
    """Why something is no schema of draft 4 that can be used here, or None."""
    with without_iri_grammar():
        from jsonschema import Draft4Validator, SchemaError

    try:
        Draft4Validator.check_schema(schema)
    except SchemaError as fault:
        return str(fault.message)
    for key, value in _members(schema):
        if key == "$ref" and not (isinstance(value, str) and value.startswith("#")):
            return f"$ref {value} leaves the schema"
        if key == "patternProperties":
            return "patternProperties is not imitated"
    return None


def _members(schema: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(schema, Mapping):
        for key, value in schema.items():
            yield str(key), value
            yield from _members(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _members(value)


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[Any]:
    from jsonschema import ValidationError

    if not validator.is_type(instance, "string"):
        return
    anywhere = rf"[\s\S]*(?:{pattern})[\s\S]*"
    if not (re.search(pattern, instance) if is_quick(pattern) else all_match(anywhere, [instance])):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")
