"""``TestInvokeMethod``: the console's Test.

A method is tried as it is defined now, deployed or not, past authorizer, key and throttle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from grader.cloud.clock import Clock
from grader.cloud.door.request import Request
from grader.cloud.door.response import Response
from grader.cloud.http.errors import not_found
from grader.cloud.http.failure import Stopped
from grader.cloud.http.passage import Passage, RequestIds
from grader.cloud.http.rest.apis import RestApi
from grader.cloud.http.rest.call import MethodCall
from grader.cloud.http.rest.definition import Definition
from grader.cloud.http.rest.execution_log import cut, execution_lines
from grader.cloud.http.rest.gateway import RestGateway
from grader.cloud.http.rest.parts import resource_of
from grader.cloud.http.rest.resources import Match, Resource, match_route
from grader.cloud.http.rest.stages import Deployment, Stage, StageSettings
from grader.cloud.ids import Ids
from grader.cloud.traces import Traces

STAGE, SOURCE = "test-invoke-stage", "test-invoke-source-ip"


@dataclass(frozen=True)
class Trial:
    """How a test went: the answer, the execution log's text, and the latency in milliseconds."""

    response: Response
    log: str
    latency_ms: int


class Trials:
    """Tries methods.

    Parameters
    ----------
    gateway
        Has what stands behind the methods.
    """

    def __init__(self, gateway: RestGateway, clock: Clock, ids: Ids, traces: Traces) -> None:
        self._gateway, self._clock, self._ids, self._traces = gateway, clock, ids, traces

    def run(
        self,
        api: RestApi,
        resource_id: str,
        verb: str,
        path: str | None = None,
        headers: Mapping[str, Any] | None = None,
        body: str = "",
        variables: Mapping[str, str] | None = None,
    ) -> Trial:
        """Try one method.

        Parameters
        ----------
        path
            Path and query; the resource's own path when there is none.

        Raises
        ------
        GatewayRefusal
            When the resource or the method is not there.
        """
        call = self._call(api, resource_id, verb, path, headers or {}, body, variables or {})
        passage, end = call.passage, None
        try:
            answer = self._gateway.try_out(call)
            response = Response(answer.status, (*answer.headers, ("X-Amzn-Trace-Id", passage.ids.trace)), answer.body)
        except Stopped as stopped:
            end, answer = stopped, self._gateway.failed(passage, call.stage, stopped)
            error = ("x-amzn-ErrorType", stopped.failure.error_type)
            response = Response(answer.status, (*answer.headers, error), answer.body)
        passage.trace.title = f"{passage.trace.title} → {response.status}"
        return Trial(response, _log(call, end, response), round(passage.waited * 1000))

    def _call(
        self,
        api: RestApi,
        resource_id: str,
        verb: str,
        path: str | None,
        headers: Mapping[str, Any],
        body: str,
        variables: Mapping[str, str],
    ) -> MethodCall:
        resource = resource_of(api, resource_id)
        definition = api.definition.resolved()
        resource = definition.resources[resource.path]
        method = resource.methods.get(verb) or resource.methods.get("ANY")
        if method is None:
            raise not_found("Invalid Method identifier specified")
        parts = urlsplit(path or resource.path)
        pairs = tuple((name, str(one)) for name, value in headers.items() for one in _listed(value))
        host = f"{api.id}.execute-api.{self._gateway.region}.amazonaws.com"
        request = Request(
            verb if verb != "ANY" else "GET",
            "https",
            host,
            f"/{STAGE}{parts.path}",
            parts.query,
            pairs,
            body.encode(),
            SOURCE,
        )
        now = self._clock.timestamp()
        trace = self._traces.start("test", f"{verb} {path or resource.path}")
        passage = Passage(request, RequestIds.draw(self._ids, now), trace, now)
        stage = Stage(STAGE, Deployment("", definition, now), StageSettings(variables=variables))
        found = Match(resource, method, _parameters(definition, resource, verb, parts.path))
        return MethodCall(passage, api, stage, parts.path, found, test=True)


def _parameters(definition: Definition, resource: Resource, verb: str, path: str) -> Mapping[str, str]:
    """The path's parameters; none when it is not a path of this resource."""
    ways = {name: one for name, one in definition.resources.items() if resource.path.startswith(name.rstrip("/"))}
    met = match_route(ways, verb, path)
    return met.parameters if met is not None and met.resource is resource else {}


def _log(call: MethodCall, end: Stopped | None, response: Response) -> str:
    """The execution log's text; only what went to the function is cut."""
    stamp = datetime.fromtimestamp(call.passage.at, UTC).strftime("%a %b %d %H:%M:%S UTC %Y")
    lines = [
        f"{stamp} : {cut(line) if line.startswith('Endpoint request') else line}"
        for line in execution_lines(call, end, response, with_data=True)
    ]
    return "\n".join([f"Execution log for request {call.passage.ids.request}", *lines, ""])


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
