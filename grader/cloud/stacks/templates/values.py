"""What intrinsic functions are resolved from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

NO_VALUE = object()


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


def pseudo_parameters(
    account_id: str, region: str, stack_name: str, stack_id: str, notifications: Sequence[str] = ()
) -> dict[str, Any]:
    """``AWS::Region`` and the others."""
    return {
        "AWS::AccountId": account_id,
        "AWS::Region": region,
        "AWS::StackName": stack_name,
        "AWS::StackId": stack_id,
        "AWS::Partition": "aws",
        "AWS::URLSuffix": "amazonaws.com",
        "AWS::NotificationARNs": list(notifications),
        "AWS::NoValue": NO_VALUE,
    }


def intrinsic(value: Any) -> str | None:
    """The name of the function when ``value`` is a call of one."""
    if isinstance(value, dict) and len(value) == 1:
        name = next(iter(value))
        if name == "Ref" or str(name).startswith("Fn::"):
            return str(name)
    return None


def scalar(value: Any) -> Any:
    """A number or a truth value as CloudFormation writes it into text."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value
