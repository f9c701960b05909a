"""Conditions, mappings and intrinsic functions.

Two passes, as in CloudFormation: ``Conditions`` and ``Fn::If`` depend on parameters only and are decided before
anything is made (``prune``); references to resources are filled in when the resource exists (``resolve``).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.cloud.errors import NotSupported
from grader.cloud.stacks.errors import TemplateError

NO_VALUE = object()
VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")
CONDITION_FUNCTIONS = frozenset({"Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals", "Condition"})
FUNCTIONS = frozenset(
    [
        "Ref",
        "Fn::GetAtt",
        "Fn::Sub",
        "Fn::Join",
        "Fn::Select",
        "Fn::Split",
        "Fn::If",
        "Fn::FindInMap",
        "Fn::ImportValue",
        "Fn::Base64",
        "Fn::GetAZs",
    ]
)


@dataclass
class Values:
    """What intrinsics are resolved from.

    Attributes
    ----------
    parameters
        Parameters and pseudo parameters, as ``Ref`` gives them.
    reference, attribute
        Give ``Ref`` of a resource, and ``Fn::GetAtt``.
    imported
        Gives the value of an export.
    """

    parameters: Mapping[str, Any]
    mappings: Mapping[str, Any] = field(default_factory=dict)
    conditions: Mapping[str, Any] = field(default_factory=dict)
    reference: Callable[[str], Any] = lambda name: NO_VALUE
    attribute: Callable[[str, str], Any] = lambda name, attribute: NO_VALUE
    imported: Callable[[str], Any] = lambda name: NO_VALUE
    region: str = "us-east-1"


def pseudo_parameters(account_id: str, region: str, stack_name: str, stack_id: str) -> dict[str, Any]:
    """``AWS::Region`` and the others."""
    return {
        "AWS::AccountId": account_id,
        "AWS::Region": region,
        "AWS::StackName": stack_name,
        "AWS::StackId": stack_id,
        "AWS::Partition": "aws",
        "AWS::URLSuffix": "amazonaws.com",
        "AWS::NotificationARNs": [],
        "AWS::NoValue": NO_VALUE,
    }


def intrinsic(value: Any) -> str | None:
    """The name of the function when ``value`` is a call of one."""
    if isinstance(value, dict) and len(value) == 1:
        name = next(iter(value))
        if name == "Ref" or str(name).startswith("Fn::"):
            return str(name)
    return None


def decide_conditions(declared: Mapping[str, Any], values: Values) -> dict[str, bool]:
    """Every condition of the template, true or false."""
    decided: dict[str, bool] = {}
    for name in declared:
        _decide(name, declared, values, decided, ())
    return decided


def _decide(
    name: str, declared: Mapping[str, Any], values: Values, decided: dict[str, bool], path: tuple[str, ...]
) -> bool:
    if name in path:
        raise TemplateError(f"Template format error: Circular dependency between conditions: [{', '.join(path)}]")
    if name not in declared:
        raise TemplateError(
            f"Template format error: Unresolved condition dependency {name} in the Conditions block of the template"
        )
    if name not in decided:
        again = lambda other: _decide(other, declared, values, decided, (*path, name))  # noqa: E731
        decided[name] = _truth(declared[name], values, again)
    return decided[name]


def _truth(value: Any, values: Values, named: Callable[[str], bool]) -> bool:
    function = next(iter(value)) if isinstance(value, dict) and len(value) == 1 else None
    if function not in CONDITION_FUNCTIONS:
        raise TemplateError(
            "Template error: every Condition must be one of Fn::And, Fn::Equals, Fn::Not, Fn::Or, Condition"
        )
    inner = value[function]
    if function == "Condition":
        return named(str(inner))
    if not isinstance(inner, list) or not 1 <= len(inner) <= 10:
        raise TemplateError(f"Template error: {function} takes a list of conditions.")
    if function == "Fn::Equals":
        if len(inner) != 2:
            raise TemplateError("Template error: every Fn::Equals object requires a list of 2 string parameters.")
        left, right = (resolve(item, values) for item in inner)
        return bool(scalar(left) == scalar(right))
    truths = [_truth(item, values, named) for item in inner]
    return {"Fn::And": all(truths), "Fn::Or": any(truths), "Fn::Not": not truths[0]}[str(function)]


def scalar(value: Any) -> Any:
    """A number or a truth value as CloudFormation writes it into text."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def prune(value: Any, conditions: Mapping[str, bool]) -> Any:
    """``value`` with every ``Fn::If`` decided; what becomes ``AWS::NoValue`` is gone."""
    if isinstance(value, dict):
        if "Fn::If" in value and len(value) == 1:
            return _choose(value["Fn::If"], conditions)
        if value == {"Ref": "AWS::NoValue"}:
            return NO_VALUE
        pruned = {key: prune(item, conditions) for key, item in value.items()}
        return {key: item for key, item in pruned.items() if item is not NO_VALUE}
    if isinstance(value, list):
        return [item for item in (prune(item, conditions) for item in value) if item is not NO_VALUE]
    return value


def _choose(branches: Any, conditions: Mapping[str, bool]) -> Any:
    if not isinstance(branches, list) or len(branches) != 3:
        raise TemplateError("Template error: Fn::If requires a list argument with three elements")
    name = branches[0]
    if not isinstance(name, str) or name not in conditions:
        raise TemplateError(f"Template error: unresolved condition dependency {name} in Fn::If")
    return prune(branches[1] if conditions[name] else branches[2], conditions)


def resolve(value: Any, values: Values) -> Any:
    """``value`` with every intrinsic replaced by what it stands for.

    Raises
    ------
    TemplateError
        When a function is called with the wrong arguments.
    NotSupported
        For functions that are not imitated, such as ``Fn::Cidr``.
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
        return values.attribute(name, resolve(attribute, values))
    if function == "Fn::Sub":
        return _sub(argument, values)
    if function == "Fn::If":
        return resolve(_choose(argument, values.conditions), values)
    call = _PLAIN.get(function)
    if call is None:
        raise NotSupported(f"the intrinsic function {function}")
    return call(resolve(argument, values), values)


def getatt_parts(argument: Any) -> tuple[str, Any]:
    """Logical id and attribute of a ``Fn::GetAtt``, in either of its forms."""
    if isinstance(argument, str) and "." in argument:
        name, attribute = argument.split(".", 1)
        return name, attribute
    if isinstance(argument, list) and len(argument) >= 2 and isinstance(argument[0], str):
        rest = argument[1] if len(argument) == 2 else ".".join(map(str, argument[1:]))
        return argument[0], rest
    raise TemplateError(
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


def _join(argument: Any, values: Values) -> str:
    if not (isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], list)):
        raise TemplateError(
            "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a "
            "list of strings to be joined or a function that returns a list of strings (such as "
            "Fn::GetAZs) to be joined."
        )
    return str(argument[0]).join(str(scalar(item)) for item in argument[1])


def _select(argument: Any, values: Values) -> Any:
    if not (isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], list)):
        raise TemplateError(
            "Template error: Fn::Select requires a list argument with two elements: an integer index and a list"
        )
    number, items = argument
    if not str(number).isdigit() or int(number) >= len(items):
        raise TemplateError(f"Template error: Fn::Select cannot select nonexistent value at index {number}")
    return items[int(number)]


def _split(argument: Any, values: Values) -> list[str]:
    if not (isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], str)):
        raise TemplateError(
            "Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a "
            "string to be split or a function that returns a string to be split."
        )
    return argument[1].split(str(argument[0]))


def _find_in_map(argument: Any, values: Values) -> Any:
    if not (isinstance(argument, list) and len(argument) == 3):
        raise TemplateError(
            "Template error: every Fn::FindInMap object requires three parameters, the map name, map key and "
            "the attribute for return value"
        )
    name, top, second = (str(scalar(item)) for item in argument)
    if name not in values.mappings:
        raise TemplateError(
            f"Template error: Mapping named '{name}' is not present in the 'Mappings' section of template."
        )
    try:
        return values.mappings[name][top][second]
    except (KeyError, TypeError) as error:
        raise TemplateError(f"Template error: Unable to get mapping for {name}::{top}::{second}") from error


def _base64(argument: Any, values: Values) -> str:
    return base64.b64encode(str(scalar(argument)).encode()).decode()


def _zones(argument: Any, values: Values) -> list[str]:
    return [f"{argument or values.region}{zone}" for zone in "abc"]


_PLAIN: Mapping[str, Callable[[Any, Values], Any]] = {
    "Fn::Join": _join,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::FindInMap": _find_in_map,
    "Fn::Base64": _base64,
    "Fn::GetAZs": _zones,
    "Fn::ImportValue": lambda argument, values: values.imported(str(argument)),
}
