"""Lambda authorizers: functions that decide whether a request may pass, and the cache of what they decided."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from grader.cloud.errors import CloudError, NotSupported
from grader.cloud.http.function_calls import FunctionCalls, with_stage_variables
from grader.cloud.http.passage import Passage
from grader.cloud.traces import Traces

Place = Literal["header", "querystring", "stageVariables", "context"]
_SOURCE = re.compile(
    r"\$?(?:(?:method\.)?request\.(?P<place>header|querystring)|(?P<other>stageVariables|context))\.(?P<name>.+)"
)
LONGEST_TTL = 3600


@dataclass(frozen=True)
class IdentitySource:
    """Where a piece of the caller's identity is found: a header, a query parameter, a stage or context variable."""

    place: Place
    name: str

    def value(self, passage: Passage, stage_variables: Mapping[str, str], context: Mapping[str, str]) -> str:
        """What a request says there; empty when it says nothing."""
        if self.place == "header":
            return passage.header(self.name) or ""
        if self.place == "querystring":
            return dict(passage.query()).get(self.name, "")
        return (stage_variables if self.place == "stageVariables" else context).get(self.name, "")


@dataclass(frozen=True)
class LambdaAuthorizer:
    """A Lambda authorizer of a REST API or of an HTTP API.

    Attributes
    ----------
    kind
        ``TOKEN`` (one header) or ``REQUEST``.
    function
        The function's ARN, perhaps with ``${stageVariables.name}`` in it.
    validation
        A TOKEN's ``IdentityValidationExpression``: what it does not match is refused without asking the function.
    ttl
        Seconds for which an answer is kept; 0: never.
    payload
        An HTTP API's ``AuthorizerPayloadFormatVersion``.
    simple
        An HTTP API's ``EnableSimpleResponses``.
    """

    id: str
    name: str
    kind: Literal["TOKEN", "REQUEST"]
    function: str
    sources: tuple[IdentitySource, ...] = ()
    validation: str | None = None
    ttl: int = 300
    payload: str = "1.0"
    simple: bool = False


def read_identity_sources(written: Any) -> tuple[IdentitySource, ...]:
    """``method.request.header.A, …`` of a REST API or ``["$request.header.A"]`` of an HTTP API.

    Raises
    ------
    NotSupported
        For an expression that is none of the documented ones.
    """
    parts = written if isinstance(written, list) else str(written or "").split(",")
    return tuple(_source(str(part).strip()) for part in parts if str(part).strip())


def _source(text: str) -> IdentitySource:
    found = _SOURCE.fullmatch(text)
    if found is None:
        raise NotSupported(f"the identity source {text}", next_step="Name a header, for example: Authorization.")
    place: Any = found["place"] or found["other"]
    return IdentitySource(place, found["name"])


class AuthorizerFault(Exception):
    """The authorizer could not be asked, or crashed; ``error`` is what its function raised, if it ran."""

    def __init__(self, why: str, error: str | None = None) -> None:
        super().__init__(why)
        self.error = error


Key = tuple[str, str, str, tuple[str, ...]]


class LambdaAuthorizers:
    """Asks authorizers, and remembers their answers for the time that they ask for.

    The answer of a REST API's authorizer is kept for the whole stage: a policy that names one path only refuses, or
    allows, other paths from the cache.
    """

    def __init__(self, calls: FunctionCalls, traces: Traces) -> None:
        self._calls = calls
        self._traces = traces
        self._kept: dict[Key, tuple[float, Any]] = {}
        self._lock = threading.Lock()

    def answer(
        self,
        passage: Passage,
        authorizer: LambdaAuthorizer,
        api_id: str,
        stage_name: str,
        stage_variables: Mapping[str, str],
        identity: tuple[str, ...],
        event: Callable[[], Mapping[str, Any]],
        judge: Callable[[Any], Any],
    ) -> tuple[Any, bool]:
        """The authorizer's answer, and whether it came from the cache.

        Parameters
        ----------
        identity
            The values of the identity sources; without any, nothing is cached.
        event
            Makes what the function is given, when it has to be asked.
        judge
            Turns what the function returns into what is kept, or raises.

        Raises
        ------
        AuthorizerFault
            When the function may not be invoked, is not there, is throttled, or failed.
        """
        key = (api_id, stage_name, authorizer.id, identity)
        now = passage.at
        with self._lock:
            expires, kept = self._kept.get(key, (0.0, None))
        if now < expires:
            return kept, True
        found = judge(self._ask(passage, authorizer, api_id, stage_variables, event()))
        if authorizer.ttl and identity:
            with self._lock:
                self._kept[key] = (now + authorizer.ttl, found)
        return found, False

    def flush(self, api_id: str, stage_name: str | None = None) -> None:
        """Forget what authorizers of an API (or of one stage) decided: ``FlushStageAuthorizersCache``."""
        with self._lock:
            doomed = [key for key in self._kept if key[0] == api_id and stage_name in (None, key[1])]
            for key in doomed:
                del self._kept[key]

    def _ask(
        self,
        passage: Passage,
        authorizer: LambdaAuthorizer,
        api_id: str,
        stage_variables: Mapping[str, str],
        event: Mapping[str, Any],
    ) -> Any:
        arn = with_stage_variables(authorizer.function, stage_variables)
        decision = self._calls.permitted(arn, self._calls.source_arn(f"{api_id}/authorizers/{authorizer.id}"))
        if not decision.allowed:
            raise AuthorizerFault(f"API Gateway may not invoke the authorizer {arn}: {decision.reason}")
        trace = self._traces.start("authorizer", f"{authorizer.name} ({authorizer.kind})", passage.trace)
        try:
            invocation = self._calls.invoke(arn, event, passage, trace)
        except NotSupported:
            raise
        except CloudError as refusal:
            raise AuthorizerFault(f"Lambda did not run the authorizer: {refusal.what}") from refusal
        if invocation.function_error:
            error = invocation.error or {}
            message = str(error.get("errorMessage", ""))
            raise AuthorizerFault(f"The authorizer raised {error.get('errorType', 'Error')}: {message}", message)
        return invocation.payload
