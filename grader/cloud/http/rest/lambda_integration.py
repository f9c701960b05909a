"""A REST method's integration with a function: permission, invocation, time limit, and the judgement of its answer."""

from __future__ import annotations

from grader.cloud.door.response import Response
from grader.cloud.errors import CloudError, NotSupported
from grader.cloud.functions.errors import RequestTooLarge
from grader.cloud.http.callers import Callers
from grader.cloud.http.failure import Stopped
from grader.cloud.http.function_calls import FunctionCalls, with_stage_variables
from grader.cloud.http.integration_call import IntegrationCall
from grader.cloud.http.neighbours import Decision, Invocation
from grader.cloud.http.rest import gateway_responses as answers
from grader.cloud.http.rest.call import MethodCall
from grader.cloud.http.rest.proxy_event import proxy_event
from grader.cloud.http.rest.proxy_response import UndecodableBody, http_response, what_is_malformed

_FAILED = "Execution failed due to configuration error"


class LambdaIntegration:
    """Invokes methods' functions.

    Parameters
    ----------
    calls
        Invokes in API Gateway's name.
    callers
        Asks IAM, where an integration invokes in the caller's name.
    """

    def __init__(self, calls: FunctionCalls, callers: Callers) -> None:
        self._calls = calls
        self._callers = callers

    def run(self, call: MethodCall) -> Response:
        """Invoke the method's function and turn what it returns into an answer; raises ``Stopped``."""
        integration, passage = call.method.integration, call.passage
        assert integration is not None and integration.function is not None
        arn = with_stage_variables(integration.function, call.stage.variables)
        if integration.http_method != "POST":
            raise Stopped(
                answers.CONFIGURATION,
                "permission",
                f"The integration calls Lambda's API with {integration.http_method}; it takes POST only. Set "
                "IntegrationHttpMethod (httpMethod) to POST, whatever the method's own verb.",
            )
        self._check_permission(call, arn)
        event = proxy_event(call, self._calls.account_id)
        before, passage.endpoint = passage.waited, IntegrationCall(arn, event)
        try:
            invocation = self._calls.invoke(arn, event, passage, passage.trace)
        except NotSupported:
            raise
        except RequestTooLarge as refusal:
            raise Stopped(answers.REQUEST_TOO_LARGE, "size", f"{refusal.what}. Upload to S3 instead.") from refusal
        except CloudError as refusal:
            # Lambda refused to run it: no such function, or no free concurrency. API Gateway says 500.
            gate = "environment" if passage.trace.first_broken is None else None
            raise Stopped(answers.CONFIGURATION, gate, refusal.what) from refusal
        passage.endpoint = IntegrationCall(arn, event, invocation)
        passage.environment, passage.cold = invocation.environment, invocation.cold
        took, allowed = passage.waited - before, integration.timeout_ms / 1000
        passage.integration_s = min(took, allowed)
        if took > allowed:
            passage.waited = before + allowed
            raise Stopped(
                answers.INTEGRATION_TIMEOUT, "response",
                f"The function took {took:.1f} s; API Gateway waits {allowed:g} s for an answer. Answer 202 and "
                "work on asynchronously.", "Execution failed due to a timeout error",
            )  # fmt: skip
        return _response(call, invocation)

    def _check_permission(self, call: MethodCall, arn: str) -> None:
        passage, integration = call.passage, call.method.integration
        if integration is not None and integration.credentials:
            decision: Decision = self._callers.decide(passage.caller, "lambda:InvokeFunction", arn, passage.request)
            who = "the caller, as whom the integration invokes,"
        else:
            resource = f"{call.api.id}/{call.stage.name}/{call.verb}{call.match.resource.path}"
            decision = self._calls.permitted(arn, self._calls.source_arn(resource))
            who = "API Gateway"
        if not decision.allowed:
            why = f"{who} may not invoke {arn}: {decision.reason}"
            raise Stopped(
                answers.CONFIGURATION, "permission", why, f"{_FAILED}: Invalid permissions on Lambda function"
            )
        passage.trace.passed("permission", f"{who} may invoke the function")


def _response(call: MethodCall, invocation: Invocation) -> Response:
    trace = call.passage.trace
    if invocation.function_error:
        raise Stopped(answers.MALFORMED)
    if wrong := what_is_malformed(invocation.payload):
        words = "Malformed Lambda proxy response"
        raise Stopped(answers.MALFORMED, "response", f"{words}. {wrong}", f"{_FAILED}: {words}")
    try:
        response = http_response(invocation.payload, call)
    except UndecodableBody as fault:
        raise Stopped(answers.CONFIGURATION, "response", f"isBase64Encoded is true: {fault}") from fault
    trace.passed("response", f"{response.status}, {len(response.body):,} bytes")
    return response
