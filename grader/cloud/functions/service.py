"""FunctionService: resolve → throttle → environment → handler → log → metrics, for every invocation of the account."""

from __future__ import annotations

import json
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from grader.cloud.clock import Clock
from grader.cloud.environment.configuration import Credentials, FunctionConfiguration
from grader.cloud.environment.invocation import InvocationOutcome, InvocationRequest
from grader.cloud.functions.asynchronous import AsyncQueue
from grader.cloud.functions.code import CodeStore, requirements
from grader.cloud.functions.collaborators import Authorizer, Environments, Identities, MotoAccount, Serve
from grader.cloud.functions.errors import (
    LambdaError,
    RecursiveInvocation,
    RoleNotAssumable,
    TooManyRequests,
)
from grader.cloud.functions.event_invoke import EventInvokeConfigs
from grader.cloud.functions.hooks import FunctionHooks
from grader.cloud.functions.invocation import Invocation, Lineage, Requester
from grader.cloud.functions.metrics import Metrics
from grader.cloud.functions.payloads import capped, checked_event
from grader.cloud.functions.pool import ACCOUNT_CONCURRENCY, EnvironmentState, Pool, Slot
from grader.cloud.functions.registry import FunctionVersion, Registry, split_name
from grader.cloud.functions.reporting import LogLine, LogWriter, billed_ms, init_start, log_lines, stream_name
from grader.cloud.functions.roles import Roles
from grader.cloud.functions.targets import Targets
from grader.cloud.ids import Ids
from grader.cloud.traces import Trace, Traces

CHAIN_LIMIT = 16
INIT_S, HANDLER_S = 0.25, 0.005
DELIVERIES_KEPT = 1000


class FunctionService:
    """The functions of one account.

    Parameters
    ----------
    zygote
        Starts execution environments; set ``serve`` before the first one, to what serves AWS's endpoint to them.
    seed
        Decides where aliases with weights route.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        ids: Ids,
        traces: Traces,
        moto: MotoAccount,
        identity: Identities,
        authorization: Authorizer,
        zygote: Environments,
        region: str = "us-east-1",
        seed: int = 0,
    ) -> None:
        self.clock, self.ids, self.traces, self.moto = clock, ids, traces, moto
        self.region = region
        self.authorization = authorization
        self.registry = Registry(moto, region, seed)
        self.pool = Pool(lambda: ids.hex(32), stream_name)
        self.code = CodeStore()
        self.roles = Roles(identity, authorization, clock)
        self.metrics = Metrics(moto)
        self.event_invoke_configs = EventInvokeConfigs(clock)
        self.serve: Serve | None = None
        self._zygote = zygote
        self._identity = identity
        self._logs = LogWriter(moto)
        self._account_user = "AIDA" + ids.suffix(17)
        self._delivered: dict[str, deque[bytes]] = defaultdict(lambda: deque(maxlen=DELIVERIES_KEPT))
        self._running: dict[str, Lineage] = {}
        self._acting = threading.local()
        self.targets = Targets(self)
        self.queue = AsyncQueue(self)
        self.hooks = FunctionHooks(self)
        self.hooks.install()
        self._closing: list[Callable[[], None]] = [self.hooks.remove]

    def invoke(
        self,
        function: str,
        payload: bytes = b"{}",
        *,
        qualifier: str | None = None,
        trace: Trace | None = None,
        at: float | None = None,
        request_id: str | None = None,
        lineage: Lineage | None = None,
        client_context: Mapping[str, Any] | None = None,
    ) -> Invocation:
        """Run a function and wait for its answer, as ``InvocationType=RequestResponse`` does.

        Parameters
        ----------
        function
            Name, ARN or partial ARN.
        payload
            The event, JSON.
        trace
            Where the gates are noted; without it the invocation begins a trace of its own.
        at
            When it begins, seconds since 1970. Without it, it begins now, and the clock moves on by the time
            that the handler slept; with it the clock stays, so that requests may overlap.
        lineage
            The chain it stands in; by default that of the caller.

        Raises
        ------
        FunctionNotFound, TooManyRequests, InvalidRequestContent, RoleNotAssumable
            The Lambda API's own refusals. What goes wrong inside the function is in the Invocation instead.
        """
        lineage = lineage if lineage is not None else self.lineage()
        trace = trace or self.traces.start("invocation", split_name(function)[0], lineage.trace)
        event = checked_event(payload)
        try:
            version = self.registry.resolve(function, qualifier)
        except LambdaError as refused:
            trace.broken("function", refused.message)
            raise
        return self.run(
            version,
            event,
            trace,
            at,
            request_id or self.ids.uuid(),
            lineage,
            client_context,
            overlapping=at is not None,
        )

    def enqueue(
        self,
        function: str,
        payload: bytes,
        *,
        qualifier: str | None = None,
        source: str = "lambda",
        trace: Trace | None = None,
        lineage: Lineage | None = None,
    ) -> str:
        """Put an event into the function's asynchronous queue, due at once; returns the request id it keeps."""
        lineage = lineage if lineage is not None else self.lineage()
        return self.queue.put(function, payload, qualifier, source, trace or lineage.trace, lineage.chain)

    def drain(self) -> bool:
        """Deliver the asynchronous events that are due now; False when nothing was."""
        self.pool.expire(self.clock.timestamp())
        return self.queue.drain()

    def note_delivery(self, function: str, event: bytes) -> None:
        """Remember an event that was handed to a function asynchronously or from a queue."""
        self._delivered[function].append(event)

    def delivered_events(self, function: str) -> list[Any]:
        """The events that a function was given asynchronously or from a queue, every attempt, oldest first."""
        return [json.loads(event) for event in self._delivered[split_name(function)[0]]]

    def environments(self, function: str) -> list[EnvironmentState]:
        """The function's execution environments at this moment of the clock, oldest first."""
        return self.pool.states(split_name(function)[0], self.clock.timestamp())

    @contextmanager
    def acting_as(
        self, access_key: str | None, user_id: str | None = None, source_ip: str | None = None
    ) -> Iterator[None]:
        """Let everything that happens meanwhile in this thread count as caused by the holder of an access key.

        The door holds this around each call, so that an upload by a function continues that function's chain, and
        S3's event can name who did it (``principalId``) and from where (``sourceIPAddress``).
        """
        before = self.requester()
        self._acting.requester = Requester(user_id or before.user_id, source_ip or before.source_ip)
        try:
            with self.caused_by(self.lineage_of(access_key)):
                yield
        finally:
            self._acting.requester = before

    @contextmanager
    def caused_by(self, lineage: Lineage) -> Iterator[None]:
        """Let everything that happens meanwhile in this thread continue a chain."""
        before = self.lineage()
        self._acting.lineage = lineage
        try:
            yield
        finally:
            self._acting.lineage = before

    def requester(self) -> Requester:
        """Who the present thread acts for."""
        return getattr(self._acting, "requester", None) or Requester(self._account_user)

    def lineage(self) -> Lineage:
        """The chain that the present thread acts in."""
        return getattr(self._acting, "lineage", None) or Lineage()

    def lineage_of(self, access_key: str | None) -> Lineage:
        """The chain of the environment that holds these credentials and is running now."""
        return self._running.get(access_key or "", Lineage())

    def tmp_files(self, function: str) -> list[str]:
        """What lies in ``/tmp`` of the function's living environments, as sorted relative paths."""
        folders = [environment.tmp for environment in self.pool.environments(split_name(function)[0])]
        return sorted(str(path.relative_to(folder)) for folder in folders for path in folder.rglob("*"))

    def retire(self, function: str) -> None:
        """End the environments of a function that was changed or deleted."""
        self.pool.retire(split_name(function)[0])

    def forget(self, function: str) -> None:
        """A function was deleted: end its environments, drop its EventInvokeConfigs."""
        self.retire(function)
        self.event_invoke_configs.forget(function)

    def when_closing(self, action: Callable[[], None]) -> None:
        """Call ``action`` when the functions are closed: who builds on them needs no close of its own."""
        self._closing.append(action)

    def close(self) -> None:
        """End every environment and remove the unpacked code."""
        while self._closing:
            self._closing.pop()()
        self.pool.close()
        self.code.close()

    def _stop_loops(self, version: FunctionVersion, lineage: Lineage, trace: Trace) -> None:
        if version.recursive_loop != "Allow" and lineage.chain.count(version.arn) >= CHAIN_LIMIT:
            self.metrics.record(version, self.clock.timestamp(), {"RecursiveInvocationsDropped": 1})
            trace.broken("recursion", f"{version.name} ran {CHAIN_LIMIT} times in this chain; Lambda stops the loop.")
            raise RecursiveInvocation()

    def run(
        self,
        version: FunctionVersion,
        event: bytes,
        trace: Trace,
        at: float | None,
        request_id: str,
        lineage: Lineage,
        client_context: Mapping[str, Any] | None = None,
        overlapping: bool = False,
    ) -> Invocation:
        """Run one version with a checked event; ``invoke`` says what the parameters mean.

        Parameters
        ----------
        overlapping
            It is one of many requests at moments of their own: count also the time that a handler takes without
            sleeping, or a burst would fit into one environment.
        """
        self._stop_loops(version, lineage, trace)
        started = self.clock.timestamp() if at is None else at
        slot, cold = self._take(version, started, trace)
        elapsed = 0.0
        try:
            if cold:
                self._start(slot, version)
            trace.passed("environment", f"{'cold' if cold else 'warm'} {slot.id[:8]}, version {version.version}")
            request = InvocationRequest(
                request_id=request_id,
                payload=event,
                now=started,
                trace_id=f"Root=1-{int(started):08x}-{slot.id[:24]};Parent={slot.id[:16]};Sampled=0",
                invoked_arn=version.invoked_arn,
                client_context=client_context,
            )
            outcome = capped(self._inside(slot, request, Lineage(trace, (*lineage.chain, version.arn))))
            elapsed = elapsed_s(outcome, version)
        finally:
            self.pool.give_back(slot, started + elapsed + (occupied_s(cold) if overlapping else 0.0))
        if at is None:
            self.clock.pass_time(started + elapsed - self.clock.timestamp())
        return self._finished(version, slot, outcome, trace, started, elapsed, request_id, cold)

    def _take(self, version: FunctionVersion, at: float, trace: Trace) -> tuple[Slot, bool]:
        unreserved = ACCOUNT_CONCURRENCY
        if version.reserved_concurrency is None:
            unreserved -= self.registry.reserved_total()
        try:
            return self.pool.take(version, at, unreserved)
        except TooManyRequests as throttled:
            trace.broken("concurrency", f"{throttled.message} {throttled.reason}")
            self.metrics.record(version, at, {"Throttles": 1})
            raise

    def _start(self, slot: Slot, version: FunctionVersion) -> None:
        credentials = self._assume(version)
        config = self.configuration(version, slot.log_stream)
        slot.principal = self._identity.principal_of(credentials.access_key_id, credentials.session_token)
        slot.access_key = credentials.access_key_id
        slot.expires = credentials.expires
        slot.environment = self._zygote.start(config, credentials, self.serve)

    def _assume(self, version: FunctionVersion) -> Credentials:
        with self.moto.lock:
            roles = self.moto.backend("iam").roles.values()
            if not any(role.arn == version.role for role in roles):
                raise RoleNotAssumable()
        return self._identity.role_credentials(version.role, version.name)

    def configuration(self, version: FunctionVersion, log_stream: str) -> FunctionConfiguration:
        """What an environment of this version is told."""
        folder = self.code.folder(version.code)
        return FunctionConfiguration(
            name=version.name,
            arn=version.arn,
            version=version.version,
            handler=version.handler,
            runtime=version.runtime,
            memory_mb=version.memory_mb,
            timeout_s=version.timeout_s,
            variables=version.variables,
            code=folder,
            layers=tuple(self.code.folder(archive) for _, archive in version.layers),
            log_group=version.log_group,
            log_stream=log_stream,
            ephemeral_mb=version.ephemeral_mb,
            packages=requirements(folder),
            region=self.region,
            account_id=self.moto.account_id,
        )

    def _inside(self, slot: Slot, request: InvocationRequest, lineage: Lineage) -> InvocationOutcome:
        assert slot.environment is not None
        self._running[slot.access_key] = lineage
        try:
            return slot.environment.invoke(request)
        finally:
            self._running.pop(slot.access_key, None)

    def _finished(
        self,
        version: FunctionVersion,
        slot: Slot,
        outcome: InvocationOutcome,
        trace: Trace,
        started: float,
        elapsed: float,
        request_id: str,
        cold: bool,
    ) -> Invocation:
        result = json.loads(outcome.payload) if outcome.payload else None
        self._note_handler(trace, outcome, result)
        lines = log_lines(
            request_id, version.version, outcome, version.memory_mb, started, elapsed,
            init_start(version.runtime, self.region) if cold else None,
        )  # fmt: skip
        self._write_log(version, slot, lines, trace)
        self._measure(version, outcome, started)
        return Invocation(
            payload=None if outcome.failed else result,
            error=result if outcome.failed else None,
            function_error="Unhandled" if outcome.failed else None,
            status_code=200,
            logs=tuple(line.text for line in lines),
            duration_ms=outcome.duration_ms,
            billed_ms=billed_ms(outcome),
            init_ms=outcome.init_ms,
            max_memory_mb=outcome.max_memory_mb,
            memory_mb=version.memory_mb,
            environment=slot.id,
            cold=cold,
            version=version.version,
            request_id=request_id,
            trace=trace,
            content=outcome.payload,
            started=started,
            ended=started + elapsed,
        )

    def _note_handler(self, trace: Trace, outcome: InvocationOutcome, result: Any) -> None:
        if outcome.failed:
            trace.broken("handler", f"{result.get('errorType', '')}: {result.get('errorMessage', '')}")
        else:
            trace.passed("handler", f"returned after {outcome.duration_ms:.0f} ms")

    def _write_log(self, version: FunctionVersion, slot: Slot, lines: list[LogLine], trace: Trace) -> None:
        group = f"arn:aws:logs:{self.region}:{self.moto.account_id}:log-group:{version.log_group}"
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            decision = self.authorization.decide(slot.principal, action, f"{group}:log-stream:{slot.log_stream}", {})
            if not decision.allowed:
                trace.waiting("log", f"Nothing is logged: the role may not {action}.")
                return
        create = self.authorization.decide(slot.principal, "logs:CreateLogGroup", f"{group}:*", {})
        self._logs.write(version.log_group, slot.log_stream, lines, create.allowed)

    def _measure(self, version: FunctionVersion, outcome: InvocationOutcome, at: float) -> None:
        values = {
            "Invocations": 1.0,
            "Errors": float(outcome.failed),
            "Duration": outcome.duration_ms,
            "Throttles": 0.0,
        }
        self.metrics.record(version, at, values)


def occupied_s(cold: bool) -> float:
    """How long an overlapping request keeps its environment busy beyond what it sleeps.

    Real CPU time differs from run to run, so requests that arrive together are judged by these: INIT takes a quarter of
    a second, and no handler less than five milliseconds.
    """
    return INIT_S + HANDLER_S if cold else HANDLER_S


def elapsed_s(outcome: InvocationOutcome, version: FunctionVersion) -> float:
    """How long an invocation took on the clock: what it slept, so that every run of a lesson takes the same time."""
    if outcome.status == "timeout":
        return version.timeout_s
    return max(0.0, outcome.slept_s) if outcome.status in ("ok", "error") else 0.0
