"""API Gateway's REST APIs: definitions become deployments and stages, and requests pass their gates to a function.

A request passes, in this order: *route* (API, stage, resource, method) → *throttle* → *permission* (may API Gateway
invoke the function?) → *environment* → *handler* → *response* (is the answer well formed?). The first gate that breaks
decides the answer, and is named in the request's trace.
"""

from __future__ import annotations

import json
import re
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.cloud.clock import Clock
from grader.cloud.door.request import Request
from grader.cloud.door.response import Response
from grader.cloud.http import gateway_responses as answers
from grader.cloud.http.apis import RestApi, RestApis, Stage
from grader.cloud.http.arrival import Arrival, RequestIds
from grader.cloud.http.edge import edge_answer_headers
from grader.cloud.http.function_urls import refuse_function_url
from grader.cloud.http.gateway_responses import Failure, render_failure
from grader.cloud.http.lambda_integration import LambdaIntegration
from grader.cloud.http.mock_integration import mock_response
from grader.cloud.http.neighbours import Functions, Permissions
from grader.cloud.http.outcome import Outcome
from grader.cloud.http.resources import match_route
from grader.cloud.ids import Ids
from grader.cloud.traces import Trace, Traces

HOST = re.compile(r"(?P<api>[a-z0-9]+)\.execute-api\.(?P<region>[a-z0-9-]+)\.amazonaws\.com")
LONGEST_BODY = 10 * 1024 * 1024
REMEMBERED = 1000


@dataclass(frozen=True)
class Exchange:
    """What is known of a request after its answer.

    Attributes
    ----------
    at
        When it arrived, seconds since 1970.
    latency
        Seconds until the answer, INIT included.
    environment
        The execution environment that served it; None when no function ran.
    cold
        Whether that environment was started for it.
    """

    trace: Trace
    at: float
    latency: float
    environment: str | None
    cold: bool | None


class Gateway:
    """Answers for ``https://<api>.execute-api.<region>.amazonaws.com/<stage>/…``.

    Parameters
    ----------
    clock, ids, traces
        The cloud's time, identifiers and paths.
    functions
        Invokes functions.
    permissions
        Decides whether ``apigateway.amazonaws.com`` may invoke a function.
    account_id, region
        Whose APIs these are, and where.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        ids: Ids,
        traces: Traces,
        functions: Functions,
        permissions: Permissions,
        account_id: str,
        region: str,
    ) -> None:
        self.apis = RestApis(clock, ids)
        self.region = region
        self._clock = clock
        self._ids = ids
        self._traces = traces
        self._lambda = LambdaIntegration(functions, permissions, ids, account_id, region)
        self._exchanges: OrderedDict[str, Exchange] = OrderedDict()
        self._lock = threading.Lock()

    def create_rest_api(
        self,
        name: str,
        body: Mapping[str, Any],
        *,
        endpoint_types: Sequence[str] = ("EDGE",),
        binary_media_types: Sequence[str] = (),
        gateway_responses: Mapping[str, Any] | None = None,
    ) -> str:
        """Import an OpenAPI document as a new API and return its id.

        Parameters
        ----------
        name
            The API's name; empty for the document's title.
        body
            Swagger 2.0 or OpenAPI 3 with ``x-amazon-apigateway-integration``; intrinsic functions are resolved.
        endpoint_types
            ``["EDGE"]`` (AWS's default) or ``["REGIONAL"]``.

        Raises
        ------
        GatewayRefusal
            In API Gateway's words, for example when two path variables are siblings.
        NotSupported
            For features that are not imitated.
        """
        return self.apis.create(name, body, endpoint_types, binary_media_types, gateway_responses).id

    def update_rest_api(
        self,
        api_id: str,
        body: Mapping[str, Any],
        *,
        name: str | None = None,
        endpoint_types: Sequence[str] = ("EDGE",),
        binary_media_types: Sequence[str] = (),
        gateway_responses: Mapping[str, Any] | None = None,
    ) -> None:
        """Overwrite an API's definition; what its stages serve does not change before they are deployed again."""
        self.apis.update(api_id, name, body, endpoint_types, binary_media_types, gateway_responses)

    def delete_rest_api(self, api_id: str) -> None:
        """Delete an API with all its stages."""
        self.apis.delete(api_id)

    def root_resource_id(self, api_id: str) -> str:
        """The id of ``/``: ``!GetAtt Api.RootResourceId``."""
        return self.apis.get(api_id).definition.resources["/"].id

    def create_deployment(self, api_id: str, *, description: str = "", stage_name: str | None = None) -> str:
        """Take a snapshot of an API's definition, put it under ``stage_name`` if one is given, and return its id."""
        deployment = self.apis.deploy(api_id, description)
        if stage_name is not None:
            self.apis.put_stage(api_id, stage_name, deployment.id, {}, (), False)
        return deployment.id

    def delete_deployment(self, api_id: str, deployment_id: str) -> None:
        """Delete a snapshot that no stage serves."""
        self.apis.delete_deployment(api_id, deployment_id)

    def put_stage(
        self,
        api_id: str,
        stage_name: str,
        deployment_id: str,
        *,
        variables: Mapping[str, str] | None = None,
        method_settings: Sequence[Mapping[str, Any]] = (),
        tracing: bool = False,
    ) -> None:
        """Create a stage or replace its deployment and settings.

        Parameters
        ----------
        method_settings
            As CloudFormation writes them: ``HttpMethod``, ``ResourcePath``, ``ThrottlingRateLimit`` (requests a
            second), ``ThrottlingBurstLimit`` (requests).
        """
        self.apis.put_stage(api_id, stage_name, deployment_id, variables or {}, method_settings, tracing)

    def delete_stage(self, api_id: str, stage_name: str) -> None:
        """Delete a stage; its address then answers 403."""
        self.apis.delete_stage(api_id, stage_name)

    def url(self, api_id: str, stage_name: str) -> str:
        """The address of a stage."""
        return f"https://{api_id}.execute-api.{self.region}.amazonaws.com/{stage_name}"

    def serves(self, host: str) -> bool:
        """True for the hosts whose requests belong to the gateway."""
        name = host.split(":")[0].lower()
        return HOST.fullmatch(name) is not None or ".lambda-url." in name

    def exchange(self, request_id: str) -> Exchange | None:
        """What is known of an answered request, by its ``x-amzn-RequestId``; the last thousand are remembered."""
        return self._exchanges.get(request_id)

    def handle(self, request: Request, at: float | None = None) -> Response:
        """Answer a request.

        Parameters
        ----------
        at
            When it arrives, seconds since 1970; None for now. A burst lets requests arrive while others still run.
        """
        host = request.host.split(":")[0].lower()
        if ".lambda-url." in host:
            refuse_function_url(host)
        now = self._clock.timestamp() if at is None else at
        ids = RequestIds.draw(self._ids, now)
        trace = self._traces.start("request", f"{request.method} {request.path}")
        api = self._api(host)
        outcome = self._pass(request, api, ids, trace, now, overlapping=at is not None)
        response = self._answer(outcome, api, ids, trace, request)
        self._remember(ids.request, Exchange(trace, now, outcome.latency, outcome.environment, outcome.cold))
        return response

    def _api(self, host: str) -> RestApi | None:
        found = HOST.fullmatch(host)
        return self.apis.find(found["api"]) if found and found["region"] == self.region else None

    def _pass(
        self, request: Request, api: RestApi | None, ids: RequestIds, trace: Trace, now: float, overlapping: bool
    ) -> Outcome:
        """Lead a request through its gates."""
        stage_name, _, rest = request.path.lstrip("/").partition("/")
        stage = api.stages.get(stage_name) if api else None
        if api is None or stage is None:
            trace.broken("route", _no_stage(api, stage_name, request.host))
            return Outcome(answers.FORBIDDEN)
        match = match_route(stage.definition.resources, request.method, f"/{rest}")
        if match is None:
            trace.broken("route", _no_method(stage, request.method, f"/{rest}"))
            return Outcome(answers.MISSING_AUTHENTICATION_TOKEN, stage=stage)
        trace.passed("route", f"{match.method.verb} {match.resource.path} of stage {stage.name}")
        arrival = Arrival(request, api, stage, f"/{rest}", match, ids, now)
        if len(request.body) > LONGEST_BODY:
            trace.broken("size", f"The body has {len(request.body):,} bytes; API Gateway takes {LONGEST_BODY:,}.")
            return Outcome(answers.REQUEST_TOO_LARGE, arrival=arrival, stage=stage)
        if not self._admits(arrival, trace):
            return Outcome(answers.THROTTLED, arrival=arrival, stage=stage)
        integration = match.method.integration
        if integration is not None and integration.type == "MOCK":
            trace.passed("response", "made by API Gateway itself (mock integration)")
            return Outcome(mock_response(integration), arrival=arrival, stage=stage)
        return self._lambda.run(arrival, trace, overlapping)

    def _admits(self, arrival: Arrival, trace: Trace) -> bool:
        path, verb = arrival.match.resource.path, arrival.match.method.verb
        with self._lock:
            admitted = arrival.stage.throttle.admits(path, verb, arrival.at)
        limit = arrival.stage.throttle.limit(path, verb)
        words = "no limit set for the stage" if limit is None else f"{limit.rate:g} a second, bursts of {limit.burst}"
        if admitted:
            trace.passed("throttle", words)
        else:
            trace.broken("throttle", f"More requests than the method admits: {words}.")
        return admitted

    def _answer(
        self, outcome: Outcome, api: RestApi | None, ids: RequestIds, trace: Trace, request: Request
    ) -> Response:
        """Put the gateway's own headers on an answer, or make the answer for a broken gate."""
        own = [("x-amzn-RequestId", ids.request), ("x-amz-apigw-id", ids.extended)]
        if isinstance(outcome.result, Failure):
            response = self._failure(outcome, outcome.result, ids, request)
            own.append(("x-amzn-ErrorType", outcome.result.error_type))
        else:
            response = outcome.result
            own.append(("X-Amzn-Trace-Id", ids.trace))
        trace.title = f"{trace.title} → {response.status}"
        edge = edge_answer_headers(self._ids) if api is not None and api.endpoint_type == "EDGE" else []
        length = ("Content-Length", str(len(response.body)))
        return Response(response.status, (*response.headers, length, *own, *edge), response.body)

    def _failure(self, outcome: Outcome, failure: Failure, ids: RequestIds, request: Request) -> Response:
        own = outcome.stage.definition.gateway_responses if outcome.stage else {}
        context = {
            "requestId": ids.request,
            "extendedRequestId": ids.extended,
            "httpMethod": request.method,
            "path": request.path,
            "stage": outcome.stage.name if outcome.stage else "",
            "identity.sourceIp": request.source_ip,
        }
        status, headers, body = render_failure(failure, own, context)
        return Response(status, tuple(headers.items()), body.encode())

    def _remember(self, request_id: str, exchange: Exchange) -> None:
        with self._lock:
            self._exchanges[request_id] = exchange
            while len(self._exchanges) > REMEMBERED:
                self._exchanges.popitem(last=False)


def _no_stage(api: RestApi | None, stage_name: str, host: str) -> str:
    if api is None:
        return f"No API has the host {host}."
    stages = ", ".join(sorted(api.stages)) or "none"
    return f"The API has no stage {stage_name!r}; its stages: {stages}. Names are case-sensitive."


def _no_method(stage: Stage, verb: str, path: str) -> str:
    known = [
        f"{method} {resource.path}" for resource in stage.definition.resources.values() for method in resource.methods
    ]
    return f"No method {verb} {path}; the stage has {json.dumps(', '.join(sorted(known)), ensure_ascii=False)[1:-1]}."
