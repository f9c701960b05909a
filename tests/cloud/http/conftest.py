"""Stand-ins for the gateway's neighbours, and a gateway that knows a small API."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from grader.cloud.clock import Clock
from grader.cloud.door.request import Request
from grader.cloud.door.response import Response
from grader.cloud.http.gateway import Gateway
from grader.cloud.ids import Ids
from grader.cloud.traces import Trace, Traces

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:hello"
ACCOUNT = "123456789012"


@dataclass(frozen=True)
class FakeDecision:
    allowed: bool
    reason: str = "because no resource-based policy allows it"


@dataclass
class FakePermissions:
    allowed: bool = True
    asked: list[tuple[Any, ...]] = field(default_factory=list)

    def service_may_invoke(
        self, function_arn: str, service: str, source_arn: str | None, source_account: str | None
    ) -> FakeDecision:
        self.asked.append((function_arn, service, source_arn, source_account))
        return FakeDecision(self.allowed)


@dataclass(frozen=True)
class FakeInvocation:
    payload: Any
    error: Mapping[str, Any] | None = None
    function_error: str | None = None
    logs: tuple[str, ...] = ()
    duration_ms: float = 5.0
    init_ms: float | None = None
    environment: str = "env-1"
    cold: bool = False

    @property
    def slept_s(self) -> float:
        return self.duration_ms / 1000


@dataclass
class FakeFunctions:
    """Calls a Python function in place of a Lambda function."""

    handler: Callable[[dict[str, Any]], Any] = lambda event: {"statusCode": 200, "body": "hello"}
    events: list[dict[str, Any]] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)

    def invoke(
        self,
        function: str,
        payload: bytes,
        *,
        qualifier: str | None = None,
        trace: Trace | None = None,
        at: float | None = None,
        request_id: str | None = None,
    ) -> FakeInvocation:
        event = json.loads(payload)
        self.events.append(event)
        self.calls.append({"function": function, "qualifier": qualifier, "at": at})
        result = self.handler(event)
        return result if isinstance(result, FakeInvocation) else FakeInvocation(result)


def integration(function: str = FUNCTION, **more: Any) -> dict[str, Any]:
    """A method as the SAM translator writes it."""
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations"
    proxy = {"httpMethod": "POST", "type": "aws_proxy", "uri": uri, **more}
    return {"x-amazon-apigateway-integration": proxy, "responses": {}}


def api_body(*routes: str, **extensions: Any) -> dict[str, Any]:
    """An OpenAPI body with routes such as ``GET /hello`` or ``ANY /{proxy+}``."""
    paths: dict[str, Any] = {}
    for route in routes:
        verb, path = route.split(" ", 1)
        name = "x-amazon-apigateway-any-method" if verb == "ANY" else verb.lower()
        paths.setdefault(path, {})[name] = integration()
    return {"swagger": "2.0", "info": {"version": "1.0", "title": "app"}, "paths": paths, **extensions}


@dataclass
class World:
    """A gateway with an API deployed to the stage ``Prod``, and its neighbours."""

    gateway: Gateway
    functions: FakeFunctions
    permissions: FakePermissions
    traces: Traces
    clock: Clock
    api_id: str = ""

    def deploy(self, body: Mapping[str, Any], stage: Mapping[str, Any] | None = None, **options: Any) -> str:
        """Create an API and put it under ``Prod``."""
        options.setdefault("endpoint_types", ["REGIONAL"])
        self.api_id = self.gateway.create_rest_api("app", body, **options)
        deployment = self.gateway.create_deployment(self.api_id)
        self.gateway.put_stage(self.api_id, "Prod", deployment, **(stage or {}))
        return self.api_id

    def routes(self, *routes: str, **extensions: Any) -> str:
        """Deploy an API with routes such as ``GET /hello`` or ``ANY /{proxy+}``."""
        return self.deploy(api_body(*routes, **extensions))

    def answer(self, payload: Any = None, **more: Any) -> None:
        """Let the function return ``payload``; ``more`` says how the invocation went."""
        self.functions.handler = lambda event: FakeInvocation(payload, **more)

    @property
    def host(self) -> str:
        """The API's host."""
        return f"{self.api_id}.execute-api.us-east-1.amazonaws.com"

    def send(self, method: str, path: str, query: str = "", at: float | None = None, **more: Any) -> Response:
        """Send a request to the stage."""
        headers = tuple(more.pop("headers", ()))
        request = Request(method, "https", self.host, f"/Prod{path}", query, headers, **more)
        return self.gateway.handle(request, at)

    @property
    def trace(self) -> Trace:
        """The newest trace."""
        trace = self.traces.last()
        assert trace is not None
        return trace

    def gates(self) -> list[tuple[str, str]]:
        """Names and states of the newest trace's gates."""
        return [(gate.name, gate.status) for gate in self.trace.gates]


@pytest.fixture
def body():  # type: ignore[no-untyped-def]
    """Makes an OpenAPI body of routes."""
    return api_body


@pytest.fixture
def method():  # type: ignore[no-untyped-def]
    """Makes a method with a function behind it."""
    return integration


def make_world() -> World:
    """A new gateway without APIs."""
    clock, ids = Clock(), Ids(0)
    traces = Traces(clock)
    functions, permissions = FakeFunctions(), FakePermissions()
    gateway = Gateway(
        clock=clock,
        ids=ids,
        traces=traces,
        functions=functions,
        permissions=permissions,
        account_id=ACCOUNT,
        region="us-east-1",
    )
    return World(gateway, functions, permissions, traces, clock)


@pytest.fixture
def world() -> World:
    """A new gateway without APIs."""
    return make_world()


@pytest.fixture
def new_world():  # type: ignore[no-untyped-def]
    """Makes gateways without APIs."""
    return make_world
