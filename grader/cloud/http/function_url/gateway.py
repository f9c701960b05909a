"""Function URLs: a request passes its gates to a function.

The gates, in this order: *route* (is there such an address?) → *cors* (preflights are answered here) → *authorizer*
(AWS_IAM: signature) → *permission* (both ``lambda:InvokeFunctionUrl`` and ``lambda:InvokeFunction``, for a public
address too) → *size* → *environment* → *handler* → *response*.
"""

from __future__ import annotations

from grader.cloud.door.faults import Refusal
from grader.cloud.door.response import Response
from grader.cloud.errors import CloudError, NotSupported
from grader.cloud.functions.errors import LambdaError
from grader.cloud.http.callers import error_type
from grader.cloud.http.cors import is_preflight
from grader.cloud.http.failure import Failure, Stopped
from grader.cloud.http.function_url.configs import FunctionUrl
from grader.cloud.http.neighbours import Invocation
from grader.cloud.http.passage import Passage
from grader.cloud.http.payload_v2 import event_v2, iam_identity, request_context_v2
from grader.cloud.http.response_v2 import Malformed, response_of
from grader.cloud.http.services import Services

FORBIDDEN = Failure(
    "ACCESS_DENIED",
    403,
    "Forbidden. For troubleshooting Function URL authorization issues, see: "
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html",
    "AccessDeniedException",
    key="Message",
)
NO_URL = Failure("NOT_FOUND", 404, None, "ResourceNotFoundException", key="Message")
FAILED = Failure("FAILED", 502, "Internal Server Error")
NAMESPACE = "AWS/Lambda"
NAMES = {"count": "UrlRequestCount", "4xx": "Url4xxCount", "5xx": "Url5xxCount", "latency": "UrlRequestLatency"}
TLS = (("x-amzn-tls-cipher-suite", "TLS_AES_128_GCM_SHA256"), ("x-amzn-tls-version", "TLSv1.3"))


class UrlGateway:
    """Answers for ``https://<id>.lambda-url.<region>.on.aws``.

    Parameters
    ----------
    services
        What all kinds of APIs share.
    """

    def __init__(self, services: Services) -> None:
        self._services = services

    def answer(self, passage: Passage, url: FunctionUrl | None) -> Response:
        """Answer a request; None stands for an address that does not exist."""
        try:
            if url is None:
                raise Stopped(NO_URL, "route", f"No function has the address https://{passage.host}.")
            passage.trace.passed("route", f"the address of {url.function}{f':{url.qualifier}' * bool(url.qualifier)}")
            response = self._pass(passage, url)
        except Stopped as stopped:
            if stopped.gate is not None:
                passage.trace.broken(stopped.gate, stopped.why)
            response = _failure(stopped.failure)
        response = self._dressed(passage, url, response)
        if url is not None:
            sets = [{"FunctionName": url.function}]
            self._services.records.measure(NAMESPACE, NAMES, sets, passage, response)
        return response

    def _pass(self, passage: Passage, url: FunctionUrl) -> Response:
        if url.cors is not None and is_preflight(passage):
            headers = url.cors.preflight_headers(passage)
            if headers:
                passage.trace.passed("cors", f"the address allows the origin {passage.header('origin')}")
            else:
                passage.trace.broken("cors", url.cors.why_not(passage))
            return Response(200, tuple(headers))
        self._check_caller(passage, url)
        self._check_permissions(passage, url)
        return self._invoke(passage, url)

    def _check_caller(self, passage: Passage, url: FunctionUrl) -> None:
        if url.auth_type == "NONE":
            return
        try:
            passage.caller = self._services.callers.identify(passage.request, "lambda")
        except Refusal as refusal:
            failure = Failure("INVALID_SIGNATURE", 403, refusal.message, error_type(refusal))
            raise Stopped(failure, "authorizer", f"IAM refuses the signature: {refusal.message}") from refusal
        if passage.caller is None:
            raise Stopped(
                FORBIDDEN, "authorizer",
                "The address has AuthType AWS_IAM, and the request is not signed. Sign it with SigV4 for the service "
                "lambda.",
            )  # fmt: skip
        passage.trace.passed("authorizer", f"signed by {passage.caller.principal.arn}")

    def _check_permissions(self, passage: Passage, url: FunctionUrl) -> None:
        keys = {"lambda:functionurlauthtype": url.auth_type, "lambda:invokedviafunctionurl": "true"}
        for action in ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction"):
            decision = self._services.callers.decide(passage.caller, action, url.arn, passage.request, more=keys)
            if not decision.allowed:
                raise Stopped(
                    FORBIDDEN, "permission",
                    f"{decision.reason}. An address needs two permissions: lambda:InvokeFunctionUrl (with "
                    f"FunctionUrlAuthType {url.auth_type}) and lambda:InvokeFunction (with InvokedViaFunctionUrl).",
                )  # fmt: skip
        passage.trace.passed("permission", "lambda:InvokeFunctionUrl and lambda:InvokeFunction are allowed")

    def _invoke(self, passage: Passage, url: FunctionUrl) -> Response:
        event = self._event(passage, url)
        try:
            invocation = self._services.calls.invoke(url.arn, event, passage, passage.trace, passage.ids.request)
        except NotSupported:
            raise
        except LambdaError as refusal:
            gate = "environment" if passage.trace.first_broken is None else None
            if refusal.status == 429:
                raise Stopped(_refused(refusal), gate, refusal.what) from refusal
            if refusal.status == 413:
                raise Stopped(_refused(refusal), "size", f"{refusal.what} Upload to S3 instead.") from refusal
            raise Stopped(FAILED, gate, refusal.what) from refusal
        except CloudError as refusal:
            raise Stopped(FAILED, "environment", refusal.what) from refusal
        passage.environment, passage.cold = invocation.environment, invocation.cold
        passage.integration_s = passage.waited
        return _response(passage, invocation)

    def _event(self, passage: Passage, url: FunctionUrl) -> dict[str, object]:
        account = passage.caller.principal.account_id if passage.caller else "anonymous"
        more = {"requestId": passage.ids.request, "routeKey": "$default", "stage": "$default"}
        context = request_context_v2(passage, url.id, account, **more)
        if passage.caller is not None:
            context["authorizer"] = {"iam": iam_identity(passage)}
        return event_v2(
            passage,
            route_key="$default",
            raw_path=passage.request.path,
            context=context,
            keep_cookie_header=True,
            headers=TLS,
        )

    def _dressed(self, passage: Passage, url: FunctionUrl | None, response: Response) -> Response:
        """Put the address's CORS headers and Lambda's own on an answer.

        Where the function sets CORS headers too, both are sent, and a browser accepts neither.
        """
        headers = list(response.headers)
        if url is not None and url.cors is not None and not is_preflight(passage):
            headers += url.cors.answer_headers(passage)
        own = [
            ("content-length", str(len(response.body))),
            ("x-amzn-RequestId", passage.ids.request),
            ("X-Amzn-Trace-Id", f"{passage.ids.trace};Sampled=0"),
        ]
        return Response(response.status, (*headers, *own), response.body)


def _refused(refusal: LambdaError) -> Failure:
    """Lambda's own refusal of an invocation: too many requests, or too much in one."""
    return Failure("LAMBDA", refusal.status, refusal.message, refusal.code)


def _failure(failure: Failure) -> Response:
    headers = [("Content-Type", "application/json")]
    if failure.error_type:
        headers.append(("x-amzn-ErrorType", failure.error_type))
    plain = failure is FAILED  # the one answer that is no JSON, though its Content-Type says so
    body = str(failure.message) if plain else failure.body()
    return Response(failure.status, tuple(headers), body.encode())


def _response(passage: Passage, invocation: Invocation) -> Response:
    if invocation.function_error:
        raise Stopped(FAILED)
    try:
        response = response_of(invocation.payload, invocation.content, "application/json", quoted=True)
    except Malformed as wrong:
        raise Stopped(FAILED, "response", f"Malformed Lambda response. {wrong}") from wrong
    passage.trace.passed("response", f"{response.status}, {len(response.body):,} bytes")
    return response
