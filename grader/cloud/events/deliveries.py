"""What services have to deliver: noted while moto's lock is held, done when it is free."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from grader.cloud.functions import FunctionNotFound, FunctionService, LambdaError, Lineage
from grader.cloud.functions.collaborators import Authorizer
from grader.cloud.functions.targets import MessageAttributes, Undeliverable

# What must be allowed for a delivery to each kind of target.
ACTIONS = {
    "sqs": "sqs:SendMessage",
    "sns": "sns:Publish",
    "lambda": "lambda:InvokeFunction",
    "events": "events:PutEvents",
    "logs": "logs:PutLogEvents",
    "states": "states:StartExecution",
}
# These take nothing by a policy of their own: whoever delivers to them needs a role.
ONLY_BY_ROLE = frozenset({"events", "states"})


@dataclass(frozen=True)
class DeadLetter:
    """What becomes of a delivery that cannot be made.

    Attributes
    ----------
    queue
        ARN of a queue whose policy (or the delivery's role) lets the service in.
    body
        What the queue gets; it need not be what the target would have got.
    attributes
        Message attributes; ``ERROR_CODE`` and ``ERROR_MESSAGE`` are added when there are any.
    """

    queue: str
    body: str
    attributes: MessageAttributes


@dataclass(frozen=True)
class Delivery:
    """One message from a service to one target.

    Attributes
    ----------
    service
        Who delivers: ``s3.amazonaws.com``.
    source_arn
        On whose account it delivers, what ``aws:SourceArn`` is compared with: the bucket, topic or rule.
    target
        ARN of a function, a queue, a topic, a state machine, a bus or a log group.
    body
        What a function gets as its event, a queue or topic as its message.
    role
        The role that the service assumes to deliver; without one the target's own policy decides.
    """

    service: str
    source_arn: str
    target: str
    body: str
    lineage: Lineage
    attributes: MessageAttributes | None = None
    subject: str | None = None
    group_id: str | None = None
    deduplication_id: str | None = None
    role: str | None = None
    dead_letter: DeadLetter | None = None

    @property
    def kind(self) -> str:
        """The target's service."""
        return self.target.split(":")[2] if self.target.count(":") >= 5 else ""


Sender = Callable[[Delivery], None]


class Deliveries:
    """The deliveries that are due; each is checked against policy or role when it is made, as AWS does.

    Attributes
    ----------
    senders
        By the target's service: makes a delivery that may be made.
    """

    def __init__(self, functions: FunctionService, authorization: Authorizer) -> None:
        self._functions = functions
        self._authorization = authorization
        self._due: deque[Delivery] = deque()
        self._lock = threading.Lock()
        self.senders: dict[str, Sender] = {
            "lambda": self._to_function,
            "sqs": self._to_message,
            "sns": self._to_message,
        }

    def add(self, delivery: Delivery) -> None:
        """Note a delivery; safe while moto's lock is held."""
        with self._lock:
            self._due.append(delivery)

    def drain(self) -> bool:
        """Make the deliveries that are due; False when there were none."""
        delivered = False
        while (delivery := self._next()) is not None:
            self._deliver(delivery)
            delivered = True
        return delivered

    def _next(self) -> Delivery | None:
        with self._lock:
            return self._due.popleft() if self._due else None

    def _deliver(self, delivery: Delivery) -> None:
        trace = delivery.lineage.trace
        assert trace is not None
        if delivery.kind not in self.senders:
            trace.broken("delivery", f"NotSupported: {delivery.service} delivers to {delivery.target}")
            return
        allowed, reason = self._allowed(delivery, delivery.target, ACTIONS[delivery.kind])
        if not allowed:
            self._fail(delivery, "permission", "NO_PERMISSIONS", reason)
            return
        trace.passed("permission", f"{delivery.service} may {ACTIONS[delivery.kind]}")
        try:
            with self._functions.caused_by(delivery.lineage):
                self.senders[delivery.kind](delivery)
        except FunctionNotFound as missing:
            self._fail(delivery, "delivery", "NO_RESOURCE", missing.message)
        except LambdaError as refused:
            self._fail(delivery, "delivery", "SDK_CLIENT_ERROR", refused.message)
        except Undeliverable as refused:
            self._fail(delivery, "delivery", "SDK_CLIENT_ERROR", refused.what)

    def _allowed(self, delivery: Delivery, resource: str, action: str) -> tuple[bool, str]:
        if delivery.role is not None:
            verdict = self._functions.roles.may_act_for(delivery.service, delivery.role, action, resource)
            return verdict.allowed, verdict.reason
        kind, account = resource.split(":")[2], self._functions.moto.account_id
        if kind == "logs":  # what is written to is a stream of the group
            resource = f"{resource.removesuffix(':*')}:log-stream:{delivery.service}"
        if kind in ONLY_BY_ROLE:
            return False, f"{delivery.service} delivers to {resource} only with a role (RoleArn) that allows {action}."
        if kind == "lambda":
            decision = self._authorization.service_may_invoke(resource, delivery.service, delivery.source_arn, account)
        else:
            decision = self._authorization.service_may(delivery.service, action, resource, delivery.source_arn, account)
        return decision.allowed, decision.reason

    def _fail(self, delivery: Delivery, gate: str, code: str, why: str) -> None:
        """The delivery cannot be made, now or ever; its dead letter is kept."""
        trace, letter = delivery.lineage.trace, delivery.dead_letter
        assert trace is not None
        trace.broken(gate, why)
        if letter is None:
            return
        allowed, reason = self._allowed(delivery, letter.queue, ACTIONS["sqs"])
        if not allowed:
            trace.broken("dead letter", reason)
            return
        told: MessageAttributes = {"ERROR_CODE": ("String", code), "ERROR_MESSAGE": ("String", why[:1024])}
        try:
            with self._functions.caused_by(delivery.lineage):
                self._functions.targets.send(
                    letter.queue, letter.body, {**letter.attributes, **(told if letter.attributes else {})}
                )
        except Undeliverable as refused:
            trace.broken("dead letter", refused.what)
        else:
            trace.passed("dead letter", f"kept in {letter.queue}")

    def _to_function(self, delivery: Delivery) -> None:
        service = delivery.service.removesuffix(".amazonaws.com")
        self._functions.enqueue(delivery.target, delivery.body.encode(), source=service, lineage=delivery.lineage)

    def _to_message(self, delivery: Delivery) -> None:
        self._functions.targets.send(
            delivery.target,
            delivery.body,
            delivery.attributes or {},
            subject=delivery.subject,
            group_id=delivery.group_id,
            deduplication_id=delivery.deduplication_id,
        )
        assert delivery.lineage.trace is not None
        delivery.lineage.trace.passed("delivery", f"delivered to {delivery.target}")
