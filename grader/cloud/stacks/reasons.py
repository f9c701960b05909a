"""Failures in the words that CloudFormation gives as a reason."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from grader.cloud.errors import LEAVE_OUT, CloudError
from grader.cloud.stacks.errors import DeployError, ResourceFailure
from grader.cloud.stacks.history import Failure, History
from grader.cloud.stacks.plan import Plan
from grader.cloud.stacks.stack import Resource, Stack
from grader.cloud.stacks.types import type_named

REFUSALS = (ResourceFailure, ClientError, BotoCoreError, CloudError)  # how a service says no
# How a provider stumbles over a property that is a number where it should be a map, and the like.
MALFORMED = (KeyError, TypeError, AttributeError, ValueError)
EXISTS = frozenset(
    [
        "ResourceConflictException",
        "EntityAlreadyExists",
        "BucketAlreadyExists",
        "BucketAlreadyOwnedByYou",
        "ResourceInUseException",
        "QueueAlreadyExists",
        "QueueNameExists",
        "ResourceAlreadyExistsException",
        "ParameterAlreadyExists",
    ]
)


def words(error: Exception) -> str:
    """What a service or a provider said."""
    if isinstance(error, ClientError):
        service = error.operation_name
        details = error.response["Error"]
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
        return (
            f'Resource handler returned message: "{details.get("Message", "")} '
            f'(Service: {service}, Status Code: {status}, Error Code: {details.get("Code", "")})"'
        )
    return error.what if isinstance(error, CloudError) else str(error)


def reason_of(resource: Resource, error: Exception) -> str:
    """Why a resource could not be made or changed."""
    if isinstance(error, MALFORMED):
        problem = f"#: required key [{error.args[0]}] not found" if isinstance(error, KeyError) else str(error)
        return f"Properties validation failed for resource {resource.logical_id} with message: {problem}"
    if isinstance(error, ClientError) and error.response["Error"]["Code"] in EXISTS:
        given = type_named(resource.type).name
        name = resource.properties.get(given or "", "")
        if name:
            return f"{name} already exists"
    said = words(error)
    return said.replace("validation failed with", f"validation failed for resource {resource.logical_id} with")


def undeleted(kept: list[str]) -> str | None:
    """The reason of a deletion that left something behind."""
    return f"The following resource(s) failed to delete: [{', '.join(kept)}]." if kept else None


def failure_of(resource: Resource, error: Exception, reason: str) -> Failure:
    """What is remembered of a resource that failed: for a nested stack also why."""
    cause = error.cause if isinstance(error, ResourceFailure) else None
    return Failure(resource.logical_id, reason, cause, _next_step(error))


def _next_step(error: Exception) -> str | None:
    if isinstance(error, ClientError):  # an answer over the wire says what happened, and no more
        return LEAVE_OUT if error.response["Error"]["Code"] == "NotSupported" else None
    return error.next_step if isinstance(error, CloudError) else None


def deploy_error(stack: Stack, plan: Plan | None, history: History, first_event: int) -> DeployError:
    """What ``cloud.deploy`` raises when an operation has failed and was rolled back.

    The failure of a stack that failed because one in it did is said from inside, where it can be mended.
    """
    failure = history.first_failure or Failure(stack.name, stack.reason or stack.status)
    logical_id, reason, cause, next_step = failure.logical_id, failure.reason, failure.cause, failure.next_step
    where, line = plan.where(logical_id) if plan and logical_id in plan.sources else (None, stack.line_of(logical_id))
    what = f"Stack {stack.name} is {stack.status}: {logical_id}: {reason}"
    if cause is not None:
        what, where = f"{what}\n{cause.what}", f"{cause.where} (nested as {logical_id})" if cause.where else where
        logical_id, reason, line = cause.logical_id or logical_id, cause.reason, cause.line
        next_step = cause.next_step
    events = stack.events[first_event:]
    return DeployError(what, where, next_step, logical_id=logical_id, reason=reason, line=line, events=events)
