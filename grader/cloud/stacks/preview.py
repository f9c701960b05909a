"""What an update would do, without doing it."""

from __future__ import annotations

from grader.cloud.stacks.difference import difference
from grader.cloud.stacks.errors import DeployError, ResourceFailure
from grader.cloud.stacks.plan import Plan
from grader.cloud.stacks.resource_steps import ResourceSteps
from grader.cloud.stacks.stack import Resource, Stack

UNKNOWN = "{{changeSet:KNOWN_AFTER_APPLY}}"
Change = tuple[str, str, str | None]  # Add, Modify, Replace or Remove; logical id; physical id


def changes(stack: Stack, plan: Plan, steps: ResourceSteps) -> list[Change]:
    """Every resource that the plan would add, change, replace or remove, in that plan's order."""
    known = dict(stack.resources)
    found: list[Change] = []
    for logical_id in plan.order:
        old = stack.resources.get(logical_id)
        action = _action(old, plan, logical_id, known, steps)
        if action in ("Add", "Replace"):
            known.pop(logical_id, None)
        if action is not None:
            found.append((action, logical_id, old.physical_id if old else None))
    removed = [name for name in stack.resources if name not in plan.resources]
    return found + [("Remove", name, stack.resources[name].physical_id) for name in removed]


def _action(
    old: Resource | None, plan: Plan, logical_id: str, known: dict[str, Resource], steps: ResourceSteps
) -> str | None:
    if old is None or old.type != plan.resources[logical_id]["Type"]:
        return "Replace" if old else "Add"
    try:
        return difference(old, steps.properties(plan, logical_id, known, unknown=UNKNOWN))
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
