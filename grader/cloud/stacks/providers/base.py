"""What every provider is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from botocore import xform_name
from botocore.exceptions import ClientError, ParamValidationError
from botocore.model import ListShape, MapShape, Shape, StructureShape

from grader.cloud.direct_calls import DirectCalls, may_go
from grader.cloud.ids import Ids
from grader.cloud.stacks.errors import ResourceFailure
from grader.cloud.stacks.packaging import Artifacts
from grader.cloud.stacks.stack import Resource

MISSING = frozenset(
    [
        "ResourceNotFoundException",
        "NoSuchEntity",
        "NoSuchBucket",
        "NoSuchBucketPolicy",
        "NotFoundException",
        "NotFound",
        "404",
        "ResourceNotFound",
        "AWS.SimpleQueueService.NonExistentQueue",
        "QueueDoesNotExist",
        "ParameterNotFound",
    ]
)


@dataclass(frozen=True)
class Made:
    """What creating or updating gives: the physical id (which is what ``Ref`` gives), attributes for ``Fn::GetAtt``."""

    physical_id: str
    attributes: dict[str, Any] = field(default_factory=dict)
    arn: str | None = None


@dataclass(frozen=True)
class Making:
    """One resource to be made: its logical id, its type, its resolved properties, and how its name is generated."""

    logical_id: str
    properties: Mapping[str, Any]
    stack_name: str
    suffix: Callable[[], str]
    update_policy: Mapping[str, Any] = field(default_factory=dict)
    stack_id: str = ""
    type: str = ""

    def get(self, name: str, default: Any = None) -> Any:
        """A property."""
        return self.properties.get(name, default)

    def some(self, names: str) -> dict[str, Any]:
        """Those of the named properties that the template gives."""
        return {name: self.properties[name] for name in names.split() if name in self.properties}

    def name(self, given: str | None = None, limit: int = 64, lower: bool = False) -> str:
        """The name that the template gives, or one like CloudFormation's: stack, logical id, random suffix."""
        if given and self.properties.get(given):
            return str(self.properties[given])
        suffix = self.suffix()
        room = limit - len(suffix) - 2
        logical = self.logical_id[: max(room // 2, room - len(self.stack_name))]
        name = f"{self.stack_name[: room - len(logical)]}-{logical}-{suffix}"
        return name.lower() if lower else name


def _already_done(done: Callable[[], bool]) -> None:
    if not done():
        raise ResourceFailure("Nobody waits for resources that are done later.")


@dataclass(frozen=True)
class Tools:
    """What providers work with: boto3 clients of the account, the API Gateway, packaged code.

    Attributes
    ----------
    wait
        Waits until something is done that takes time on the clock.
    direct
        Makes calls without boto3's way over HTTP; without it, the clients make them.
    """

    client: Callable[[str], Any]
    gateway: Any
    ids: Ids
    account_id: str
    region: str
    artifacts: Artifacts
    wait: Callable[[Callable[[], bool]], None] = field(default=_already_done)
    nested: NestedStacks | None = None
    responses: Responses | None = None
    direct: DirectCalls | None = None

    def arn(self, service: str, resource: str) -> str:
        """An ARN in this account and region."""
        return f"arn:aws:{service}:{self.region}:{self.account_id}:{resource}"

    def call(self, service: str, operation: str, /, **arguments: Any) -> dict[str, Any]:
        """Call an API operation; values are converted to the types it wants, as CloudFormation does (``"3"`` → 3).

        Raises
        ------
        ResourceFailure
            When a value cannot be what the operation wants.
        """
        client = self.client(service)
        shape = client.meta.service_model.operation_model(operation).input_shape
        given = {name: value for name, value in arguments.items() if value is not None}
        fitting = fit(given, shape)
        try:
            if self.direct is not None and may_go(service, operation):
                return self.direct.call(client, operation, fitting)
            answer: dict[str, Any] = getattr(client, xform_name(operation))(**fitting)
        except ParamValidationError as error:
            report = " ".join(str(error.kwargs.get("report", error)).split())
            raise ResourceFailure(f"Properties validation failed with message: {report}") from error
        return answer

    def call_unless_missing(self, service: str, operation: str, /, **arguments: Any) -> None:
        """The same, for what may be gone already: a resource that is not there needs no deletion."""
        try:
            self.call(service, operation, **arguments)
        except ClientError as error:
            if error.response["Error"]["Code"] not in MISSING:
                raise


class NestedStacks(Protocol):
    """Makes stacks for stacks."""

    def create(self, making: Making) -> Made: ...
    def update(self, making: Making, current: Resource) -> Made: ...
    def revert(self, current: Resource) -> Made: ...
    def finish(self, current: Resource) -> None: ...
    def delete(self, resource: Resource) -> None: ...


class Responses(Protocol):
    """Waits for what somebody outside reports to an address."""

    def address(self, whose: str) -> str: ...
    def wait(self, address: str, seconds: float, wait: Callable[[Callable[[], bool]], None]) -> bytes | None: ...


class Provider:
    """Makes, changes and removes the resources of one type."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools

    def create(self, making: Making) -> Made:
        """Make the resource."""
        raise NotImplementedError

    def update(self, making: Making, current: Resource) -> Made:
        """Change the resource in place."""
        raise NotImplementedError

    def delete(self, resource: Resource) -> None:
        """Remove the resource."""
        raise NotImplementedError

    def revert(self, making: Making, current: Resource) -> Made:
        """Take an update back: ``making`` says what was before."""
        return self.update(making, current)

    def finish(self, resource: Resource) -> None:
        """The operation on the outermost stack has succeeded; nothing will be taken back any more."""


def fit(value: Any, shape: Shape | None) -> Any:
    """``value`` with numbers, truth values and strings as the API's input shape wants them."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        return {key: fit(item, shape.members.get(key)) for key, item in value.items()}
    if isinstance(shape, ListShape):
        return [fit(item, shape.member) for item in (value if isinstance(value, list) else [value])]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {key: fit(item, shape.value) for key, item in value.items()}
    return _fit_scalar(value, shape.type_name if shape is not None else "")


def _fit_scalar(value: Any, kind: str) -> Any:
    if kind == "string" and isinstance(value, bool | int | float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    if kind == "boolean" and str(value).lower() in ("true", "false"):
        return str(value).lower() == "true"
    try:
        if kind in ("integer", "long") and isinstance(value, str | float):
            return int(value)
        if kind in ("float", "double") and isinstance(value, str):
            return float(value)
    except ValueError:
        return value
    return value


def tag_map(tags: Iterable[Mapping[str, Any]] | None) -> dict[str, str]:
    """``[{"Key": …, "Value": …}]`` as a dictionary."""
    return {str(tag["Key"]): str(tag["Value"]) for tag in tags or ()}


def changed_tags(before: Any, after: Any) -> tuple[dict[str, str], list[str]]:
    """Tags to set and keys to remove."""
    old, new = tag_map(before), tag_map(after)
    return {key: value for key, value in new.items() if old.get(key) != value}, [key for key in old if key not in new]
