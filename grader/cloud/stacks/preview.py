"""What an update would do, without doing it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from grader.cloud.stacks.difference import changed_names, difference
from grader.cloud.stacks.errors import DeployError, ResourceFailure
from grader.cloud.stacks.plan import Plan
from grader.cloud.stacks.resource_steps import ResourceSteps
from grader.cloud.stacks.stack import Resource, Stack
from grader.cloud.stacks.types import type_named

UNKNOWN = "{{changeSet:KNOWN_AFTER_APPLY}}"


@dataclass(frozen=True)
class Change:
    """What would happen to one resource.

    Attributes
    ----------
    action
        ``Add``, ``Modify``, ``Replace`` or ``Remove``.
    properties
        What it would be made with, as far as that is known.
    names
        The properties that differ; True for one that demands a new resource.
    """

    action: str
    logical_id: str
    type: str
    physical_id: str | None = None
    properties: dict[str, Any] | None = None
    names: tuple[tuple[str, bool], ...] = ()


def changes(stack: Stack, plan: Plan, steps: ResourceSteps) -> list[Change]:
    """Every resource that the plan would add, change, replace or remove, in that plan's order."""
    known = dict(stack.resources)
    found: list[Change] = []
    for logical_id in plan.order:
        change = _change(stack.resources.get(logical_id), plan, logical_id, known, steps)
        if change is not None:
            found.append(change)
            if change.action in ("Add", "Replace"):
                known.pop(logical_id, None)
    removed = [resource for name, resource in stack.resources.items() if name not in plan.resources]
    return found + [Change("Remove", one.logical_id, one.type, one.physical_id) for one in removed]


def _change(
    old: Resource | None, plan: Plan, logical_id: str, known: dict[str, Resource], steps: ResourceSteps
) -> Change | None:
    kind = str(plan.resources[logical_id]["Type"])
    others = known if old is None else {**known, logical_id: old}
    properties = _properties(plan, logical_id, others, steps)
    if old is None or old.type != kind or not old.physical_id:
        return Change("Replace" if old else "Add", logical_id, kind, old.physical_id if old else None, properties)
    action = difference(old, properties)
    if action is None:
        return None
    demanding = type_named(kind).replaced_by
    names = tuple((name, name in demanding) for name in changed_names(old, properties))
    return Change(action, logical_id, kind, old.physical_id, properties, names)


def _properties(plan: Plan, logical_id: str, known: dict[str, Resource], steps: ResourceSteps) -> dict[str, Any]:
    try:
        return steps.properties(plan, logical_id, known, unknown=UNKNOWN)
    except ResourceFailure as failure:
        where, line = plan.where(logical_id)
        raise DeployError(str(failure), where, logical_id=logical_id, line=line) from failure


def says_the_same(stack: Stack, plan: Plan) -> bool:
    """Whether outputs, parameters and tags are what they were."""
    return bool(
        (stack.expanded.get("Outputs") or {}) == (plan.expanded.get("Outputs") or {})
        and stack.given == plan.given
        and stack.tags == plan.tags
    )
