"""Calling functions for an API: may it, what came back, and how long it took."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.cloud.functions.errors import FunctionNotFound, RequestTooLarge
from grader.cloud.functions.payloads import SYNCHRONOUS_LIMIT
from grader.cloud.http.neighbours import Decision, Functions, Invocation, Permissions
from grader.cloud.http.passage import Passage
from grader.cloud.traces import Trace

_STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.(\w+)\}")
_PATH = re.compile(r"arn:[^:]+:apigateway:[^:]+:lambda:path/2015-03-31/functions/(?P<arn>.+)/invocations")


def function_of(uri: str) -> str | None:
    """The ARN of the function that an integration's or an authorizer's URI names; None for any other URI."""
    found = _PATH.fullmatch(uri)
    return found["arn"] if found else None


def named_by(arn: str) -> tuple[str, str | None]:
    """The function's own ARN and the qualifier, from either kind of ARN."""
    parts = arn.split(":")
    return ":".join(parts[:7]), parts[7] if len(parts) > 7 else None


def with_stage_variables(arn: str, variables: Mapping[str, str]) -> str:
    """An ARN with its ``${stageVariables.name}`` filled in."""
    return _STAGE_VARIABLE.sub(lambda found: variables.get(found[1], ""), arn)


@dataclass(frozen=True)
class NobodyThere:
    """A decision about a function, version or alias that there is not: nothing lets anybody in."""

    reason: str
    allowed: bool = False


class FunctionCalls:
    """Invokes functions in API Gateway's name.

    Parameters
    ----------
    functions
        Invokes functions.
    permissions
        Decides whether API Gateway may invoke one.
    account_id, region
        Whose functions they are, and where.
    """

    def __init__(self, functions: Functions, permissions: Permissions, account_id: str, region: str) -> None:
        self._functions = functions
        self._permissions = permissions
        self.account_id = account_id
        self.region = region

    def source_arn(self, resource: str) -> str:
        """The ARN under which API Gateway invokes, and that its callers are authorised for."""
        return f"arn:aws:execute-api:{self.region}:{self.account_id}:{resource}"

    def permitted(self, arn: str, source_arn: str) -> Decision:
        """Whether the function's resource policy lets API Gateway in, for this API."""
        decision = self._permissions.service_may_invoke(
            arn, service="apigateway.amazonaws.com", source_arn=source_arn, source_account=self.account_id
        )
        return decision if decision.allowed else self._unless_nobody_is_there(arn, decision)

    def _unless_nobody_is_there(self, arn: str, decision: Decision) -> Decision:
        """AWS answers both alike; whoever reads the trace shall see which it was."""
        try:
            self._functions.named(*named_by(arn))
        except FunctionNotFound as missing:
            return NobodyThere(missing.what)
        return decision

    def invoke(
        self, arn: str, event: Mapping[str, Any], passage: Passage, trace: Trace, request_id: str | None = None
    ) -> Invocation:
        """Invoke the function (version, alias) and wait; the passage notes the time that it took.

        ``request_id`` is the invocation's own, where the service says which; else Lambda draws one.

        Raises
        ------
        CloudError
            When Lambda refuses to run it: no such function, no free concurrency, more than 6 MB.
        """
        (function, qualifier), payload = named_by(arn), json.dumps(event).encode()
        if len(payload) > SYNCHRONOUS_LIMIT:
            raise RequestTooLarge(len(payload), SYNCHRONOUS_LIMIT)
        invocation = self._functions.invoke(
            function,
            payload,
            qualifier=qualifier,
            trace=trace,
            at=passage.moment,
            request_id=request_id,
        )
        _name_gates(trace, invocation)
        passage.waited += took_s(invocation, passage)
        passage.slept += invocation.slept_s
        return invocation


def took_s(invocation: Invocation, passage: Passage) -> float:
    """How long the caller waited for an invocation, seconds, INIT included."""
    if passage.overlapping:
        return invocation.slept_s
    return (invocation.duration_ms + (invocation.init_ms or 0.0)) / 1000


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
