"""The integration with a function: permission, invocation, time limit, and the judgement of its answer."""

from __future__ import annotations

import json
import re

from grader.cloud.errors import CloudError, NotSupported
from grader.cloud.http import gateway_responses as answers
from grader.cloud.http.arrival import Arrival
from grader.cloud.http.gateway_responses import Failure
from grader.cloud.http.neighbours import Functions, Invocation, Permissions
from grader.cloud.http.outcome import Outcome
from grader.cloud.http.proxy_event import proxy_event
from grader.cloud.http.proxy_response import UndecodableBody, http_response, what_is_malformed
from grader.cloud.ids import Ids
from grader.cloud.traces import Trace

_STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.(\w+)\}")


class LambdaIntegration:
    """Invokes functions for the gateway.

    Parameters
    ----------
    functions
        Invokes functions.
    permissions
        Decides whether API Gateway may invoke one.
    """

    def __init__(self, functions: Functions, permissions: Permissions, ids: Ids, account_id: str, region: str) -> None:
        self._functions = functions
        self._permissions = permissions
        self._ids = ids
        self._account_id = account_id
        self._region = region

    def run(self, arrival: Arrival, trace: Trace, overlapping: bool) -> Outcome:
        """Invoke the method's function and turn what it returns into an answer."""
        arn = _function_arn(arrival)
        if not self._permitted(arrival, arn, trace):
            return Outcome(answers.CONFIGURATION, arrival, arrival.stage)
        try:
            invocation = self._invoke(arrival, arn, trace, overlapping)
        except NotSupported:
            raise
        except CloudError as refusal:
            # Lambda refused to run it: no such function, or no free concurrency. API Gateway says 500.
            if trace.first_broken is None:
                trace.broken("environment", refusal.what)
            return Outcome(answers.CONFIGURATION, arrival, arrival.stage)
        _name_gates(trace, invocation)
        return _outcome(arrival, invocation, trace, overlapping)

    def _permitted(self, arrival: Arrival, arn: str, trace: Trace) -> bool:
        decision = self._permissions.service_may_invoke(
            arn,
            service="apigateway.amazonaws.com",
            source_arn=self.source_arn(arrival),
            source_account=self._account_id,
        )
        if decision.allowed:
            trace.passed("permission", "API Gateway may invoke the function")
        else:
            trace.broken("permission", f"API Gateway may not invoke {arn}: {decision.reason}")
        return decision.allowed

    def source_arn(self, arrival: Arrival) -> str:
        """The ARN under which the gateway invokes: API, stage, verb and resource path."""
        resource = f"{arrival.api.id}/{arrival.stage.name}/{arrival.request.method}{arrival.match.resource.path}"
        return f"arn:aws:execute-api:{self._region}:{self._account_id}:{resource}"

    def _invoke(self, arrival: Arrival, arn: str, trace: Trace, overlapping: bool) -> Invocation:
        event = proxy_event(arrival, self._account_id, self._ids)
        parts = arn.split(":")
        return self._functions.invoke(
            ":".join(parts[:7]),
            json.dumps(event).encode(),
            qualifier=parts[7] if len(parts) > 7 else None,
            trace=trace,
            at=arrival.at if overlapping else None,
        )


def _function_arn(arrival: Arrival) -> str:
    integration = arrival.match.method.integration
    assert integration is not None and integration.function is not None
    variables = arrival.stage.variables
    return _STAGE_VARIABLE.sub(lambda found: variables.get(found[1], ""), integration.function)


def _name_gates(trace: Trace, invocation: Invocation) -> None:
    """Note environment and handler, unless the function service has done so."""
    named = {gate.name for step in trace.walk() for gate in step.gates}
    if "environment" not in named:
        trace.passed("environment", f"{invocation.environment} ({'cold' if invocation.cold else 'warm'})")
    if "handler" not in named:
        if invocation.function_error:
            error = invocation.error or {}
            trace.broken("handler", f"{error.get('errorType', 'Error')}: {error.get('errorMessage', '')}")
        else:
            trace.passed("handler", f"{invocation.duration_ms:.0f} ms")


def _outcome(arrival: Arrival, invocation: Invocation, trace: Trace, overlapping: bool) -> Outcome:
    integration = arrival.match.method.integration
    assert integration is not None
    allowed = integration.timeout_ms / 1000
    took = invocation.slept_s if overlapping else (invocation.duration_ms + (invocation.init_ms or 0.0)) / 1000

    def ended(result: Failure, latency: float = took) -> Outcome:
        return Outcome(result, arrival, arrival.stage, latency, invocation.environment, invocation.cold)

    if took > allowed:
        trace.broken("response", f"The function took {took:.1f} s; API Gateway waits {allowed:g} s for an answer.")
        return ended(answers.INTEGRATION_TIMEOUT, allowed)
    if invocation.function_error:
        return ended(answers.MALFORMED)
    if wrong := what_is_malformed(invocation.payload):
        trace.broken("response", f"Malformed Lambda proxy response. {wrong}")
        return ended(answers.MALFORMED)
    try:
        response = http_response(invocation.payload, arrival)
    except UndecodableBody as fault:
        trace.broken("response", f"isBase64Encoded is true: {fault}")
        return ended(answers.CONFIGURATION)
    trace.passed("response", f"{response.status}, {len(response.body):,} bytes")
    return Outcome(response, arrival, arrival.stage, took, invocation.environment, invocation.cold)
