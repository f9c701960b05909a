"""AWS's own schemas of resource types, as cfn-lint ships them.

They tell what AWS knows and we do not (``NotSupported``) from what nobody knows (a slip of the pen). They are read as
files: importing the linter would take seconds.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

REGION = "us-east-1"  # the Region with the most types


@cache
def _folder() -> Path:
    found = find_spec("cfnlint")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("cfn-lint is not installed; it is one of the learner's packages.")
    return Path(found.origin).parent / "data" / "schemas"


@cache
def _index() -> dict[str, str]:
    return cast("dict[str, str]", json.loads((_folder() / "providers" / f"{REGION}.json").read_text("utf-8")))


def is_aws_type(name: str) -> bool:
    """Whether AWS has such a resource type."""
    return name in _index()


@cache
def schema_of(name: str) -> dict[str, Any]:
    """The schema of a type; empty when AWS has no such type."""
    if name not in _index():
        return {}
    return cast("dict[str, Any]", json.loads((_folder() / "resources" / f"{_index()[name]}.json").read_text("utf-8")))


def is_aws_property(kind: str, name: str) -> bool:
    """Whether the type has a property of this name that a template may set."""
    schema = schema_of(kind)
    return name in schema.get("properties", {}) and f"/properties/{name}" not in schema.get("readOnlyProperties", ())
