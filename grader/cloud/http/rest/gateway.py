"""REST APIs: a request passes its gates to a function, and the first gate that breaks decides the answer.

The gates, in this order: *route* (API, stage, resource, method) → *size* → *policy* and *authorizer* (resource policy,
IAM, Lambda authorizer) → *api key* (and its usage plan) → *throttle* (method, account) → *validation* → *permission*
(may API Gateway invoke the function?) → *environment* → *handler* → *response* (is the answer well formed, in time?).
"""

from __future__ import annotations

import json

from grader.cloud.door.response import Response
from grader.cloud.http.callers import error_type, not_a_signature
from grader.cloud.http.edge import edge_answer_headers, edge_headers
from grader.cloud.http.failure import Failure, Stopped
from grader.cloud.http.passage import Passage
from grader.cloud.http.rest import gateway_responses as answers
from grader.cloud.http.rest.access import Access
from grader.cloud.http.rest.apis import RestApi
from grader.cloud.http.rest.call import MethodCall
from grader.cloud.http.rest.gateway_responses import render_failure
from grader.cloud.http.rest.lambda_integration import LambdaIntegration
from grader.cloud.http.rest.mock_integration import mock_response
from grader.cloud.http.rest.records import record
from grader.cloud.http.rest.resources import match_route
from grader.cloud.http.rest.stages import Stage
from grader.cloud.http.rest.usage_plans import Quota, UsagePlans
from grader.cloud.http.services import Services

LONGEST_BODY = 10 * 1024 * 1024


class RestGateway:
    """Answers for ``https://<api>.execute-api.<region>.amazonaws.com/<stage>/…``.

    Parameters
    ----------
    services
        What all kinds of APIs share: functions, authorizers, signatures, the account's own throttle.
    plans
        API keys and usage plans.
    """

    def __init__(self, services: Services, plans: UsagePlans) -> None:
        self._services = services
        self._plans = plans
        self._access = Access(services.callers, services.authorizers, services.calls)
        self._lambda = LambdaIntegration(services.calls, services.callers)

    @property
    def region(self) -> str:
        """Where its APIs are."""
        return self._services.calls.region

    def answer(self, passage: Passage, api: RestApi | None) -> Response:
        """Answer a request to an API's host; None stands for an API that does not exist."""
        stage_name, _, rest = passage.request.path.lstrip("/").partition("/")
        stage = api.stages.get(stage_name) if api else None
        call, end = None, None
        try:
            call = self._route(passage, api, stage, f"/{rest}")
            response = self.pass_gates(call)
        except Stopped as stopped:
            end, response = stopped, self.failed(passage, stage, stopped)
        response = self._dressed(passage, api, end, response)
        if api is not None and stage is not None:
            record(self._services.records, passage, api, stage, call, end, response)
        return response

    def pass_gates(self, call: MethodCall) -> Response:
        """Lead a request that has found its method through the other gates; raises ``Stopped`` at the first."""
        self._check_size(call)
        self._access.check(call)
        self._check_key(call)
        self._check_throttle(call)
        self._check_rules(call)
        return self.integrate(call)

    def try_out(self, call: MethodCall) -> Response:
        """The gates that the console's Test passes: validation and what stands behind the method."""
        self._check_rules(call)
        return self.integrate(call)

    def integrate(self, call: MethodCall) -> Response:
        """What stands behind the method answers: a function, or the gateway itself."""
        integration = call.method.integration
        if integration is not None and integration.type == "MOCK":
            call.passage.trace.passed("response", "made by API Gateway itself (mock integration)")
            return mock_response(integration)
        return self._lambda.run(call)

    def _route(self, passage: Passage, api: RestApi | None, stage: Stage | None, path: str) -> MethodCall:
        if api is None or stage is None:
            raise Stopped(answers.FORBIDDEN, "route", _no_stage(api, passage))
        match = match_route(stage.definition.resources, passage.request.method, path)
        if match is None:
            raise Stopped(_missing(passage), "route", _no_method(stage, passage.request.method, path))
        passage.trace.passed("route", f"{match.method.verb} {match.resource.path} of stage {stage.name}")
        edge = tuple(edge_headers(self._services.ids)) if api.endpoint_type == "EDGE" else ()
        return MethodCall(passage, api, stage, path, match, edge)

    def _check_size(self, call: MethodCall) -> None:
        size = len(call.passage.request.body)
        if size > LONGEST_BODY:
            raise Stopped(
                answers.REQUEST_TOO_LARGE, "size",
                f"The body has {size:,} bytes; API Gateway takes {LONGEST_BODY:,}. Upload to S3 instead.",
            )  # fmt: skip

    def _check_key(self, call: MethodCall) -> None:
        if not call.method.api_key_required:
            return
        passage = call.passage
        by_header = call.stage.definition.api_key_source == "HEADER"
        value = passage.header("x-api-key") if by_header else passage.noted.get("usageIdentifierKey")
        if not value:
            place = "The request has no x-api-key header" if by_header else "The authorizer gave no usageIdentifierKey"
            raise Stopped(answers.INVALID_API_KEY, "api key", f"{place}, and the method requires an API key.")
        found = self._plans.find(value, call.api.id, call.stage.name)
        if isinstance(found, str):
            raise Stopped(answers.INVALID_API_KEY, "api key", f"{found} Add the key to a usage plan of the stage.")
        key, plan = found
        passage.noted |= {"identity.apiKey": value, "identity.apiKeyId": key.id}
        method = (call.api.id, call.stage.name, f"{call.match.resource.path}/{call.method.verb}")
        broken = self._plans.admits(plan, key, method, passage.at)
        if isinstance(broken, Quota):
            raise Stopped(
                answers.QUOTA_EXCEEDED, "api key",
                f"The quota of {plan.name or plan.id} is used up: {broken.limit} a {broken.period.lower()}.",
                f"Key quota limit exceeded for {_place(call)}. Limit: {broken.limit} Period: {broken.period}",
            )  # fmt: skip
        if broken is not None:
            raise Stopped(
                answers.THROTTLED, "api key", f"More requests than the usage plan admits for a key: {broken}.",
                f"Key throttle limit exceeded for {_place(call)}. Limit: {broken.rate:.2f} Burst: {broken.burst}",
            )  # fmt: skip
        passage.trace.passed("api key", f"{key.name or key.id} in usage plan {plan.name or plan.id}")

    def _check_throttle(self, call: MethodCall) -> None:
        passage, stage = call.passage, call.stage
        keys = stage.keys(call.match.resource.path, call.method.verb)
        limit = stage.throttle.limit(keys)
        words = "no limit set for the stage" if limit is None else str(limit)
        if not stage.throttle.admits(keys, passage.at):
            raise Stopped(
                answers.THROTTLED, "throttle",
                f"More requests than the method admits: {words}. Try again later, with back-off.",
            )  # fmt: skip
        self._services.check_account(passage, answers.THROTTLED)
        passage.trace.passed("throttle", words)

    def _check_rules(self, call: MethodCall) -> None:
        rules, passage = call.method.rules, call.passage
        given = {
            "query": dict(call.query),
            "path": call.match.parameters,
            "header": dict(passage.request.headers),
        }
        if missing := rules.missing(given):  # type: ignore[arg-type]  # the keys are the three places
            failure = answers.bad_parameters(missing)
            why = f"{failure.message}. The request validator demands them."
            raise Stopped(failure, "validation", why, str(failure.message))
        kind = passage.header("content-type") or "application/json"
        try:
            fault = rules.fault_of_body(passage.request.body, kind)
        except ValueError as wrong:
            raise Stopped(answers.CONFIGURATION, "validation", str(wrong)) from wrong
        if fault is not None:
            passage.noted["error.validationErrorString"] = fault
            raise Stopped(
                answers.BAD_REQUEST_BODY, "validation",
                f"The body does not follow the method's model: {fault if fault != '[]' else 'it is no JSON'}.",
                f"Request body does not match model schema for content type {kind.split(';')[0].strip()}: {fault}",
            )  # fmt: skip
        if rules.validator.parameters or rules.validator.body:
            passage.trace.passed("validation", "the request is what the method's validator demands")

    def failed(self, passage: Passage, stage: Stage | None, stopped: Stopped) -> Response:
        """The answer of a broken gate, in the API's own version where it has one; the trace names the gate."""
        if stopped.gate is not None:
            passage.trace.broken(stopped.gate, stopped.why)
        own = stage.definition.gateway_responses if stage else {}
        context = {
            "requestId": passage.ids.request,
            "extendedRequestId": passage.ids.extended,
            "httpMethod": passage.request.method,
            "path": passage.request.path,
            "stage": stage.name if stage else "",
            "identity.sourceIp": passage.request.source_ip,
            **passage.noted,
        }
        status, headers, body = render_failure(stopped.failure, own, context)
        return Response(status, tuple(headers.items()), body.encode())

    def _dressed(self, passage: Passage, api: RestApi | None, end: Stopped | None, response: Response) -> Response:
        """Put the gateway's own headers on an answer."""
        own = [("x-amzn-RequestId", passage.ids.request), ("x-amz-apigw-id", passage.ids.extended)]
        own.append(("x-amzn-ErrorType", end.failure.error_type) if end else ("X-Amzn-Trace-Id", passage.ids.trace))
        edge = edge_answer_headers(self._services.ids) if api is not None and api.endpoint_type == "EDGE" else []
        length = ("Content-Length", str(len(response.body)))
        return Response(response.status, (*response.headers, length, *own, *edge), response.body)


def _place(call: MethodCall) -> str:
    resource, verb = call.match.resource.id, call.method.verb
    return f"RestApi {call.api.id}, Stage {call.stage.name}, Resource {resource}, HttpMethod {verb}"


def _missing(passage: Passage) -> Failure:
    """The answer for a method that is not there: AWS takes it for a method with IAM authorization."""
    if not passage.request.has_header("Authorization"):
        return answers.MISSING_AUTHENTICATION_TOKEN
    refusal = not_a_signature(passage.request)
    return Failure("DEFAULT_4XX", 403, refusal.message, error_type(refusal))


def _no_stage(api: RestApi | None, passage: Passage) -> str:
    if api is None:
        return f"No API has the host {passage.request.host}."
    stage_name = passage.request.path.lstrip("/").partition("/")[0]
    stages = ", ".join(sorted(api.stages)) or "none"
    return f"The API has no stage {stage_name!r}; its stages: {stages}. Names are case-sensitive."


def _no_method(stage: Stage, verb: str, path: str) -> str:
    known = [
        f"{method} {resource.path}" for resource in stage.definition.resources.values() for method in resource.methods
    ]
    listed = json.dumps(", ".join(sorted(known)), ensure_ascii=False)[1:-1]
    return f"No method {verb} {path}; the stage has {listed}."
