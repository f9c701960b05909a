"""Who may call a method of a REST API: its resource policy, then IAM or the Lambda authorizer.

The order and the outcomes are those of AWS's page "How API Gateway resource policies affect authorization workflow".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from grader.cloud.door.faults import Refusal
from grader.cloud.http.callers import Callers, error_type
from grader.cloud.http.failure import Failure, Stopped
from grader.cloud.http.function_calls import FunctionCalls
from grader.cloud.http.lambda_authorizer import AuthorizerFault, LambdaAuthorizer, LambdaAuthorizers
from grader.cloud.http.policies import INVOKE, effect_of, expanded, is_policy, masked
from grader.cloud.http.rest import gateway_responses as answers
from grader.cloud.http.rest.authorizer_events import request_event, token_event
from grader.cloud.http.rest.call import MethodCall
from grader.cloud.patterns import SlowPattern, all_match

GATE = "authorizer"


@dataclass(frozen=True)
class Grant:
    """A well-formed answer of an authorizer."""

    principal_id: str
    policy: Mapping[str, Any]
    context: Mapping[str, str]
    usage_key: str | None = None


class Access:
    """The gates *policy* and *authorizer* of REST APIs.

    Parameters
    ----------
    callers
        Recognises signers and asks IAM.
    authorizers
        Asks Lambda authorizers.
    """

    def __init__(self, callers: Callers, authorizers: LambdaAuthorizers, calls: FunctionCalls) -> None:
        self._callers = callers
        self._authorizers = authorizers
        self._calls = calls

    def check(self, call: MethodCall) -> None:
        """Let a request pass, or raise ``Stopped``; what the function is to know of its caller is noted."""
        policy = call.stage.definition.policy
        full = expanded(policy, self._calls.source_arn(call.api.id)) if policy is not None else None
        if call.method.authorization == "AWS_IAM":
            self._signed(call, full)
        elif call.method.authorizer is not None:
            self._by_authorizer(call, call.method.authorizer, full)
        elif full is not None:
            self._anybody(call, full)

    def _arn(self, call: MethodCall) -> str:
        return self._calls.source_arn(call.method_resource)

    def _anybody(self, call: MethodCall, policy: Mapping[str, Any]) -> None:
        decision = self._callers.decide(None, INVOKE, self._arn(call), call.passage.request, [policy])
        if not decision.allowed:
            raise Stopped(
                _denied(decision.reason), "policy",
                f"The API's resource policy does not let anybody in here: {decision.reason}.",
            )  # fmt: skip
        call.passage.trace.passed("policy", "the API's resource policy allows it")

    def _signed(self, call: MethodCall, policy: Mapping[str, Any] | None) -> None:
        passage = call.passage
        try:
            passage.caller = self._callers.identify(passage.request, "execute-api")
        except Refusal as refusal:
            raise Stopped(
                signature_failure(refusal), GATE, f"IAM refuses the signature: {refusal.message} Sign with SigV4 for "
                "the service execute-api.",
            ) from refusal  # fmt: skip
        if passage.caller is None:
            raise Stopped(
                answers.MISSING_AUTHENTICATION_TOKEN, GATE,
                "The method wants IAM authorization, and the request is not signed. Sign it with SigV4.",
            )  # fmt: skip
        policies = [policy] if policy is not None else []
        decision = self._callers.decide(passage.caller, INVOKE, self._arn(call), passage.request, policies)
        if not decision.allowed:
            raise Stopped(_denied(decision.reason), GATE, f"IAM: {decision.reason}.")
        passage.trace.passed(GATE, f"IAM lets {passage.caller.principal.arn} invoke the method")

    def _by_authorizer(self, call: MethodCall, authorizer: LambdaAuthorizer, policy: Mapping[str, Any] | None) -> None:
        passage, arn = call.passage, self._arn(call)
        said = effect_of(policy, arn, passage.request) if policy is not None else None
        if said == "Deny":
            raise Stopped(answers.EXPLICIT_DENY, "policy", "The API's resource policy denies it.")
        grant, cached = self._grant(call, authorizer)
        effect = effect_of(grant.policy, arn, passage.request)
        kept = f" (kept from an earlier request, for {authorizer.ttl} s)" if cached else ""
        if effect == "Deny" or (effect is None and said != "Allow"):
            failure = answers.EXPLICIT_DENY if effect == "Deny" else answers.IMPLICIT_DENY
            raise Stopped(failure, GATE, _why_denied(authorizer, effect, arn, kept, cached))
        took = int(passage.slept * 1000)  # 0 from the cache
        passage.authorizer = {**grant.context, "principalId": grant.principal_id, "integrationLatency": took}
        passage.noted |= {f"authorizer.{name}": str(value) for name, value in passage.authorizer.items()}
        if grant.usage_key is not None:
            passage.noted["usageIdentifierKey"] = grant.usage_key
        passage.trace.passed(GATE, f"{authorizer.name} lets {grant.principal_id} in{kept}")

    def _grant(self, call: MethodCall, authorizer: LambdaAuthorizer) -> tuple[Grant, bool]:
        passage, variables = call.passage, call.stage.variables
        identity = tuple(source.value(passage, variables, call.context) for source in authorizer.sources)
        if not all(identity):
            lacking = next(s for s, value in zip(authorizer.sources, identity, strict=True) if not value)
            raise Stopped(
                answers.UNAUTHORIZED, GATE,
                f"The request has no {lacking.place} {lacking.name}, which {authorizer.name} knows its callers by.",
            )  # fmt: skip
        _check_token(authorizer, identity)

        def event() -> Mapping[str, Any]:
            arn = self._arn(call)
            if authorizer.kind == "TOKEN":
                return token_event(identity[0] if identity else "", arn)
            return request_event(call, arn, self._calls.account_id)

        try:
            return self._authorizers.answer(
                passage, authorizer, call.api.id, call.stage.name, variables, identity, event, read_grant
            )
        except AuthorizerFault as fault:
            if fault.error == "Unauthorized":
                raise Stopped(answers.UNAUTHORIZED, GATE, f"{authorizer.name} raised “Unauthorized”.") from fault
            raise Stopped(answers.AUTHORIZER_CONFIGURATION, GATE, str(fault)) from fault
        except Malformed as wrong:
            raise Stopped(answers.AUTHORIZER_CONFIGURATION, GATE, f"{authorizer.name}: {wrong}") from wrong


class Malformed(Exception):
    """An authorizer's answer that API Gateway does not understand."""


def read_grant(payload: Any) -> Grant:
    """An authorizer's answer, checked: ``principalId``, ``policyDocument``, ``context``, ``usageIdentifierKey``."""
    if not isinstance(payload, dict):
        raise Malformed("it must return a dictionary with principalId and policyDocument.")
    principal, policy, context = payload.get("principalId"), payload.get("policyDocument"), payload.get("context")
    if not isinstance(principal, str) or not principal:
        raise Malformed("its answer has no principalId, a string that names the caller.")
    if not isinstance(policy, dict) or not is_policy(policy):
        raise Malformed("its answer has no policyDocument with a Statement, or one that is no policy.")
    if context is not None and not isinstance(context, dict):
        raise Malformed("context must be a dictionary.")
    deep = next((key for key, value in (context or {}).items() if isinstance(value, dict | list)), None)
    if deep is not None:
        raise Malformed(f"context[{deep!r}] is a list or a dictionary; only strings, numbers and booleans pass.")
    usage = payload.get("usageIdentifierKey")
    words = {str(key): _text(value) for key, value in (context or {}).items() if value is not None}
    return Grant(principal, policy, words, None if usage is None else str(usage))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _check_token(authorizer: LambdaAuthorizer, identity: tuple[str, ...]) -> None:
    if authorizer.validation is None or not identity:
        return
    if not _fits(authorizer.validation, identity[0]):
        raise Stopped(
            answers.UNAUTHORIZED, GATE,
            f"The token does not match the validation expression {authorizer.validation} of {authorizer.name}; the "
            "function was not asked.",
        )  # fmt: skip


@lru_cache(maxsize=1024)
def _fits(pattern: str, token: str) -> bool:
    try:
        return all_match(pattern, [token])
    except SlowPattern:  # AWS gives a token no longer either
        return False


def _why_denied(authorizer: LambdaAuthorizer, effect: str | None, arn: str, kept: str, cached: bool) -> str:
    if effect == "Deny":
        return f"The policy of {authorizer.name} denies {arn}{kept}."
    hint = (
        " A policy that is kept holds for every method of the stage: let it name them all, or set the TTL to 0."
        if cached
        else ""
    )
    return f"The policy of {authorizer.name} does not name {arn}{kept}.{hint}"


def _denied(reason: str) -> Failure:
    return Failure("ACCESS_DENIED", 403, masked(reason), "AccessDeniedException", key="Message")


def signature_failure(refusal: Refusal) -> Failure:
    """The answer to a signature that is wrong, expired or none at all."""
    kind = "EXPIRED_TOKEN" if refusal.code == "ExpiredToken" else "INVALID_SIGNATURE"
    return Failure(kind, 403, refusal.message, error_type(refusal))
