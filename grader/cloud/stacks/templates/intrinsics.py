"""Intrinsic functions: ``Ref``, ``Fn::GetAtt``, ``Fn::Sub`` here, those that need only their arguments next door."""

from __future__ import annotations

import re
from typing import Any

from grader.cloud.stacks.errors import TemplateError
from grader.cloud.stacks.templates.plain_functions import PLAIN
from grader.cloud.stacks.templates.pruning import choose
from grader.cloud.stacks.templates.values import NO_VALUE, Values, intrinsic, scalar

VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")


def resolve(value: Any, values: Values) -> Any:
    """``value`` with every intrinsic replaced by what it stands for.

    Raises
    ------
    TemplateError
        When a function does not exist, or is called with the wrong arguments.
    """
    function = intrinsic(value)
    if function is not None:
        return _call(function, value[function], values)
    if isinstance(value, dict):
        done = {key: resolve(item, values) for key, item in value.items()}
        return {key: item for key, item in done.items() if item is not NO_VALUE}
    if isinstance(value, list):
        return [item for item in (resolve(item, values) for item in value) if item is not NO_VALUE]
    return value


def _call(function: str, argument: Any, values: Values) -> Any:
    if function == "Ref":
        if not isinstance(argument, str):
            raise TemplateError("Template error: every Ref object must have a single String value.")
        return values.parameters[argument] if argument in values.parameters else values.reference(argument)
    if function == "Fn::GetAtt":
        name, attribute = getatt_parts(argument)
        wanted = resolve(attribute, values)
        if not isinstance(wanted, str):
            raise _no_attribute()
        return values.attribute(name, wanted)
    if function == "Fn::Sub":
        return _sub(argument, values)
    if function == "Fn::If":
        return resolve(choose(argument, values.conditions), values)
    call = PLAIN.get(function)
    if call is None:
        raise unsupported_function(function)
    return call(resolve(argument, values), values)


def unsupported_function(name: str) -> TemplateError:
    """The refusal of a function that CloudFormation has not, or has only with a transform."""
    extension = name in ("Fn::Length", "Fn::ToJsonString") or name.startswith("Fn::ForEach")
    return TemplateError(
        f"Template format error: Encountered unsupported function: {name} Supported functions are: "
        f"[{', '.join(sorted([*PLAIN, 'Fn::GetAtt', 'Fn::If', 'Fn::Sub']))}]",
        next_step="Add the line “Transform: AWS::LanguageExtensions” to the template." if extension else None,
    )


def getatt_parts(argument: Any) -> tuple[str, Any]:
    """Logical id and attribute of a ``Fn::GetAtt``, in either of its forms."""
    if isinstance(argument, str) and "." in argument:
        name, attribute = argument.split(".", 1)
        return name, attribute
    if isinstance(argument, list) and len(argument) >= 2 and isinstance(argument[0], str):
        rest = argument[1] if len(argument) == 2 else ".".join(map(str, argument[1:]))
        if isinstance(rest, str | dict):  # a name, or a function that gives one
            return argument[0], rest
    raise _no_attribute()


def _no_attribute() -> TemplateError:
    return TemplateError(
        "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and "
        "the resource attribute"
    )


def sub_parts(argument: Any) -> tuple[str, dict[str, Any]]:
    """Text and variables of a ``Fn::Sub``, in either of its forms."""
    if isinstance(argument, str):
        return argument, {}
    if (
        isinstance(argument, list)
        and len(argument) == 2
        and isinstance(argument[0], str)
        and isinstance(argument[1], dict)
    ):
        return argument[0], argument[1]
    raise TemplateError(
        "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a "
        "string as first argument, and an optional second argument to specify a mapping of values to "
        "replace in the string"
    )


def sub_names(argument: Any) -> list[str]:
    """The names that a ``Fn::Sub`` refers to outside its own variables."""
    text, variables = sub_parts(argument)
    names = [name.strip() for literal, name in VARIABLE.findall(text) if not literal]
    return [name for name in names if name not in variables]


def _sub(argument: Any, values: Values) -> str:
    text, variables = sub_parts(argument)
    own = {name: resolve(item, values) for name, item in variables.items()}

    def replace(match: re.Match[str]) -> str:
        literal, name = match.group(1), match.group(2).strip()
        if literal:
            return "${" + match.group(2) + "}"
        if name in own:
            return str(scalar(own[name]))
        if name in values.parameters or "." not in name:
            return str(scalar(_call("Ref", name, values)))
        return str(scalar(_call("Fn::GetAtt", name, values)))

    return VARIABLE.sub(replace, text)
