"""Dynamic references: ``{{resolve:ssm:name}}`` and ``{{resolve:secretsmanager:id:SecretString:key}}`` in properties.

CloudFormation User Guide, *Get values stored in other services using dynamic references*. A parameter is looked up when
a stack is made or updated; a secret only when its resource is, so that a rotated secret alone changes no stack.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from grader.cloud.stacks.errors import ResourceFailure

REFERENCE = re.compile(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):([^{}]+)\}\}")


@dataclass(frozen=True)
class DynamicReference:
    """One reference, taken apart.

    Attributes
    ----------
    service
        ``ssm``, ``ssm-secure`` or ``secretsmanager``.
    name
        The parameter's name, or the secret's id or ARN.
    version
        Of a parameter; None for the latest.
    key
        The key in the secret's JSON; empty for the whole secret.
    stage, version_id
        Which version of the secret; the current one by default.
    """

    service: str
    name: str
    version: str | None = None
    key: str = ""
    stage: str = ""
    version_id: str = ""


SECURE = re.compile(r"\{\{resolve:ssm-secure:")
LookUp = Callable[[DynamicReference], str]


def is_secure(value: Any) -> bool:
    """Whether a SecureString is asked for anywhere in a value, in the text of a ``Fn::Sub`` too."""
    if isinstance(value, dict):
        return any(is_secure(item) for item in value.values())
    if isinstance(value, list):
        return any(is_secure(item) for item in value)
    return isinstance(value, str) and SECURE.search(value) is not None


def filled(value: Any, services: frozenset[str], look_up: LookUp) -> Any:
    """``value`` with the references to these services replaced by what they stand for."""
    if isinstance(value, dict):
        return {name: filled(item, services, look_up) for name, item in value.items()}
    if isinstance(value, list):
        return [filled(item, services, look_up) for item in value]
    if not isinstance(value, str) or "{{resolve:" not in value:
        return value
    return REFERENCE.sub(lambda match: look_up(_parsed(match)) if match[1] in services else match[0], value)


def _parsed(match: re.Match[str]) -> DynamicReference:
    service, rest = match[1], match[2].strip()
    if service != "secretsmanager":
        name, _, version = rest.partition(":")
        return DynamicReference(service, name, version or None)
    parts = rest.split(":")
    width = 7 if rest.startswith("arn:") else 1
    name, others = ":".join(parts[:width]), [*parts[width:], "", "", "", ""]
    return DynamicReference(service, name, key=others[1], stage=others[2], version_id=others[3])


def json_value(secret: str, key: str) -> str:
    """One value of a secret that is a JSON object; the whole secret for an empty key.

    Raises
    ------
    ResourceFailure
        When it is no object, or has no such key.
    """
    if not key:
        return secret
    try:
        values = json.loads(secret)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise ResourceFailure("Could not parse SecretString JSON")
    if key not in values:
        raise ResourceFailure(f"Could not find a value associated with JSONKey in SecretString: {key}")
    return str(values[key])
