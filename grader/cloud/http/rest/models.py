"""A REST API's models: JSON schemas by name, which may refer to one another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from grader.cloud.http.errors import bad_request
from grader.cloud.json_schema import fault_of_schema

_FOREIGN = "https://apigateway.amazonaws.com/restapis/"


@dataclass(frozen=True)
class Models:
    """Schemas by name, all of them reachable from each by ``#/definitions/<name>``."""

    schemas: Mapping[str, Any] = field(default_factory=dict)

    def schema(self, written: Mapping[str, Any]) -> Mapping[str, Any]:
        """A schema as it is written at a method, made self-contained; refused when it is none."""
        plain = checked("of a method", _local(written))
        return {**plain, "definitions": {**self.schemas, **plain.get("definitions", {})}}

    def named(self, name: str) -> Mapping[str, Any]:
        """A model; ``BadRequestException`` when there is none of this name."""
        if name == "Empty":
            return {}
        if name not in self.schemas:
            raise bad_request(f"Invalid model identifier specified: {name}")
        return self.schema(self.schemas[name])

    def with_model(self, name: str, schema: Mapping[str, Any]) -> Models:
        """The models and one more."""
        return replace(self, schemas={**self.schemas, name: checked(name, _local(schema))})

    def without(self, name: str) -> Models:
        """The models but one."""
        return replace(self, schemas={key: value for key, value in self.schemas.items() if key != name})


def read_models(body: Mapping[str, Any]) -> Models:
    """The ``definitions`` (Swagger 2.0) or ``components.schemas`` (OpenAPI 3) of a body."""
    declared = body.get("definitions") or (body.get("components") or {}).get("schemas") or {}
    return Models({name: checked(name, _local(schema)) for name, schema in declared.items()})


def checked(name: str, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema, if it is one.

    Raises
    ------
    GatewayRefusal
        When it is none of draft 4, or refers to something outside.
    """
    if fault := fault_of_schema(schema):
        raise bad_request(f"Invalid model specified: {name}: {fault}")
    return schema


def _local(schema: Any) -> Any:
    """A schema whose references point into ``#/definitions``, whatever the document calls the place."""
    if isinstance(schema, Mapping):
        return {str(key): _reference(value) if key == "$ref" else _local(value) for key, value in schema.items()}
    if isinstance(schema, list):
        return [_local(value) for value in schema]
    return schema


def _reference(written: Any) -> Any:
    text = str(written)
    if text.startswith((_FOREIGN, "#/components/schemas/")):
        return f"#/definitions/{text.rpartition('/')[2]}"
    return text
