"""FunctionService: resolve → throttle → environment → handler → log → metrics, for every invocation of the account."""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from grader.cloud.clock import Clock
from grader.cloud.cloudwatch import Metrics
from grader.cloud.environment.invocation import InitFailure, InvocationOutcome, InvocationRequest
from grader.cloud.functions.aliases import Aliases
from grader.cloud.functions.asynchronous import AsyncQueue
from grader.cloud.functions.causes import Causes
from grader.cloud.functions.code import CodeStore
from grader.cloud.functions.collaborators import Authorizer, Environments, Identities, MotoAccount
from grader.cloud.functions.concurrency import Concurrency
from grader.cloud.functions.errors import (
    LambdaError,
    RecursiveInvocation,
    TooManyRequests,
)
from grader.cloud.functions.event_invoke import EventInvokeConfigs
from grader.cloud.functions.hooks import FunctionHooks
from grader.cloud.functions.invocation import Invocation, Lineage
from grader.cloud.functions.metrics import FunctionMetrics
from grader.cloud.functions.payloads import capped, checked_event
from grader.cloud.functions.pool import ACCOUNT_CONCURRENCY, EnvironmentState, Pool, Slot
from grader.cloud.functions.recording import Recorder
from grader.cloud.functions.registry import FunctionVersion, Registry, split_name
from grader.cloud.functions.reporting import stream_name
from grader.cloud.functions.roles import Roles
from grader.cloud.functions.starting import ColdStart
from grader.cloud.functions.targets import Targets
from grader.cloud.functions.versions import Versions
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
        Starts execution environments, with AWS's endpoint served to them.
    metrics
        Where everything that happens is counted.
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
        metrics: Metrics,
        region: str = "us-east-1",
        seed: int = 0,
    ) -> None:
        self.clock, self.ids, self.traces, self.moto = clock, ids, traces, moto
        self.region = region
        self.authorization = authorization
        self.registry = Registry(moto, region, seed)
        self.versions, self.aliases = Versions(moto, self.registry), Aliases(moto, self.registry)
        self.concurrency = Concurrency(moto, self.registry)
        self.pool = Pool(lambda: ids.hex(32), stream_name)
        self.code = CodeStore()
        self.roles = Roles(identity, authorization, clock)
        self.metrics = FunctionMetrics(metrics)
        self.event_invoke_configs = EventInvokeConfigs(clock)
        self.cold_start = ColdStart(zygote, identity, moto, self.code, region)
        self._recorder = Recorder(moto, authorization, self.metrics, region)
        self._delivered: dict[str, deque[bytes]] = defaultdict(lambda: deque(maxlen=DELIVERIES_KEPT))
        self._causes = Causes("AIDA" + ids.suffix(17))
        self.acting_as, self.caused_by = self._causes.acting_as, self._causes.caused_by
        self.running = self._causes.running
        self.requester, self.lineage, self.lineage_of = (
            self._causes.requester, self._causes.lineage, self._causes.lineage_of,
        )  # fmt: skip
        self.targets = Targets(self)
        self.queue = AsyncQueue(self)
        self.hooks = FunctionHooks(self)
        self.hooks.install()
        self.registry.layer_code = self.hooks.layers.code  # type: ignore[method-assign]  # deleted versions live on
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
        FunctionNotFound, TooManyRequests, InvalidRequestContent, RequestTooLarge, RoleNotAssumable
            The Lambda API's own refusals. What goes wrong inside the function is in the Invocation instead.
        """
        lineage = lineage if lineage is not None else self.lineage()
        trace = trace or self.traces.start("invocation", split_name(function)[0], lineage.trace)
        try:
            event = checked_event(payload)
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

    def named(self, function: str, qualifier: str | None) -> tuple[str, str]:
        """A function's name, and the ARN of it or of the alias or version that is asked for.

        Raises
        ------
        FunctionNotFound
            When it, or the alias or version, is not there.
        """
        found = self.registry.resolve(function, qualifier)
        return found.name, f"{found.arn}:{found.qualifier}" if found.qualifier else found.arn

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
        lineage = Lineage(trace, (*lineage.chain, version.arn))
        slot, cold = self._take(version, started, trace)
        self.metrics.concurrency(version.name, *self.pool.busy(started, version.name), started)
        elapsed = 0.0
        try:
            if cold:
                self.cold_start.start(slot, version)
            trace.passed("environment", f"{'cold' if cold else 'warm'} {slot.id[:8]}, version {version.version}")
            request = InvocationRequest(
                request_id=request_id,
                payload=event,
                now=started,
                trace_id=f"Root=1-{int(started):08x}-{slot.id[:24]};Parent={slot.id[:16]};Sampled=0",
                invoked_arn=version.invoked_arn,
                client_context=client_context,
            )
            outcome = capped(self._ask(slot, version, request, lineage))
            elapsed = elapsed_s(outcome, version) + (occupied_s(cold) if overlapping else 0.0)
        finally:
            self.pool.give_back(slot, started + elapsed)
        if at is None:
            self.clock.pass_time(started + elapsed - self.clock.timestamp())
        with self._causes.caused_by(lineage):  # whoever is subscribed to the log continues the chain
            return self._recorder.finished(version, slot, outcome, trace, started, elapsed, request_id, cold)

    def _ask(
        self, slot: Slot, version: FunctionVersion, request: InvocationRequest, lineage: Lineage
    ) -> InvocationOutcome:
        """Run the handler; an INIT phase of more than ten seconds is cut short, and done again in the invocation."""
        outcome = self._run_in(slot, request, lineage)
        if outcome.status != "init_timeout":
            return outcome
        failure = InitFailure("timeout", "", outcome.duration_ms, outcome.logs[:-1])
        self.cold_start.start(slot, version, init_in_invoke=True)
        later = replace(request, now=request.now + outcome.duration_ms / 1000)
        return replace(self._run_in(slot, later, lineage), init_failure=failure)

    def _run_in(self, slot: Slot, request: InvocationRequest, lineage: Lineage) -> InvocationOutcome:
        assert slot.environment is not None
        with self._causes.running(slot.access_key, lineage):
            return slot.environment.invoke(request)

    def _take(self, version: FunctionVersion, at: float, trace: Trace) -> tuple[Slot, bool]:
        unreserved = ACCOUNT_CONCURRENCY if version.reserved_concurrency is not None else self.concurrency.unreserved()
        try:
            return self.pool.take(version, at, unreserved)
        except TooManyRequests as throttled:
            trace.broken("concurrency", f"{throttled.message} {throttled.reason}")
            self.metrics.record(version, at, {"Throttles": 1})
            raise


def occupied_s(cold: bool) -> float:
    """How long an overlapping request keeps its environment busy beyond what it sleeps.

    Real CPU time differs from run to run, so requests that arrive together are judged by these: INIT takes a quarter of
    a second, and no handler less than five milliseconds.
    """
    return INIT_S + HANDLER_S if cold else HANDLER_S


def elapsed_s(outcome: InvocationOutcome, version: FunctionVersion) -> float:
    """How long an invocation took on the clock: what it slept, so that every run of a lesson takes the same time."""
    failed = outcome.init_failure
    before = failed.duration_ms / 1000 if failed is not None and failed.status == "timeout" else 0.0
    if outcome.status == "timeout":
        return before + version.timeout_s
    return before + (max(0.0, outcome.slept_s) if outcome.status in ("ok", "error") else 0.0)
