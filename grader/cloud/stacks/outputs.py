"""The Outputs section once everything exists, and the exports that other stacks may hold on to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from grader.cloud.stacks.attributes import attribute_of
from grader.cloud.stacks.errors import ResourceFailure
from grader.cloud.stacks.plan import Plan
from grader.cloud.stacks.stack import Stack
from grader.cloud.stacks.templates.intrinsics import resolve
from grader.cloud.stacks.templates.values import NO_VALUE, Values, scalar


def outputs_of(plan: Plan, stack: Stack, imported: Callable[[str], Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Outputs and exports by name.

    Raises
    ------
    ResourceFailure
        When a value is no string, or asks for an attribute that there is not.
    """
    made = stack.resources

    values = replace(
        plan.values,
        reference=lambda name: made[name].physical_id,
        attribute=lambda name, wanted: attribute_of(made[name], wanted),
        imported=imported,
    )
    outputs: dict[str, str] = {}
    exports: dict[str, str] = {}
    for name, declared in plan.outputs.items():
        outputs[name] = _value(name, declared, values)
        if "Export" in declared:
            exports[str(resolve(declared["Export"]["Name"], values))] = outputs[name]
    return outputs, exports


def _value(name: str, declared: dict[str, Any], values: Values) -> str:
    value = resolve(declared["Value"], values)
    if isinstance(value, list | dict) or value is NO_VALUE:
        raise ResourceFailure(
            f"Template format error: Output {name} is malformed. The Value field of every Outputs "
            "member must evaluate to a String."
        )
    return str(scalar(value))


def refuse_taken_exports(stack: Stack, exports: dict[str, str], holder_of: Callable[[str], str | None]) -> None:
    """An export's name is unique in an account and Region."""
    for export in exports:
        holder = holder_of(export)
        if holder is not None and holder != stack.id:
            raise ResourceFailure(
                f"Export with name {export} is already exported by stack {holder}. Duplicate exports are not allowed."
            )


def keep_used_exports(stack: Stack, exports: dict[str, str], used_by: Callable[[str], str | None]) -> None:
    """What another stack imports may neither change nor go."""
    for export, value in stack.exports.items():
        user = used_by(export)
        if user is not None and exports.get(export) != value:
            verb = "updated" if export in exports else "deleted"
            raise ResourceFailure(f"Export {export} cannot be {verb} as it is in use by {user}")
