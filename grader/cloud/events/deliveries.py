"""What services have to deliver: noted while moto's lock is held, done when it is free."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from grader.cloud.functions import FunctionNotFound, FunctionService, LambdaError, Lineage
from grader.cloud.functions.collaborators import Authorizer
from grader.cloud.functions.targets import MessageAttributes, Undeliverable

ACTIONS = {"sqs": "sqs:SendMessage", "sns": "sns:Publish", "lambda": "lambda:InvokeFunction"}


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
        ARN of a function, a queue or a topic.
    body
        What a function gets as its event, a queue or topic as its message.
    """

    service: str
    source_arn: str
    target: str
    body: str
    lineage: Lineage
    attributes: MessageAttributes | None = None
    subject: str | None = None
    group_id: str | None = None


class Deliveries:
    """The deliveries that are due; each is checked against the target's policy when it is made, as AWS does."""

    def __init__(self, functions: FunctionService, authorization: Authorizer) -> None:
        self._functions = functions
        self._authorization = authorization
        self._due: deque[Delivery] = deque()
        self._lock = threading.Lock()

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
        kind = delivery.target.split(":")[2]
        if kind not in ACTIONS:
            trace.broken("delivery", f"NotSupported: {delivery.service} delivers to {delivery.target}")
            return
        allowed, reason = self._allowed(delivery, kind)
        if not allowed:
            trace.broken("permission", reason)
            return
        trace.passed("permission", f"{delivery.service} may {ACTIONS[kind]}")
        send: Callable[[Delivery], None] = self._to_function if kind == "lambda" else self._to_message
        try:
            with self._functions.caused_by(delivery.lineage):
                send(delivery)
        except FunctionNotFound as missing:
            trace.broken("delivery", missing.message)
        except LambdaError as refused:
            trace.broken("delivery", refused.message)
        except Undeliverable as refused:
            trace.broken("delivery", refused.what)

    def _allowed(self, delivery: Delivery, kind: str) -> tuple[bool, str]:
        account = self._functions.moto.account_id
        if kind == "lambda":
            decision = self._authorization.service_may_invoke(
                delivery.target, delivery.service, delivery.source_arn, account
            )
        else:
            decision = self._authorization.service_may(
                delivery.service, ACTIONS[kind], delivery.target, delivery.source_arn, account
            )
        return decision.allowed, decision.reason

    def _to_function(self, delivery: Delivery) -> None:
        service = delivery.service.removesuffix(".amazonaws.com")
        self._functions.enqueue(delivery.target, delivery.body.encode(), source=service, lineage=delivery.lineage)

    def _to_message(self, delivery: Delivery) -> None:
        attributes = delivery.attributes or {}
        self._functions.targets.send(
            delivery.target, delivery.body, attributes, subject=delivery.subject, group_id=delivery.group_id
        )
        assert delivery.lineage.trace is not None
        delivery.lineage.trace.passed("delivery", f"delivered to {delivery.target}")
