"""The part of the Lambda API that is answered here instead of by moto: Invoke, EventInvokeConfig, and versions."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import unquote

from grader.cloud.door.request import Request
from grader.cloud.door.response import Response
from grader.cloud.errors import NotSupported
from grader.cloud.functions.errors import InvalidRequestContent, LambdaError, RequestTooLarge
from grader.cloud.functions.invocation import Invocation
from grader.cloud.functions.registry import split_name
from grader.cloud.functions.service import FunctionService
from grader.cloud.functions.versions_api import Answer, VersionsApi, members_of

ASYNCHRONOUS_LIMIT = 1024 * 1024
LOG_TAIL_BYTES = 4096

INVOKE = re.compile(r"^/2015-03-31/functions/(?P<name>[^/]+)/invocations$")
INVOKE_ASYNC = re.compile(r"^/2014-11-13/functions/(?P<name>[^/]+)/invoke-async/?$")
EVENT_CONFIG = re.compile(r"^/2019-09-25/functions/(?P<name>[^/]+)/event-invoke-config(?P<list>/list)?$")
RECURSION = re.compile(r"^/2024-08-31/functions/(?P<name>[^/]+)/recursion-config$")


class Part(Protocol):
    """A part of the API with routes of its own."""

    def find(self, request: Request) -> Callable[[], Answer] | None: ...


class LambdaApi:
    """Answers requests that the door has let pass: signature verified, the caller allowed.

    Parameters
    ----------
    functions
        Runs what is invoked.
    others
        Further parts of the API, each asked whether a request is its own.
    """

    def __init__(self, functions: FunctionService, *others: Part) -> None:
        self._functions = functions
        versions = VersionsApi(functions.versions, functions.aliases, functions.concurrency)
        self._parts: tuple[Part, ...] = (versions, *others)

    def answers(self, request: Request) -> bool:
        """Whether this request is answered here; every other one is moto's."""
        if self._find(request) is not None:
            return True
        return any(known.match(request.path) for known in (INVOKE, INVOKE_ASYNC, EVENT_CONFIG, RECURSION))

    def handle(self, request: Request, access_key: str | None = None) -> Response:
        """Answer one request.

        Parameters
        ----------
        access_key
            The caller's: an environment's own key continues its chain of causes.

        Raises
        ------
        NotSupported
            For what is not imitated.
        """
        with self._functions.acting_as(access_key):
            try:
                return self._route(request)
            except LambdaError as refused:
                return refusal(refused, self._functions.ids.uuid())

    def _route(self, request: Request) -> Response:
        if (of_a_part := self._find(request)) is not None:
            status, members = of_a_part()
            return self._answer(status, b"" if members is None else json.dumps(members).encode())
        routes: tuple[tuple[re.Pattern[str], Callable[[Request, re.Match[str]], Response]], ...] = (
            (INVOKE, self._invoke),
            (INVOKE_ASYNC, self._invoke_async),
            (EVENT_CONFIG, self._event_config),
            (RECURSION, self._recursion),
        )
        for pattern, answer in routes:
            if match := pattern.match(request.path):
                return answer(request, match)
        raise NotSupported(f"lambda: {request.method} {request.path}")

    def _find(self, request: Request) -> Callable[[], Answer] | None:
        return next((found for part in self._parts if (found := part.find(request)) is not None), None)

    def _invoke(self, request: Request, match: re.Match[str]) -> Response:
        function, qualifier = unquote(match["name"]), request.parameters.get("Qualifier")
        kind = request.header("x-amz-invocation-type") or "RequestResponse"
        if kind == "DryRun":
            self._functions.registry.resolve(function, qualifier)
            return self._answer(204, b"")
        if kind == "Event":
            return self._event(function, qualifier, request)
        if kind != "RequestResponse":
            raise LambdaError("InvalidParameterValueException", 400, f"Unsupported invocation type {kind}")
        done = self._functions.invoke(
            function, request.body, qualifier=qualifier, client_context=_client_context(request)
        )
        return self._answer(200, done.content, self._invocation_headers(done, request), done.request_id)

    def _event(self, function: str, qualifier: str | None, request: Request) -> Response:
        if len(request.body) > ASYNCHRONOUS_LIMIT:
            raise RequestTooLarge(len(request.body), ASYNCHRONOUS_LIMIT)
        self._functions.registry.resolve(function, qualifier)
        request_id = self._functions.enqueue(function, request.body, qualifier=qualifier, source="Invoke")
        return self._answer(202, b"", (), request_id)

    def _invoke_async(self, request: Request, match: re.Match[str]) -> Response:
        answer = self._event(unquote(match["name"]), None, request)
        return Response(202, (*answer.headers, ("Content-Type", "application/json")), b'{"Status":202}')

    def _invocation_headers(self, done: Invocation, request: Request) -> tuple[tuple[str, str], ...]:
        headers = [("X-Amz-Executed-Version", done.version)]
        if done.function_error:
            headers.append(("X-Amz-Function-Error", done.function_error))
        if request.header("x-amz-log-type") == "Tail":
            headers.append(("X-Amz-Log-Result", log_tail(done.logs)))
        return tuple(headers)

    def _event_config(self, request: Request, match: re.Match[str]) -> Response:
        name, own = split_name(unquote(match["name"]))
        qualifier = own or request.parameters.get("Qualifier")
        self._functions.registry.resolve(name, qualifier)
        configs, arn = self._functions.event_invoke_configs, self._functions.registry.arn(name)
        if match["list"]:
            listed = [config.answer(f"{arn}:{which}") for which, config in configs.listed(name)]
            return self._json(200, {"FunctionEventInvokeConfigs": listed})
        if request.method == "DELETE":
            configs.delete(name, qualifier)
            return self._answer(204, b"")
        if request.method == "GET":
            found = configs.get(name, qualifier)
        else:
            store = configs.put if request.method == "PUT" else configs.update
            found = store(name, qualifier, members_of(request))
        return self._json(200, found.answer(f"{arn}:{qualifier or '$LATEST'}"))

    def _recursion(self, request: Request, match: re.Match[str]) -> Response:
        name = split_name(unquote(match["name"]))[0]
        self._functions.registry.resolve(name)
        if request.method == "PUT":
            self._functions.registry.set_recursive_loop(name, str(members_of(request).get("RecursiveLoop")))
        return self._json(200, {"RecursiveLoop": self._functions.registry.resolve(name).recursive_loop})

    def _json(self, status: int, members: dict[str, Any]) -> Response:
        return self._answer(status, json.dumps(members).encode())

    def _answer(
        self, status: int, body: bytes, headers: tuple[tuple[str, str], ...] = (), request_id: str | None = None
    ) -> Response:
        content = (("Content-Type", "application/json"),) if body else ()
        return Response(
            status, (*content, ("x-amzn-RequestId", request_id or self._functions.ids.uuid()), *headers), body
        )


def refusal(refused: LambdaError, request_id: str) -> Response:
    """An error of the Lambda API as AWS sends it."""
    headers = (
        ("Content-Type", "application/json"),
        ("x-amzn-RequestId", request_id),
        ("x-amzn-ErrorType", refused.code),
    )
    return Response(refused.status, headers, refused.body)


def log_tail(logs: tuple[str, ...]) -> str:
    """The last 4 KB of the log, base64, as LogResult carries it."""
    text = "".join(line.rstrip("\n") + "\n" for line in logs if not line.startswith("INIT_START"))
    return base64.b64encode(text.encode()[-LOG_TAIL_BYTES:]).decode()


def _client_context(request: Request) -> dict[str, Any] | None:
    encoded = request.header("x-amz-client-context")
    if not encoded:
        return None
    try:
        context = json.loads(base64.b64decode(encoded, validate=True))
    except ValueError as fault:
        raise InvalidRequestContent("Client context must be a valid Base64-encoded JSON object.") from fault
    if not isinstance(context, dict):
        raise InvalidRequestContent("Client context must be a valid Base64-encoded JSON object.")
    return context
