"""Template parameters: what was given, what is the default, and whether it is allowed."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from grader.cloud.errors import NotSupported
from grader.cloud.patterns import SlowPattern, all_match
from grader.cloud.stacks.errors import ResourceFailure, TemplateError
from grader.cloud.stacks.templates.template import Template

LISTS = frozenset({"CommaDelimitedList", "List<Number>", "List<String>"})
TYPES = LISTS | {"String", "Number", "AWS::SSM::Parameter::Name"}
# A parameter whose value is the name of another one, in Parameter Store.
STORED = re.compile(r"AWS::SSM::Parameter::Value<(?P<kind>.+)>")
# Things of EC2 and Route 53, of which a pocket AWS has none.
ELSEWHERE = re.compile(r"(?:List<)?AWS::(?:EC2|Route53)::[A-Za-z:]+>?")
FIELDS = frozenset(
    [
        "Type",
        "Default",
        "AllowedPattern",
        "AllowedValues",
        "ConstraintDescription",
        "Description",
        "MaxLength",
        "MaxValue",
        "MinLength",
        "MinValue",
        "NoEcho",
    ]
)


def resolve_parameters(template: Template, given: Mapping[str, Any]) -> dict[str, str]:
    """The value of every parameter as a string.

    Raises
    ------
    TemplateError
        In CloudFormation's words: a value is missing, unknown, or breaks a constraint.
    NotSupported
        For parameter types that name things of services that are not imitated, such as ``AWS::EC2::VPC::Id``.
    """
    declared: dict[str, Any] = template.body.get("Parameters") or {}
    for name, declaration in declared.items():
        _check_declaration(template, name, declaration)
    if unknown := sorted(set(given) - set(declared)):
        raise TemplateError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    values = {name: _text(value["Default"]) for name, value in declared.items() if "Default" in value}
    values |= {name: _text(value) for name, value in given.items()}
    if missing := [name for name in declared if name not in values]:
        where = template.where("Parameters", missing[0])
        raise TemplateError(f"Parameters: [{', '.join(missing)}] must have values", where)
    for name, declaration in declared.items():
        _check_value(template, name, declaration, values[name])
    return {name: values[name] for name in declared}


def shown(template: Template, values: Mapping[str, str]) -> dict[str, str]:
    """The values as the API shows them: those with ``NoEcho`` as four stars."""
    declared: dict[str, Any] = template.body.get("Parameters") or {}
    return {name: "****" if is_secret(declared.get(name, {})) else value for name, value in values.items()}


def is_secret(declaration: Mapping[str, Any]) -> bool:
    """Whether ``NoEcho`` hides the value."""
    return str(declaration.get("NoEcho", "false")).lower() == "true"


def is_stored(declaration: Mapping[str, Any]) -> bool:
    """Whether the value is the name of a parameter in Parameter Store (``AWS::SSM::Parameter::Value<…>``)."""
    return STORED.fullmatch(str(declaration.get("Type"))) is not None


def with_stored(template: Template, values: Mapping[str, str], look_up: Callable[[str], str]) -> dict[str, str]:
    """The values, those of Parameter Store in place of their names.

    Parameters
    ----------
    look_up
        Gives the value of a parameter in the store.

    Raises
    ------
    TemplateError
        In CloudFormation's words, when there is none.
    """
    declared: dict[str, Any] = template.body.get("Parameters") or {}
    return {
        name: _stored(template, name, value, look_up) if is_stored(declared[name]) else value
        for name, value in values.items()
    }


def _stored(template: Template, name: str, value: str, look_up: Callable[[str], str]) -> str:
    try:
        return look_up(value)
    except ResourceFailure as missing:
        place = ("Parameters", name)
        raise TemplateError(
            str(missing), template.where(*place), logical_id=name, line=template.line_of(*place)
        ) from missing


def reference_values(template: Template, values: Mapping[str, str]) -> dict[str, str | list[str]]:
    """What ``Ref`` gives for each parameter: a list for the list types."""
    declared: dict[str, Any] = template.body.get("Parameters") or {}
    return {
        name: [item.strip() for item in value.split(",")] if _is_list(declared[name]["Type"]) else value
        for name, value in values.items()
    }


def _is_list(kind: str) -> bool:
    stored = STORED.fullmatch(kind)
    kind = stored["kind"] if stored else kind
    return kind in LISTS or kind.startswith("List<")


def _check_declaration(template: Template, name: str, declaration: Mapping[str, Any]) -> None:
    where, line = template.where("Parameters", name), template.line_of("Parameters", name)
    kind = declaration.get("Type")
    if not isinstance(kind, str):
        words = "Template format error: Every Parameters object must contain a Type member."
        raise TemplateError(words, where, line=line)
    if kind not in TYPES and not STORED.fullmatch(kind):
        if ELSEWHERE.fullmatch(kind):
            raise NotSupported(f"parameters of type {kind}", where)
        raise TemplateError(f"Template format error: Unrecognized parameter type: {kind}", where, line=line)
    if unknown := sorted(set(declaration) - FIELDS):
        words = f"Invalid template parameter property '{unknown[0]}'"
        raise TemplateError(words, template.where("Parameters", name, unknown[0]), line=line)
    _check_constraints(template, name, declaration)


def _check_constraints(template: Template, name: str, declaration: Mapping[str, Any]) -> None:
    for field in ("MinLength", "MaxLength", "MinValue", "MaxValue"):
        if declaration.get(field) is not None and not _is_number(declaration[field]):
            raise _bad_constraint(template, name, field, "must be a number.")
    allowed = declaration.get("AllowedValues", [])
    if not isinstance(allowed, list) or any(isinstance(item, dict | list) for item in allowed):
        raise _bad_constraint(template, name, "AllowedValues", "must be a list of values.")
    for field in ("AllowedPattern", "ConstraintDescription", "Default"):
        if isinstance(declaration.get(field), dict | list):
            raise _bad_constraint(template, name, field, "must be a string.")


def _is_number(value: Any) -> bool:
    try:
        return not isinstance(value, bool | dict | list) and math.isfinite(float(value))
    except ValueError:
        return False


def _bad_constraint(template: Template, name: str, field: str, words: str) -> TemplateError:
    place = ("Parameters", name, field)
    sentence = f"Template format error: [/Parameters/{name}/{field}] {words}"
    return TemplateError(sentence, template.where(*place), line=template.line_of(*place), logical_id=name)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ",".join(_text(item) for item in value)
    return str(value)


def _check_value(template: Template, name: str, declaration: Mapping[str, Any], value: str) -> None:
    problem = _length(declaration, value) or _pattern(declaration, value) or _choice(declaration, value)
    problem = problem or _number(declaration, value)
    if problem is None:
        return
    described = declaration.get("ConstraintDescription")
    words = (
        f"Parameter {name} failed to satisfy constraint: {described}" if described else f"Parameter '{name}' {problem}"
    )
    place = template.where("Parameters", name)
    raise TemplateError(words, place, line=template.line_of("Parameters", name), logical_id=name)


def _length(declaration: Mapping[str, Any], value: str) -> str | None:
    if declaration.get("MinLength") is not None and len(value) < float(declaration["MinLength"]):
        return f"must contain at least {declaration['MinLength']} characters"
    if declaration.get("MaxLength") is not None and len(value) > float(declaration["MaxLength"]):
        return f"must contain at most {declaration['MaxLength']} characters"
    return None


def _pattern(declaration: Mapping[str, Any], value: str) -> str | None:
    pattern = declaration.get("AllowedPattern")
    if pattern is None:
        return None
    try:
        matched = all_match(str(pattern), _items(declaration, value))
    except re.error:
        return f"has an AllowedPattern that is no regular expression: {pattern}"
    except SlowPattern:
        return f"has an AllowedPattern that takes too long to match: {pattern}"
    return None if matched else f"must match pattern {pattern}"


def _choice(declaration: Mapping[str, Any], value: str) -> str | None:
    if "AllowedValues" not in declaration:
        return None
    allowed = [_text(item) for item in declaration["AllowedValues"]]
    if all(item in allowed for item in _items(declaration, value)):
        return None
    return f"must be one of AllowedValues [{', '.join(allowed)}]"


def _number(declaration: Mapping[str, Any], value: str) -> str | None:
    if declaration["Type"] not in ("Number", "List<Number>"):
        return None
    for item in _items(declaration, value):
        try:
            number = float(item)
        except ValueError:
            return "must be a number."
        if declaration.get("MinValue") is not None and number < float(declaration["MinValue"]):
            return f"must be a number not less than {declaration['MinValue']}"
        if declaration.get("MaxValue") is not None and number > float(declaration["MaxValue"]):
            return f"must be a number not greater than {declaration['MaxValue']}"
    return None


def _items(declaration: Mapping[str, Any], value: str) -> list[str]:
    return [item.strip() for item in value.split(",")] if declaration["Type"] in LISTS else [value]
