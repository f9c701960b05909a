"""HTTP APIs: a request passes its gates to a function, and the first gate that breaks decides the answer.

The gates, in this order: *route* (API, stage, route) → *cors* (preflights are answered here) → *size* → *authorizer*
(JWT, Lambda, IAM) → *throttle* → *permission* → *environment* → *handler* → *response*.
"""

from __future__ import annotations

from urllib.parse import unquote

from grader.cloud.door.response import Response
from grader.cloud.http.cors import HEADERS as CORS_HEADERS
from grader.cloud.http.cors import Cors, is_preflight
from grader.cloud.http.failure import Stopped
from grader.cloud.http.http_api import answers
from grader.cloud.http.http_api.access import Access
from grader.cloud.http.http_api.apis import DEFAULT_STAGE, HttpApi, HttpStage, known_names
from grader.cloud.http.http_api.call import RouteCall
from grader.cloud.http.http_api.definition import Definition
from grader.cloud.http.http_api.integration import RouteIntegration
from grader.cloud.http.http_api.issuers import Issuers
from grader.cloud.http.http_api.records import record
from grader.cloud.http.http_api.routes import match_route
from grader.cloud.http.passage import Passage
from grader.cloud.http.services import Services

LONGEST_BODY = 10 * 1024 * 1024


class HttpGateway:
    """Answers for ``https://<api>.execute-api.<region>.amazonaws.com/…``.

    Parameters
    ----------
    services
        What all kinds of APIs share.
    issuers
        Where JWTs' keys are.
    """

    def __init__(self, services: Services, issuers: Issuers) -> None:
        self._services = services
        self._access = Access(services.callers, services.authorizers, services.calls, issuers)
        self._integration = RouteIntegration(services.calls)

    def answer(self, passage: Passage, api: HttpApi) -> Response:
        """Answer a request to an API's host."""
        stage, path = _stage_of(api, passage.request.path)
        call, failure = None, None
        try:
            definition = self._definition(passage, api, stage)
            call = self._route(passage, api, stage, definition, path)
            response = self._respond(passage, definition, call)
        except Stopped as stopped:
            if stopped.gate is not None:
                passage.trace.broken(stopped.gate, stopped.why)
            failure = stopped.failure
            response = Response(
                failure.status, (("content-type", "application/json"), *failure.headers), failure.body().encode()
            )
        response = self._dressed(passage, api, stage, response)
        if stage is not None:
            record(self._services.records, passage, api, stage, call, failure, response)
        return response

    def _definition(self, passage: Passage, api: HttpApi, stage: HttpStage | None) -> Definition:
        if api.disabled:
            raise Stopped(answers.NOT_FOUND, "route", "The API's execute-api endpoint is disabled.")
        if stage is None:
            stages = ", ".join(sorted(api.stages)) or "none"
            raise Stopped(
                answers.NOT_FOUND, "route",
                f"No stage for {passage.request.path}: the API has no stage $default, only {stages}.",
            )  # fmt: skip
        definition = api.served(stage)
        if definition is None:
            raise Stopped(answers.NOT_FOUND, "route", f"Nothing is deployed to the stage {stage.name}.")
        return definition

    def _route(
        self, passage: Passage, api: HttpApi, stage: HttpStage | None, definition: Definition, path: str
    ) -> RouteCall | None:
        """The request with its route; None for a preflight that needs none."""
        assert stage is not None
        match = match_route(definition.routes, passage.request.method, path)
        if match is None and definition.cors is not None and is_preflight(passage):
            return None
        if match is None:
            known = ", ".join(known_names(api)) or "no routes"
            raise Stopped(answers.NOT_FOUND, "route", f"No route {passage.request.method} {path}; the API has {known}.")
        if match.route.dropped is not None:
            raise Stopped(
                answers.NOT_FOUND, "route",
                f"The import left {match.route.key} out, silently: {match.route.dropped} Set FailOnWarnings: true to "
                "be told at deployment.",
            )  # fmt: skip
        passage.trace.passed("route", f"{match.route.key} of stage {stage.name}")
        return RouteCall(passage, api, stage, path, match)

    def _respond(self, passage: Passage, definition: Definition, call: RouteCall | None) -> Response:
        asked = is_preflight(passage) and definition.cors is not None
        if call is not None and not asked:
            return self._pass_gates(call)
        if call is not None:  # $default and ANY routes catch OPTIONS too, and their authorizers are asked
            self._access.check(call)
        assert definition.cors is not None
        return _preflight(passage, definition.cors)

    def _pass_gates(self, call: RouteCall) -> Response:
        passage = call.passage
        if len(passage.request.body) > LONGEST_BODY:
            raise Stopped(
                answers.TOO_LARGE, "size",
                f"The body has {len(passage.request.body):,} bytes; API Gateway takes {LONGEST_BODY:,}. Upload to S3 "
                "instead.",
            )  # fmt: skip
        self._access.check(call)
        self._check_throttle(call)
        return self._integration.run(call)

    def _check_throttle(self, call: RouteCall) -> None:
        passage, stage, keys = call.passage, call.stage, (call.route.key, "*")
        limit = stage.throttle.limit(keys)
        words = "no limit set for the stage" if limit is None else str(limit)
        if not stage.throttle.admits(keys, passage.at):
            raise Stopped(
                answers.THROTTLED, "throttle",
                f"More requests than the route admits: {words}. Try again later, with back-off.",
            )  # fmt: skip
        self._services.check_account(passage, answers.THROTTLED)
        passage.trace.passed("throttle", words)

    def _dressed(self, passage: Passage, api: HttpApi, stage: HttpStage | None, response: Response) -> Response:
        """Put the API's CORS headers and the gateway's own on an answer."""
        definition = api.served(stage) if stage else None
        headers = list(response.headers)
        if definition is not None and definition.cors is not None and not is_preflight(passage):
            headers = [(name, value) for name, value in headers if name.lower() not in CORS_HEADERS]
            headers += definition.cors.answer_headers(passage)
        own = [("content-length", str(len(response.body))), ("apigw-requestid", passage.ids.extended)]
        return Response(response.status, (*headers, *own), response.body)


def _preflight(passage: Passage, cors: Cors) -> Response:
    """The gateway's own answer to a preflight: 204, and the configuration's headers when the origin is allowed."""
    headers = cors.preflight_headers(passage)
    if headers:
        passage.trace.passed("cors", f"the API allows the origin {passage.header('origin')}")
    else:
        passage.trace.broken("cors", f"{cors.why_not(passage)} The answer carries no CORS headers.")
    return Response(204, tuple(headers))


def _stage_of(api: HttpApi, path: str) -> tuple[HttpStage | None, str]:
    """The stage that a path begins with, else ``$default``; and the path behind it, decoded, as routes see it."""
    first, _, rest = path.lstrip("/").partition("/")
    named = api.stages.get(unquote(first))
    if named is not None and named.name != DEFAULT_STAGE:
        return named, unquote(f"/{rest}")
    return api.stages.get(DEFAULT_STAGE), unquote(path)
