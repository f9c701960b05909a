"""Who may call a route of an HTTP API: a JWT, a Lambda authorizer, or IAM decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.cloud.door.faults import Refusal
from grader.cloud.http.callers import Callers
from grader.cloud.http.failure import Stopped
from grader.cloud.http.function_calls import FunctionCalls
from grader.cloud.http.http_api import answers
from grader.cloud.http.http_api.call import RouteCall
from grader.cloud.http.http_api.events import authorizer_event_v1, authorizer_event_v2
from grader.cloud.http.http_api.issuers import Issuers, UnknownIssuer
from grader.cloud.http.http_api.routes import JwtAuthorizer
from grader.cloud.http.http_api.tokens import TokenFault, as_text, scopes_of, verified_claims
from grader.cloud.http.lambda_authorizer import AuthorizerFault, LambdaAuthorizer, LambdaAuthorizers
from grader.cloud.http.policies import INVOKE, effect_of, is_policy

GATE = "authorizer"


@dataclass(frozen=True)
class Grant:
    """What a Lambda authorizer answered, well formed: a policy, or yes and no (``policy`` is None)."""

    authorized: bool
    policy: Mapping[str, Any] | None
    context: Mapping[str, Any]
    principal_id: str | None = None


class Access:
    """The gate *authorizer* of HTTP APIs.

    Parameters
    ----------
    callers
        Recognises signers and asks IAM.
    authorizers
        Asks Lambda authorizers.
    issuers
        Where JWTs' keys are.
    """

    def __init__(
        self, callers: Callers, authorizers: LambdaAuthorizers, calls: FunctionCalls, issuers: Issuers
    ) -> None:
        self._callers, self._authorizers, self._calls, self._issuers = callers, authorizers, calls, issuers

    def check(self, call: RouteCall) -> None:
        """Let a request pass, or raise ``Stopped``; what the function is to know of its caller is noted."""
        route = call.route
        if route.authorization == "AWS_IAM":
            self._signed(call)
        elif isinstance(route.authorizer, JwtAuthorizer):
            self._by_token(call, route.authorizer)
        elif route.authorizer is not None:
            self._by_function(call, route.authorizer)

    # --- IAM ----------------------------------------------------------------------------------------------------------

    def _signed(self, call: RouteCall) -> None:
        passage = call.passage
        try:
            passage.caller = self._callers.identify(passage.request, "execute-api")
        except Refusal as refusal:
            raise Stopped(answers.FORBIDDEN, GATE, f"IAM refuses the signature: {refusal.message}") from refusal
        if passage.caller is None:
            raise Stopped(
                answers.FORBIDDEN, GATE,
                "The route wants IAM authorization, and the request is not signed. Sign it with SigV4 for the service "
                "execute-api.",
            )  # fmt: skip
        arn = self._calls.source_arn(call.route_resource)
        decision = self._callers.decide(passage.caller, INVOKE, arn, passage.request, [])
        if not decision.allowed:
            raise Stopped(answers.FORBIDDEN, GATE, f"IAM: {decision.reason}.")
        passage.trace.passed(GATE, f"IAM lets {passage.caller.principal.arn} invoke the route")

    # --- JWT ----------------------------------------------------------------------------------------------------------

    def _by_token(self, call: RouteCall, authorizer: JwtAuthorizer) -> None:
        passage, scopes = call.passage, call.route.scopes
        token = authorizer.source.value(passage, call.stage.variables, call.context)
        token = token[7:] if token[:7].lower() == "bearer " else token
        if not token.strip():
            passage.noted["authorizer.error"] = "missing: token not provided"
            raise Stopped(
                answers.NO_TOKEN, GATE,
                f"The request has no token in the {authorizer.source.place} {authorizer.source.name}.",
            )  # fmt: skip
        try:
            claims = verified_claims(
                token.strip(), authorizer, lambda kid: self._issuers.key(authorizer.issuer, kid, passage.at), passage.at
            )
        except TokenFault as fault:
            raise self._refusal(call, authorizer, "invalid_token", str(fault)) from fault
        except UnknownIssuer as unknown:
            raise self._refusal(call, authorizer, "invalid_token", "OIDC discovery endpoint communication error") from (
                unknown
            )
        granted = scopes_of(claims)
        if scopes and not set(scopes) & set(granted):
            words = f"the token has none of the route's scopes ({' '.join(scopes)})"
            raise self._refusal(call, authorizer, "insufficient_scope", words)
        words_of = {name: as_text(value) for name, value in claims.items() if value is not None}
        passage.authorizer = {"jwt": {"claims": words_of, "scopes": granted if scopes else None}}
        passage.noted |= {f"authorizer.claims.{name}": value for name, value in words_of.items()}
        passage.trace.passed(GATE, f"{authorizer.name}: a good token of {authorizer.issuer}")

    def _refusal(self, call: RouteCall, authorizer: JwtAuthorizer, error: str, description: str) -> Stopped:
        call.passage.noted["authorizer.error"] = f"{error}: {description}"
        failure = answers.refused_token(call.route.scopes, error, description)
        return Stopped(failure, GATE, f"{authorizer.name} refuses the token: {description}.")

    # --- Lambda -------------------------------------------------------------------------------------------------------

    def _by_function(self, call: RouteCall, authorizer: LambdaAuthorizer) -> None:
        passage = call.passage
        arn = self._calls.source_arn(call.route_resource)
        grant, cached = self._grant(call, authorizer, arn)
        kept = f" (kept from an earlier request, for {authorizer.ttl} s)" if cached else ""
        allowed = grant.authorized
        if grant.policy is not None:
            allowed = effect_of(grant.policy, arn, passage.request) == "Allow"
        if not allowed:
            what = "its policy does not allow " + arn if grant.policy is not None else "isAuthorized is false"
            raise Stopped(answers.FORBIDDEN, GATE, f"{authorizer.name} says no: {what}{kept}.")
        context = dict(grant.context)
        if authorizer.payload == "1.0" and grant.principal_id is not None:
            context["principalId"] = grant.principal_id
        passage.authorizer = {"lambda": context}
        passage.noted |= {f"authorizer.{name}": as_text(value) for name, value in context.items()}
        passage.trace.passed(GATE, f"{authorizer.name} says yes{kept}")

    def _grant(self, call: RouteCall, authorizer: LambdaAuthorizer, arn: str) -> tuple[Grant, bool]:
        passage, variables = call.passage, call.stage.variables
        identity = tuple(source.value(passage, variables, call.context) for source in authorizer.sources)
        if not all(identity):
            lacking = next(s for s, value in zip(authorizer.sources, identity, strict=True) if not value)
            raise Stopped(
                answers.UNAUTHORIZED, GATE,
                f"The request has no {lacking.place} {lacking.name}, which {authorizer.name} knows its callers by.",
            )  # fmt: skip

        def event() -> Mapping[str, Any]:
            make = authorizer_event_v1 if authorizer.payload == "1.0" else authorizer_event_v2
            return make(call, arn, list(identity), self._calls.account_id)

        try:
            return self._authorizers.answer(
                passage, authorizer, call.api.id, call.stage.name, variables, identity, event,
                lambda payload: read_grant(payload, authorizer.simple),
            )  # fmt: skip
        except AuthorizerFault as fault:
            raise Stopped(answers.AUTHORIZER_FAILURE, GATE, str(fault)) from fault
        except Malformed as wrong:
            raise Stopped(answers.AUTHORIZER_FAILURE, GATE, f"{authorizer.name}: {wrong}") from wrong


class Malformed(Exception):
    """An authorizer's answer that API Gateway does not understand."""


def read_grant(payload: Any, simple: bool) -> Grant:
    """An authorizer's answer, checked; with simple responses ``isAuthorized``, else a policy."""
    if not isinstance(payload, dict):
        raise Malformed("it must return a dictionary.")
    context = payload.get("context") or {}
    if not isinstance(context, dict):
        raise Malformed("context must be a dictionary.")
    if simple:
        if not isinstance(payload.get("isAuthorized"), bool):
            raise Malformed("simple responses are enabled: it must return isAuthorized, true or false.")
        return Grant(payload["isAuthorized"], None, context)
    principal, policy = payload.get("principalId"), payload.get("policyDocument")
    if not isinstance(policy, dict) or not is_policy(policy):
        raise Malformed("its answer has no policyDocument with a Statement. (isAuthorized needs simple responses.)")
    return Grant(False, policy, context, None if principal is None else str(principal))
