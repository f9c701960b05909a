"""A definition in the Amazon States Language, checked before a state machine is made of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from grader.cloud.errors import NotSupported
from grader.cloud.workflows.choices import COMPARISON, ORDER, TYPES
from grader.cloud.workflows.failures import InvalidDefinition
from grader.cloud.workflows.paths import InvalidPath, read_path
from grader.cloud.workflows.resources import read_resource

COMMON = {"Type", "Comment", "QueryLanguage", "InputPath", "OutputPath"}
TRANSITION = {"Next", "End"}
RETRYING = {"Retry", "Catch", "ResultSelector", "ResultPath", "Parameters"}
FIELDS: dict[str, set[str]] = {
    "Pass": COMMON | TRANSITION | {"Result", "ResultPath", "Parameters"},
    "Task": COMMON | TRANSITION | RETRYING
    | {"Resource", "TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath"},
    "Choice": COMMON | {"Choices", "Default"},
    "Wait": COMMON | TRANSITION | {"Seconds", "SecondsPath", "Timestamp", "TimestampPath"},
    "Succeed": COMMON,
    "Fail": {"Type", "Comment", "QueryLanguage", "Error", "ErrorPath", "Cause", "CausePath"},
    "Parallel": COMMON | TRANSITION | RETRYING | {"Branches"},
    "Map": COMMON | TRANSITION | RETRYING
    | {"ItemsPath", "ItemSelector", "ItemProcessor", "Iterator", "MaxConcurrency", "MaxConcurrencyPath"},
}  # fmt: skip
NEEDED = {"Task": {"Resource"}, "Choice": {"Choices"}, "Parallel": {"Branches"}}
# Known to Step Functions, but not imitated.
NOT_IMITATED = {
    "Assign", "Arguments", "Output", "Items", "ItemReader", "ItemBatcher", "ResultWriter", "Label", "Credentials",
    "ToleratedFailureCount", "ToleratedFailureCountPath", "ToleratedFailurePercentage",
    "ToleratedFailurePercentagePath",
}  # fmt: skip
PATHS = {
    "InputPath", "OutputPath", "ResultPath", "ItemsPath", "SecondsPath", "TimestampPath", "TimeoutSecondsPath",
    "HeartbeatSecondsPath", "MaxConcurrencyPath",
}  # fmt: skip
WAITS = ("Seconds", "SecondsPath", "Timestamp", "TimestampPath")
SCHEMA, TRANSITIONS = "SCHEMA_VALIDATION_FAILED", "MISSING_TRANSITION_TARGET"
Definition = Mapping[str, Any]


def read_definition(text: str) -> Definition:
    """The definition in a JSON text.

    Raises
    ------
    InvalidDefinition
        In Step Functions' way: a code, what is wrong, and the place.
    NotSupported
        For JSONata, variables and distributed maps.
    """
    try:
        definition = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise InvalidDefinition("INVALID_JSON_DESCRIPTION", str(fault), "/") from fault
    if not isinstance(definition, dict):
        raise InvalidDefinition(SCHEMA, "The definition must be an object", "/")
    _check_machine(definition, "")
    return definition


def _check_machine(machine: Definition, place: str) -> None:
    if machine.get("QueryLanguage", "JSONPath") != "JSONPath":
        raise NotSupported("JSONata in state machines (QueryLanguage)")
    states = machine.get("States")
    if not isinstance(states, dict) or not states:
        raise InvalidDefinition(SCHEMA, "These fields are required: [States]", place or "/")
    if "StartAt" not in machine:
        raise InvalidDefinition(SCHEMA, "These fields are required: [StartAt]", place or "/")
    if machine["StartAt"] not in states:
        raise InvalidDefinition(TRANSITIONS, f"Missing 'StartAt' target: {machine['StartAt']}", f"{place}/StartAt")
    for name, state in states.items():
        where = f"{place}/States/{name}"
        if not isinstance(state, dict):
            raise InvalidDefinition(SCHEMA, "A state must be an object", where)
        _check_state(state, where)
        _check_targets(state, states, where)
    _check_reachable(machine, place)


def _check_state(state: Mapping[str, Any], where: str) -> None:
    kind = state.get("Type")
    if kind not in FIELDS:
        raise InvalidDefinition(SCHEMA, f"Value is not a valid state type: {kind}", f"{where}/Type")
    if state.get("QueryLanguage", "JSONPath") != "JSONPath":
        raise NotSupported(f"JSONata in state machines ({where})")
    for field in state:
        if field in NOT_IMITATED:
            raise NotSupported(f"the field {field} of states ({where})")
        if field not in FIELDS[kind]:
            raise InvalidDefinition(SCHEMA, f"Field '{field}' is not supported", f"{where}/{field}")
    missing = sorted(NEEDED.get(kind, set()) - set(state))
    if missing:
        raise InvalidDefinition(SCHEMA, f"These fields are required: [{', '.join(missing)}]", where)
    if "Next" in FIELDS[kind] and ("Next" in state) == (state.get("End") is True):
        raise InvalidDefinition(SCHEMA, "Exactly one of Next and End must be given", where)
    _check_paths(state, where)
    _check_kind(kind, state, where)


def _check_paths(value: Any, where: str, template: bool = False) -> None:
    if isinstance(value, list):
        for number, one in enumerate(value):
            _check_paths(one, f"{where}[{number}]", template)
    if not isinstance(value, dict):
        return
    for name, inner in value.items():
        if template and name.endswith(".$"):
            if not isinstance(inner, str) or not inner.startswith(("$", "States.")):
                message = f"The value for the field '{name}' must be a valid JSONPath or intrinsic function"
                raise InvalidDefinition(SCHEMA, message, f"{where}/{name}")
            _check_path(inner if inner.startswith("$") else None, f"{where}/{name}")
        elif template:
            _check_paths(inner, f"{where}/{name}", template)
        elif name in PATHS:
            _check_path(inner, f"{where}/{name}")
        elif name in ("Parameters", "ItemSelector", "ResultSelector"):
            _check_paths(inner, f"{where}/{name}", template=True)


def _check_path(path: Any, where: str) -> None:
    if path is None:
        return
    try:
        read_path(str(path))
    except InvalidPath as fault:
        raise InvalidDefinition(SCHEMA, str(fault), where) from fault


def _check_resource(arn: Any, where: str) -> None:
    """Refuse what no task can do, before the machine is there."""
    if not isinstance(arn, str) or not arn.startswith("arn:"):
        raise InvalidDefinition(SCHEMA, "Value is not a valid resource ARN", where)
    try:
        read_resource(arn)
    except NotSupported as refused:
        raise NotSupported(f"{refused.feature} ({where})") from None


def _check_kind(kind: str, state: Mapping[str, Any], where: str) -> None:
    if kind == "Task":
        _check_resource(state["Resource"], f"{where}/Resource")
    elif kind == "Choice":
        for number, rule in enumerate(state["Choices"]):
            _check_rule(rule, f"{where}/Choices[{number}]", top=True)
    elif kind == "Wait" and sum(name in state for name in WAITS) != 1:
        raise InvalidDefinition(SCHEMA, f"Exactly one of {', '.join(WAITS)} must be given", where)
    elif kind == "Parallel":
        for number, branch in enumerate(state["Branches"]):
            _check_machine(branch, f"{where}/Branches[{number}]")
    elif kind == "Map":
        processor = state.get("ItemProcessor") or state.get("Iterator")
        if not isinstance(processor, dict):
            raise InvalidDefinition(SCHEMA, "These fields are required: [ItemProcessor]", where)
        if (processor.get("ProcessorConfig") or {}).get("Mode", "INLINE") != "INLINE":
            raise NotSupported(f"distributed maps ({where})")
        _check_machine(processor, f"{where}/ItemProcessor")
    _check_retries(state, where)


def _check_retries(state: Mapping[str, Any], where: str) -> None:
    for field in ("Retry", "Catch"):
        for number, one in enumerate(state.get(field) or []):
            names = one.get("ErrorEquals")
            if not isinstance(names, list) or not names:
                message = "These fields are required: [ErrorEquals]"
                raise InvalidDefinition(SCHEMA, message, f"{where}/{field}[{number}]")
            if "States.ALL" in names and (len(names) > 1 or number < len(state[field]) - 1):
                message = "States.ALL must appear alone, and in the last one"
                raise InvalidDefinition(SCHEMA, message, f"{where}/{field}[{number}]/ErrorEquals")


def _check_rule(rule: Any, where: str, top: bool = False) -> None:
    if not isinstance(rule, dict) or (top and "Next" not in rule):
        raise InvalidDefinition(SCHEMA, "These fields are required: [Next]", where)
    inner = [one for name in ("And", "Or") for one in rule.get(name) or []] + ([rule["Not"]] if "Not" in rule else [])
    if inner:
        for number, one in enumerate(inner):
            _check_rule(one, f"{where}[{number}]")
        return
    named = [name for name in rule if name not in ("Variable", "Next", "Comment")]
    if "Variable" not in rule or len(named) != 1 or not _is_operator(named[0]):
        message = f"Exactly one comparison of a Variable must be given, not {', '.join(named) or 'none'}"
        raise InvalidDefinition(SCHEMA, message, where)
    _check_path(rule["Variable"], f"{where}/Variable")


def _is_operator(name: str) -> bool:
    read = COMPARISON.match(name)
    return name in TYPES or name in ("IsPresent", "StringMatches") or bool(read and read["order"] in ORDER)


def targets(state: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The names of the states that a state leads to, each with the field that says so."""
    if "Next" in state:
        yield "Next", str(state["Next"])
    if "Default" in state:
        yield "Default", str(state["Default"])
    for field in ("Choices", "Catch"):
        for number, one in enumerate(state.get(field) or []):
            yield f"{field}[{number}]/Next", str(one.get("Next"))


def _check_targets(state: Mapping[str, Any], states: Mapping[str, Any], where: str) -> None:
    for field, target in targets(state):
        if target not in states:
            raise InvalidDefinition(TRANSITIONS, f"Missing 'Next' target: {target}", f"{where}/{field}")


def _check_reachable(machine: Definition, place: str) -> None:
    reached, waiting = {machine["StartAt"]}, [machine["StartAt"]]
    while waiting:
        for _, target in targets(machine["States"][waiting.pop()]):
            if target not in reached:
                reached.add(target)
                waiting.append(target)
    for name in machine["States"]:
        if name not in reached:
            where = f"{place}/States/{name}"
            raise InvalidDefinition("MISSING_TRANSITION_TARGET", f'State "{name}" is not reachable.', where)
