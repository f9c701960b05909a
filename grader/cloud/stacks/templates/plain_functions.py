"""The intrinsic functions that need nothing but their arguments, which are resolved when they are called."""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

from grader.cloud.stacks.errors import TemplateError
from grader.cloud.stacks.templates.values import Values, scalar


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
    if not (isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], str) and argument[0] != ""):
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


def _cidr(argument: Any, values: Values) -> list[str]:
    if not (isinstance(argument, list) and len(argument) in (2, 3)):
        raise TemplateError("Template error: Fn::Cidr requires an IP block, a count and, for IPv6, the CIDR bits.")
    block, count, bits = argument[0], *_numbers(argument[1], argument[2] if len(argument) == 3 else 8)
    if not 1 <= count <= 256:
        raise TemplateError("Template error: Fn::Cidr count must be from 1 to 256")
    try:
        network = ipaddress.ip_network(str(block))
        subnets = list(islice(network.subnets(new_prefix=network.max_prefixlen - bits), count))
    except ValueError as error:
        raise TemplateError(f"Template error: Fn::Cidr cannot divide {block}: {error}") from error
    if len(subnets) < count:
        raise TemplateError(f"Template error: Fn::Cidr: {block} does not hold {count} blocks of {bits} bits")
    return [str(subnet) for subnet in subnets]


def _numbers(count: Any, bits: Any) -> tuple[int, int]:
    try:
        return int(count), int(bits)
    except (TypeError, ValueError) as error:
        raise TemplateError("Template error: Fn::Cidr count and the CIDR bits must be numbers") from error


def _imported(argument: Any, values: Values) -> Any:
    return values.imported(str(argument))


PLAIN: Mapping[str, Callable[[Any, Values], Any]] = {
    "Fn::Join": _join,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::FindInMap": _find_in_map,
    "Fn::Base64": _base64,
    "Fn::GetAZs": _zones,
    "Fn::ImportValue": _imported,
    "Fn::Cidr": _cidr,
}
