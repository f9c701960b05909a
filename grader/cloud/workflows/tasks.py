"""Doing tasks: functions are invoked, other services are called, always as the state machine's role."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError
from botocore.model import ListShape, MapShape, Shape, StructureShape

from grader.cloud.environment.configuration import Credentials
from grader.cloud.functions import FunctionService, Invocation, LambdaError, Lineage
from grader.cloud.functions.destinations import iso
from grader.cloud.session import new_session
from grader.cloud.traces import Trace
from grader.cloud.workflows.data_flow import limited
from grader.cloud.workflows.failures import StateFailed
from grader.cloud.workflows.operations import TaskDone
from grader.cloud.workflows.resources import Resource

if TYPE_CHECKING:
    from grader.cloud.iam.identity import Identity
    from grader.cloud.workflows.scope import Scope

SESSION = "states"
MARGIN_SECONDS = 300.0


class Tasks:
    """Does the tasks of one execution.

    Parameters
    ----------
    role
        ARN of the state machine's role.
    trace
        The execution's; what its tasks set off are steps of it.
    """

    def __init__(
        self, functions: FunctionService, identity: Identity, role: str, trace: Trace, lineage: Lineage
    ) -> None:
        self._functions, self._identity, self._role, self._trace = functions, identity, role, trace
        self._lineage = Lineage(trace, lineage.chain)
        self.region = functions.region
        self._clients: dict[str, Any] = {}
        self._credentials: Credentials | None = None

    def new_token(self) -> str:
        """A task token."""
        return self._functions.ids.hex(96)

    def perform(self, resource: Resource, parameters: Any, scope: Scope) -> TaskDone:
        """Do one task now; what goes wrong is in the answer."""
        now = self._functions.clock.timestamp()
        try:
            if resource.is_function:
                done = self._invoke(resource.arn, parameters, "Lambda")
                return TaskDone(limited(done.payload), done.ended)
            if (resource.service, resource.operation, resource.sdk) == ("lambda", "Invoke", False):
                return self._invoke_with_metadata(parameters)
            return TaskDone(limited(self._call(resource, parameters)), now)
        except StateFailed as failure:
            return TaskDone(None, failure.ended if isinstance(failure, FunctionFailed) else now, failure)

    def ended(self, resource: Resource, described: Mapping[str, Any], now: float) -> TaskDone:
        """What a task that started another execution gives when that has ended."""
        told = {name[:1].upper() + name[1:]: value for name, value in described.items()}
        if described["status"] != "SUCCEEDED":
            return TaskDone(None, now, StateFailed("States.TaskFailed", json.dumps(told)))
        if resource.pattern == ".sync:2":
            told["Output"] = json.loads(str(described["output"]))
        return TaskDone(limited(told), now)

    def _invoke(self, function: str, payload: Any, prefix: str) -> Invocation:
        """Invoke a function, as far as the role may."""
        functions = self._functions
        try:
            version = functions.registry.resolve(function)
            allowed = functions.roles.may(self._role, SESSION, "lambda:InvokeFunction", version.invoked_arn)
            if not allowed.allowed:
                self._trace.broken("permission", allowed.reason)
                told = f"{allowed.reason} (Service: AWSLambda; Status Code: 403; Error Code: AccessDeniedException)"
                raise StateFailed(f"{prefix}.AWSLambdaException", told)
            trace = functions.traces.start("invocation", version.name, self._trace)
            functions.note_delivery(version.name, json.dumps(payload).encode())
            done = functions.run(
                version, json.dumps(payload).encode(), trace, functions.clock.timestamp(), functions.ids.uuid(),
                Lineage(trace, self._lineage.chain),
            )  # fmt: skip
        except LambdaError as refused:
            raise StateFailed(f"{prefix}.{refused.code}", refused.message) from refused
        if done.error is not None:
            raise _function_failure(done)
        return done

    def _invoke_with_metadata(self, parameters: Any) -> TaskDone:
        """``arn:aws:states:::lambda:invoke``: the payload, and what the Lambda API says beside it."""
        given = parameters if isinstance(parameters, Mapping) else {}
        name, qualifier = str(given.get("FunctionName")), given.get("Qualifier")
        how = given.get("InvocationType", "RequestResponse")
        if how not in ("RequestResponse", "Event"):
            raise StateFailed("Lambda.InvalidParameterValueException", f"InvocationType {how} is not one of a task's")
        if how == "Event":
            return TaskDone(self._call_async(name, given), self._functions.clock.timestamp())
        done = self._invoke(name + (f":{qualifier}" if qualifier else ""), given.get("Payload", {}), "Lambda")
        metadata = {"HTTPStatusCode": 200, "RequestId": done.request_id}
        answer = {
            "ExecutedVersion": done.version,
            "Payload": done.payload,
            "SdkHttpMetadata": {"HttpStatusCode": 200},
            "SdkResponseMetadata": {"RequestId": metadata["RequestId"]},
            "StatusCode": 200,
        }
        return TaskDone(limited(answer), done.ended)

    def _call_async(self, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
        try:
            self._functions.registry.resolve(name)
        except LambdaError as refused:
            raise StateFailed(f"Lambda.{refused.code}", refused.message) from refused
        with self._functions.caused_by(self._lineage):
            self._functions.enqueue(name, json.dumps(given.get("Payload", {})).encode(), source="states")
        return {"StatusCode": 202}

    def _call(self, resource: Resource, parameters: Any) -> Any:
        """Call a service's API, signed with the role's credentials: IAM decides at the door."""
        if not isinstance(parameters, Mapping):
            raise StateFailed("States.Runtime", f"The parameters of {resource.arn} must be an object")
        client, credentials = self._client(resource.service)
        name = xform_name(resource.operation)
        model = client.meta.service_model.operation_model(resource.operation)
        given = _fitted(parameters, model.input_shape)
        unknown = sorted(set(given) - set(model.input_shape.members if model.input_shape else ()))
        if unknown:
            message = f"The field '{unknown[0]}' is not one of {resource.service}:{resource.operation}"
            raise StateFailed("States.Runtime", message)
        try:
            with self._functions.running(credentials.access_key_id, self._lineage):
                answer = getattr(client, name)(**given)
        except ClientError as refused:
            error = refused.response["Error"]
            raise StateFailed(f"{_service_name(resource)}.{error['Code']}", str(error.get("Message", ""))) from refused
        except BotoCoreError as fault:
            raise StateFailed("States.Runtime", str(fault)) from fault
        answer.pop("ResponseMetadata", None)
        return _told(answer, model.output_shape)

    def _client(self, service: str) -> tuple[Any, Credentials]:
        """A client that acts as the role, made anew when its credentials are about to expire."""
        held = self._credentials
        if held is None or (held.expires or 0) - MARGIN_SECONDS < self._functions.clock.timestamp():
            held = self._credentials = self._identity.role_credentials(self._role, SESSION)
            self._clients = {}
        if service not in self._clients:
            session = new_session(held, self.region)
            self._clients[service] = session.client(service)  # type: ignore[call-overload]  # any of four hundred
        return self._clients[service], held


class FunctionFailed(StateFailed):
    """A function failed; the state goes on when it has ended."""

    def __init__(self, error: str, cause: str, ended: float) -> None:
        super().__init__(error, cause)
        self.ended = ended


def _function_failure(done: Invocation) -> StateFailed:
    """What a function's error looks like to Retry and Catch."""
    error = done.error or {}
    return FunctionFailed(str(error.get("errorType") or "Lambda.Unknown"), json.dumps(error), done.ended)


def _service_name(resource: Resource) -> str:
    names = {
        "sqs": "SQS",
        "sns": "SNS",
        "dynamodb": "DynamoDB",
        "events": "EventBridge",
        "stepfunctions": "StepFunctions",
    }
    return names.get(resource.service, resource.service.capitalize())


def _fitted(value: Any, shape: Shape | None) -> Any:
    """Parameters with the spelling of the API's members: state machines write them in PascalCase."""
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        spelling = {name.lower(): name for name in shape.members}
        return {
            spelling.get(name.lower(), name): _fitted(inner, shape.members.get(spelling.get(name.lower(), "")))
            for name, inner in value.items()
        }
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_fitted(inner, shape.member) for inner in value]
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        return {name: _fitted(inner, shape.value) for name, inner in value.items()}
    if shape is not None and shape.type_name == "string" and not isinstance(value, str):
        return json.dumps(value)  # a message body may be an object
    return value


def _told(value: Any, shape: Shape | None) -> Any:
    """An answer as JSON, its members in PascalCase as Step Functions tells them; names of data stay as they are."""
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        return {name[:1].upper() + name[1:]: _told(inner, shape.members.get(name)) for name, inner in value.items()}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_told(inner, shape.member) for inner in value]
    if isinstance(value, Mapping):
        inside = shape.value if isinstance(shape, MapShape) else None
        return {str(name): _told(inner, inside) for name, inner in value.items()}
    if isinstance(value, datetime):
        return iso(value.timestamp())
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value if isinstance(value, str | int | float | bool | list | None) else str(value)
