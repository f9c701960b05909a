"""From a template and parameters to a plan. Nothing is made here, all is checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from grader.cloud.stacks.errors import ResourceFailure, TemplateError
from grader.cloud.stacks.plan import Plan
from grader.cloud.stacks.templates import parameters as params
from grader.cloud.stacks.templates.conditions import decide_conditions
from grader.cloud.stacks.templates.function_calls import WrongCall, check_calls
from grader.cloud.stacks.templates.pruning import prune
from grader.cloud.stacks.templates.references import Unresolved, check_references, order
from grader.cloud.stacks.templates.rules import check_rules
from grader.cloud.stacks.templates.sections import check_limits
from grader.cloud.stacks.templates.template import Template
from grader.cloud.stacks.templates.transform import expand, source_ids
from grader.cloud.stacks.templates.transforms import no_pieces, prepare
from grader.cloud.stacks.templates.values import Values
from grader.cloud.stacks.types import type_named
from grader.cloud.stacks.validation import check_outputs, check_properties, check_resource, check_types


def no_store(name: str) -> str:
    """Where there is no Parameter Store."""
    raise ResourceFailure(f"Unable to fetch parameters [{name}] from parameter store for this account.")


def make_plan(
    template: Template,
    given: Mapping[str, Any],
    pseudo: Mapping[str, Any],
    tags: Mapping[str, str] | None = None,
    fetch: Callable[[str], str] = no_pieces,
    look_up: Callable[[str], str] = no_store,
    client: Callable[[str], Any] | None = None,
) -> Plan:
    """Check everything that can be checked before anything is made.

    Parameters
    ----------
    pseudo
        The pseudo parameters: account, Region, and whose plan it is.
    fetch
        Gives the text of what the template includes, by its address.
    look_up
        Gives the value of a parameter in Parameter Store.
    client
        Gives the boto3 client of a service, for applications of the repository.

    Raises
    ------
    DeployError, NotSupported
        With the sentence, the logical id and the line.
    """
    given = params.resolve_parameters(template, given)
    chosen = params.with_stored(template, given, look_up)
    region = str(pseudo["AWS::Region"])
    known = {**params.reference_values(template, chosen), **pseudo}
    check_rules(template, Values(known, template.body.get("Mappings") or {}, region=region))
    prepared = prepare(template, chosen, pseudo, fetch)
    expanded = expand(prepared, chosen, region, client)
    values = Values(known, expanded.get("Mappings") or {}, region=region)
    conditions = decide_conditions(expanded.get("Conditions") or {}, values)
    values = replace(values, conditions=conditions)
    sources = source_ids(prepared, expanded)
    plan = Plan(template, prepared, expanded, given, values, {}, {}, [], sources, dict(tags or {}))
    try:
        return _checked(plan, conditions)
    except (Unresolved, WrongCall) as error:
        raise _located(plan, error) from error
    except TemplateError as error:
        if error.where is None and error.logical_id is not None:
            error.where, error.line = plan.where(error.logical_id)
        raise


def _located(plan: Plan, error: Unresolved | WrongCall) -> TemplateError:
    section, name, *rest = error.place
    if section == "Resources":
        where, line = plan.where(str(name), *rest)
    else:
        where, line = plan.prepared.where(*error.place), plan.prepared.line_of(*error.place)
    return TemplateError(error.what, where, error.next_step, logical_id=error.logical_id, line=line)


def _checked(plan: Plan, conditions: Mapping[str, bool]) -> Plan:
    for logical_id, resource in plan.expanded["Resources"].items():
        check_resource(plan, logical_id, resource, conditions)
    resources = _kept(plan.expanded["Resources"], conditions)
    outputs = _kept(plan.expanded.get("Outputs") or {}, conditions)
    check_limits(plan.template, plan.expanded)
    check_outputs(plan, outputs)
    check_types(plan, resources)
    check_references(
        resources,
        outputs,
        lambda name: name in plan.values.parameters,
        lambda name, attribute: type_named(resources[name]["Type"]).gives(attribute),
        plan.expanded["Resources"],
    )
    check_calls({"Resources": resources, "Outputs": outputs}, plan.values)
    plan = replace(plan, resources=resources, outputs=outputs, order=order(resources))
    for logical_id in resources:
        check_properties(plan, logical_id)
    return plan


def _kept(members: Mapping[str, Any], conditions: Mapping[str, bool]) -> dict[str, Any]:
    return {
        name: prune(member, conditions)
        for name, member in members.items()
        if conditions.get(member.get("Condition", ""), True)
    }
