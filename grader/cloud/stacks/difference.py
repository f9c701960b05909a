"""What an update would change, and in which order things go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.cloud.stacks.stack import Resource
from grader.cloud.stacks.types import type_named


def difference(old: Resource, properties: Mapping[str, Any]) -> str | None:
    """``Modify``, ``Replace``, or None when the properties are what they were."""
    names = changed_names(old, properties)
    if not names:
        return None
    return "Replace" if set(names) & type_named(old.type).replaced_by else "Modify"


def changed_names(old: Resource, properties: Mapping[str, Any]) -> list[str]:
    """The properties that differ."""
    names = dict.fromkeys([*old.properties, *properties])
    return [name for name in names if old.properties.get(name) != properties.get(name)]


def deletion_order(resources: Mapping[str, Resource]) -> list[str]:
    """Dependents before what they depend on."""
    waiting = list(reversed(list(resources)))
    done: list[str] = []
    while waiting:
        free = [
            name
            for name in waiting
            if not any(name in resources[other].depends_on for other in waiting if other != name)
        ] or waiting[:1]
        done += free
        waiting = [name for name in waiting if name not in free]
    return done
