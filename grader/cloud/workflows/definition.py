"""A definition in the Amazon States Language, checked before a state machine is made of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from grader.cloud.errors import NotSupported
from grader.cloud.workflows.choices import is_comparison, operand_wanted
from grader.cloud.workflows.failures import InvalidDefinition
from grader.cloud.workflows.fields import (
    FIELDS,
    JSONATA,
    JSONPATH,
    LANGUAGES,
    NEEDED,
    NOT_IMITATED,
    PATHS,
    SCHEMA,
    TEMPLATES,
    WAITS,
)
from grader.cloud.workflows.paths import VARIABLE, InvalidPath, read_path
from grader.cloud.workflows.queries import is_expression
from grader.cloud.workflows.resources import read_resource
from grader.cloud.workflows.shapes import check_shapes

TRANSITIONS = "MISSING_TRANSITION_TARGET"
Definition = Mapping[str, Any]


def read_definition(text: str) -> Definition:
    """The definition in a JSON text.

    Raises
    ------
    InvalidDefinition
        In Step Functions' way: a code, what is wrong, and the place.
    NotSupported
        For distributed maps, and for what else is not imitated.
    """
    try:
        definition = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise InvalidDefinition("INVALID_JSON_DESCRIPTION", str(fault), "/") from fault
    if not isinstance(definition, dict):
        raise InvalidDefinition(SCHEMA, "The definition must be an object", "/")
    try:
        _check_machine(definition, "", JSONPATH)
        list(expressions(definition))
    except RecursionError as fault:
        raise InvalidDefinition(SCHEMA, "The definition is nested too deeply", "/") from fault
    return definition


def _check_machine(machine: Definition, place: str, language: str) -> None:
    check_shapes(machine, place)
    language = _language(machine, place, language)
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
        _check_state(state, where, language)
        _check_targets(state, states, where)
    _check_reachable(machine, place)


def _language(holder: Mapping[str, Any], where: str, around: str) -> str:
    """A machine's or a state's query language; what is in a machine of JSONata has no other one."""
    language = holder.get("QueryLanguage", around)
    if language not in LANGUAGES:
        raise InvalidDefinition(SCHEMA, f"Value is not a valid query language: {language}", f"{where}/QueryLanguage")
    if around == JSONATA and language == JSONPATH:
        message = "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine"
        raise InvalidDefinition(SCHEMA, message, f"{where}/QueryLanguage")
    return str(language)


def _check_state(state: Mapping[str, Any], where: str, around: str) -> None:
    language = _language(state, where, around)
    check_shapes(state, where, language)
    kind, known = str(state.get("Type")), FIELDS[language]
    if kind not in known:
        raise InvalidDefinition(SCHEMA, f"Value is not a valid state type: {state.get('Type')}", f"{where}/Type")
    for field in state:
        if field in NOT_IMITATED:
            raise NotSupported(f"the field {field} of states ({where})")
        if field not in known[kind]:
            raise InvalidDefinition(SCHEMA, f"Field '{field}' is not supported", f"{where}/{field}")
    missing = sorted(NEEDED.get(kind, set()) - set(state))
    if missing:
        raise InvalidDefinition(SCHEMA, f"These fields are required: [{', '.join(missing)}]", where)
    if "Next" in known[kind] and ("Next" in state) == (state.get("End") is True):
        raise InvalidDefinition(SCHEMA, "Exactly one of Next and End must be given", where)
    for holder, place in _holders(state, where):
        check_shapes(holder, place, language)
        _check_variables(holder, place)
        if language == JSONPATH:
            _check_paths(holder, place)
    if kind == "Choice":
        _check_choices(state, where, language)
    _check_kind(kind, state, where, around)


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
        elif name in TEMPLATES:
            _check_paths(inner, f"{where}/{name}", template=True)


def _holders(state: Mapping[str, Any], where: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    """The objects that say what a state does, each with its place: itself, its choices, its retriers and catchers."""
    yield state, where
    for field in ("Choices", "Retry", "Catch"):
        for number, one in enumerate(state.get(field) or ()):
            yield one, f"{where}/{field}[{number}]"


def _check_variables(holder: Mapping[str, Any], where: str) -> None:
    for name in holder.get("Assign", {}):
        plain = name.removesuffix(".$")
        if not VARIABLE.fullmatch(f"${plain}") or plain == "states":
            raise InvalidDefinition(SCHEMA, f"'{plain}' is not a valid name for a variable", f"{where}/Assign")


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


def _check_choices(state: Mapping[str, Any], where: str, language: str) -> None:
    for number, rule in enumerate(state["Choices"]):
        place = f"{where}/Choices[{number}]"
        _check_condition(rule, place) if language == JSONATA else _check_rule(rule, place, top=True)


def _check_condition(rule: Any, where: str) -> None:
    """A choice in JSONata."""
    for name in ("Next", "Condition"):
        if name not in rule:
            raise InvalidDefinition(SCHEMA, f"These fields are required: [{name}]", where)
    if not isinstance(rule["Condition"], bool) and not is_expression(rule["Condition"]):
        message = "The value for the field 'Condition' must be a valid JSONata expression or a boolean"
        raise InvalidDefinition(SCHEMA, message, f"{where}/Condition")
    for name in rule:
        if name not in ("Next", "Condition", "Output", "Assign", "Comment"):
            raise InvalidDefinition(SCHEMA, f"Field '{name}' is not supported", f"{where}/{name}")


def _check_kind(kind: str, state: Mapping[str, Any], where: str, around: str) -> None:
    if kind == "Task":
        _check_resource(state["Resource"], f"{where}/Resource")
    elif kind == "Wait" and sum(name in state for name in WAITS) != 1:
        raise InvalidDefinition(SCHEMA, f"Exactly one of {', '.join(WAITS)} must be given", where)
    elif kind == "Parallel":
        for number, branch in enumerate(state["Branches"]):
            _check_machine(branch, f"{where}/Branches[{number}]", around)
    elif kind == "Map":
        processor = state.get("ItemProcessor") or state.get("Iterator")
        if not isinstance(processor, dict):
            raise InvalidDefinition(SCHEMA, "These fields are required: [ItemProcessor]", where)
        _check_machine(processor, f"{where}/ItemProcessor", around)
        if processor.get("ProcessorConfig", {}).get("Mode", "INLINE") != "INLINE":
            raise NotSupported(f"distributed maps ({where})")
    _check_retries(state, where)


def _check_retries(state: Mapping[str, Any], where: str) -> None:
    for field in ("Retry", "Catch"):
        for number, one in enumerate(state.get(field) or []):
            names = one.get("ErrorEquals")
            if not names or (field == "Catch" and "Next" not in one):
                message = f"These fields are required: [{'ErrorEquals' if not names else 'Next'}]"
                raise InvalidDefinition(SCHEMA, message, f"{where}/{field}[{number}]")
            if "States.ALL" in names and (len(names) > 1 or number < len(state[field]) - 1):
                message = "States.ALL must appear alone, and in the last one"
                raise InvalidDefinition(SCHEMA, message, f"{where}/{field}[{number}]/ErrorEquals")


def _check_rule(rule: Any, where: str, top: bool = False) -> None:
    if top and "Next" not in rule:
        raise InvalidDefinition(SCHEMA, "These fields are required: [Next]", where)
    inner = [one for name in ("And", "Or") for one in rule.get(name) or []] + ([rule["Not"]] if "Not" in rule else [])
    if inner:
        for number, one in enumerate(inner):
            check_shapes(one, f"{where}[{number}]")
            _check_rule(one, f"{where}[{number}]")
        return
    named = [name for name in rule if name not in ("Variable", "Next", "Comment", "Assign")]
    if "Variable" not in rule or len(named) != 1 or not is_comparison(named[0]):
        message = f"Exactly one comparison of a Variable must be given, not {', '.join(named) or 'none'}"
        raise InvalidDefinition(SCHEMA, message, where)
    if wanted := operand_wanted(named[0], rule[named[0]]):
        raise InvalidDefinition(SCHEMA, f"The value for the field '{named[0]}' must be {wanted}", f"{where}/{named[0]}")
    for name in ("Variable", *(name for name in named if name.endswith("Path"))):
        _check_path(rule[name], f"{where}/{name}")


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


def expressions(machine: Definition) -> Iterator[tuple[str, str]]:
    """Every JSONata expression in a definition, with its place."""
    yield from _expressions(machine, "", machine.get("QueryLanguage", JSONPATH))


def _expressions(machine: Definition, place: str, around: str) -> Iterator[tuple[str, str]]:
    for name, state in machine["States"].items():
        where = f"{place}/States/{name}"
        inner = ("Branches", "ItemProcessor", "Iterator")
        if state.get("QueryLanguage", around) == JSONATA:
            yield from _texts({field: value for field, value in state.items() if field not in inner}, where)
        for number, branch in enumerate(state.get("Branches") or ()):
            yield from _expressions(branch, f"{where}/Branches[{number}]", around)
        processor = state.get("ItemProcessor") or state.get("Iterator")
        if processor:
            yield from _expressions(processor, f"{where}/ItemProcessor", around)


def _texts(value: Any, where: str) -> Iterator[tuple[str, str]]:
    if is_expression(value):
        yield value, where
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(inner, f"{where}/{name}")
    if isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _texts(inner, f"{where}[{number}]")
