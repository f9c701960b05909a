"""Stand-ins for the gateway's neighbours, and a gateway that knows a small API."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import botocore.auth
import pytest

from grader.cloud.clock import Clock
from grader.cloud.door.request import Request
from grader.cloud.door.response import Response
from grader.cloud.door.verifier import Verifier
from grader.cloud.functions.errors import FunctionNotFound
from grader.cloud.http.gateway import Gateway
from grader.cloud.http.http_api.apis import StageSettings as HttpStageSettings
from grader.cloud.http.rest.stages import StageSettings
from grader.cloud.iam.authorization import Authorization
from grader.cloud.iam.identity import Identity
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
    request_id: str = "lambda-request"
    version: str = "$LATEST"

    @property
    def content(self) -> bytes:
        return json.dumps(self.payload if self.error is None else self.error).encode()

    @property
    def slept_s(self) -> float:
        return self.duration_ms / 1000


@dataclass
class FakeFunctions:
    """Calls a Python function in place of a Lambda function."""

    handler: Callable[[dict[str, Any]], Any] = lambda event: {"statusCode": 200, "body": "hello"}
    others: dict[str, Callable[[dict[str, Any]], Any]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    request_ids: list[str | None] = field(default_factory=list)

    def named(self, function: str, qualifier: str | None) -> tuple[str, str]:
        if function not in ("hello", FUNCTION):
            raise FunctionNotFound(function)
        return "hello", f"{FUNCTION}:{qualifier}" if qualifier else FUNCTION

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
        other = self.others.get(function.rpartition(":")[2])
        if other is None:
            self.events.append(event)
            self.calls.append({"function": function, "qualifier": qualifier, "at": at})
            self.request_ids.append(request_id)
        result = (other or self.handler)(event)
        return result if isinstance(result, FakeInvocation) else FakeInvocation(result)


@dataclass
class FakeRecords:
    """Keeps metrics and log lines as they come."""

    metrics: list[tuple[str, dict[str, float], list[Any]]] = field(default_factory=list)
    lines: list[tuple[str, str, str]] = field(default_factory=list)

    def record_all(
        self, namespace: str, values: Mapping[str, float], dimension_sets: Any, at: float, units: Any = None
    ) -> None:
        self.metrics.append((namespace, dict(values), list(dimension_sets)))

    def write(self, group: str, stream: str, at: float, lines: Any) -> None:
        self.lines += [(group, stream, line) for line in lines]


class BareAccount:
    """An account in which IAM knows nobody but the developer and those with policies of their own."""

    account_id = ACCOUNT
    lock = nullcontext()

    def __init__(self) -> None:
        self.policy = SimpleNamespace(statements=[])

    def backend(self, service: str) -> Any:
        return SimpleNamespace(
            roles={},
            users={},
            groups={},
            access_keys={},
            managed_policies={},
            _lambdas=SimpleNamespace(
                _functions={"hello": {"latest": SimpleNamespace(policy=self.policy), "versions": []}}
            ),
        )


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


def http_body(*routes: str, payload: str = "2.0", **extensions: Any) -> dict[str, Any]:
    """An OpenAPI 3 body of an HTTP API, as the SAM translator writes it."""
    paths: dict[str, Any] = {}
    for route in routes:
        verb, _, path = route.partition(" ")
        name = "x-amazon-apigateway-any-method" if verb in ("ANY", "$default") else verb.lower()
        paths.setdefault(path or "$default", {})[name] = integration(payloadFormatVersion=payload)
    return {"openapi": "3.0.1", "info": {"version": "1.0", "title": "app"}, "paths": paths, **extensions}


@dataclass
class World:
    """A gateway with an API deployed to the stage ``Prod``, and its neighbours."""

    gateway: Gateway
    functions: FakeFunctions
    permissions: FakePermissions
    traces: Traces
    clock: Clock
    identity: Identity
    records: FakeRecords
    account: BareAccount
    api_id: str = ""

    def deploy(self, body: Mapping[str, Any], stage: Mapping[str, Any] | None = None, **options: Any) -> str:
        """Create an API and put it under ``Prod``."""
        options.setdefault("endpoint_types", ["REGIONAL"])
        self.api_id = self.gateway.apis.create("app", body, **options).id
        self.redeploy(**(stage or {}))
        return self.api_id

    def redeploy(self, **settings: Any) -> None:
        """Put the API as it is now under ``Prod``."""
        deployment = self.gateway.apis.deploy(self.api_id)
        self.gateway.apis.put_stage(self.api_id, "Prod", deployment.id, StageSettings(**settings))

    def routes(self, *routes: str, **extensions: Any) -> str:
        """Deploy an API with routes such as ``GET /hello`` or ``ANY /{proxy+}``."""
        return self.deploy(api_body(*routes, **extensions))

    def http_api(
        self, *routes: str, stage: str = "$default", settings: Mapping[str, Any] | None = None, **options: Any
    ) -> str:
        """Create an HTTP API with routes such as ``GET /hello`` or ``$default`` and a stage that deploys by itself."""
        body = options.pop("body", None) or http_body(*routes)
        self.api_id = self.gateway.http_apis.create("app", body, **options).id
        chosen = HttpStageSettings(**{"auto_deploy": True, **(settings or {})})
        self.gateway.http_apis.put_stage(self.api_id, stage, chosen)
        return self.api_id

    def ask(self, method: str, path: str, query: str = "", at: float | None = None, **more: Any) -> Response:
        """Send a request to the HTTP API, the path as it is."""
        sent = more.pop("headers", ())
        headers = tuple(sent.items() if isinstance(sent, dict) else sent)
        return self.gateway.handle(Request(method, "https", self.host, path, query, headers, **more), at)

    def answer(self, payload: Any = None, **more: Any) -> None:
        """Let the function return ``payload``; ``more`` says how the invocation went."""
        self.functions.handler = lambda event: FakeInvocation(payload, **more)

    def policy(self, *statements: dict[str, Any]) -> None:
        """Give the function ``hello`` a resource policy."""
        self.account.policy.statements = list(statements)

    def failed(self, kind: str, message: str) -> FakeInvocation:
        """An invocation whose handler raised."""
        return FakeInvocation(None, {"errorType": kind, "errorMessage": message}, "Unhandled")

    @property
    def host(self) -> str:
        """The API's host."""
        return f"{self.api_id}.execute-api.us-east-1.amazonaws.com"

    def send(self, method: str, path: str, query: str = "", at: float | None = None, **more: Any) -> Response:
        """Send a request to the stage."""
        sent = more.pop("headers", ())
        headers = tuple(sent.items() if isinstance(sent, dict) else sent)
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
def http():  # type: ignore[no-untyped-def]
    """Makes an OpenAPI body of an HTTP API's routes."""
    return http_body


@pytest.fixture
def method():  # type: ignore[no-untyped-def]
    """Makes a method with a function behind it."""
    return integration


def make_world() -> World:
    """A new gateway without APIs."""
    clock, ids = Clock(), Ids(0)
    traces = Traces(clock)
    functions, permissions = FakeFunctions(), FakePermissions()
    account = BareAccount()
    identity = Identity(clock, ids, account)
    records = FakeRecords()
    gateway = Gateway(
        clock=clock,
        ids=ids,
        traces=traces,
        functions=functions,
        permissions=permissions,
        verifier=Verifier(identity, clock),
        authorization=Authorization(account, clock),
        account_id=ACCOUNT,
        region="us-east-1",
        metrics=records,
        logs=records,
    )
    return World(gateway, functions, permissions, traces, clock, identity, records, account)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A new gateway without APIs."""
    world = make_world()
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: world.clock.now().replace(tzinfo=None))
    return world


@pytest.fixture
def new_world():  # type: ignore[no-untyped-def]
    """Makes gateways without APIs."""
    return make_world
