"""A route's function: permission, invocation, time limit, and the judgement of its answer."""

from __future__ import annotations

from grader.cloud.door.response import Response
from grader.cloud.errors import CloudError, NotSupported
from grader.cloud.functions.errors import RequestTooLarge
from grader.cloud.http.failure import Failure, Stopped
from grader.cloud.http.function_calls import FunctionCalls, with_stage_variables
from grader.cloud.http.http_api import answers
from grader.cloud.http.http_api.call import RouteCall
from grader.cloud.http.http_api.events import proxy_event_v1, proxy_event_v2
from grader.cloud.http.http_api.response_v1 import response_v1
from grader.cloud.http.http_api.routes import HttpIntegration
from grader.cloud.http.neighbours import Invocation
from grader.cloud.http.response_v2 import Malformed, response_of

PLAIN = "text/plain; charset=utf-8"


class RouteIntegration:
    """Invokes routes' functions."""

    def __init__(self, calls: FunctionCalls) -> None:
        self._calls = calls

    def run(self, call: RouteCall) -> Response:
        """Invoke the route's function and turn what it returns into an answer; raises ``Stopped``."""
        integration, passage = call.route.integration, call.passage
        if integration is None:
            raise Stopped(answers.FAILED, "permission", f"The route {call.route.key} has no integration.")
        arn = with_stage_variables(integration.function, call.stage.variables)
        self._check_permission(call, arn)
        make = proxy_event_v1 if integration.payload == "1.0" else proxy_event_v2
        before = passage.waited
        try:
            invocation = self._calls.invoke(arn, make(call, self._calls.account_id), passage, passage.trace)
        except NotSupported:
            raise
        except RequestTooLarge as refusal:
            raise Stopped(answers.TOO_LARGE, "size", f"{refusal.what}. Upload to S3 instead.") from refusal
        except CloudError as refusal:
            gate = "environment" if passage.trace.first_broken is None else None
            raise Stopped(_refused(refusal), gate, refusal.what) from refusal
        passage.environment, passage.cold = invocation.environment, invocation.cold
        took, allowed = passage.waited - before, integration.timeout_ms / 1000
        passage.integration_s = min(took, allowed)
        if took > allowed:
            passage.waited = before + allowed
            raise Stopped(
                answers.UNAVAILABLE, "response",
                f"The function took {took:.1f} s; the HTTP API waits {allowed:g} s for an answer. Answer 202 and work "
                "on asynchronously.",
            )  # fmt: skip
        return _response(call, integration, invocation)

    def _check_permission(self, call: RouteCall, arn: str) -> None:
        key = call.route.key
        resource = key if key == "$default" else f"{call.verb}{call.route.path}"
        decision = self._calls.permitted(arn, self._calls.source_arn(f"{call.api.id}/{call.stage.name}/{resource}"))
        if not decision.allowed:
            call.passage.noted["integrationErrorMessage"] = (
                "The IAM role configured on the integration or API Gateway doesn't have permissions to call the "
                "integration. Check the permissions and try again."
            )
            raise Stopped(answers.FAILED, "permission", f"API Gateway may not invoke {arn}: {decision.reason}")
        call.passage.trace.passed("permission", "API Gateway may invoke the function")


def _refused(refusal: CloudError) -> Failure:
    """Lambda did not run it: throttled is 503, everything else 500."""
    return answers.UNAVAILABLE if getattr(refusal, "status", 500) == 429 else answers.FAILED


def _response(call: RouteCall, integration: HttpIntegration, invocation: Invocation) -> Response:
    passage = call.passage
    if invocation.function_error:
        error = invocation.error or {}
        passage.noted["integrationErrorMessage"] = str(error.get("errorMessage", ""))
        raise Stopped(answers.FAILED)
    try:
        if integration.payload == "1.0":
            response = response_v1(invocation.payload)
        else:
            response = response_of(invocation.payload, invocation.content, PLAIN)
    except Malformed as wrong:
        passage.noted["integrationErrorMessage"] = "The response from the Lambda function doesn't match the format."
        raise Stopped(answers.FAILED, "response", f"Malformed Lambda response. {wrong}") from wrong
    passage.trace.passed("response", f"{response.status}, {len(response.body):,} bytes")
    return response
