"""SNS fan-out: what a subscription gets of a published message."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from moto.sns.exceptions import InvalidParameterValue

from grader.cloud.events.deliveries import DeadLetter, Deliveries, Delivery
from grader.cloud.events.event_pattern import event_pattern
from grader.cloud.events.outbox import Mail
from grader.cloud.functions import FunctionService, Lineage
from grader.cloud.functions.destinations import iso
from grader.cloud.functions.targets import MessageAttributes
from grader.cloud.traces import Trace

SERVICE = "sns.amazonaws.com"
SUBJECT = "AWS Notification Message"


NOTIFICATIONS_KEPT = 1000


def _forget(notifications: list[Any]) -> None:
    """moto notes every message of a topic for its own tests, and keeps them for ever."""
    if len(notifications) > 2 * NOTIFICATIONS_KEPT:
        del notifications[:-NOTIFICATIONS_KEPT]


class FanOut:
    """Takes the place of moto's ``Subscription.publish``; moto's lock is held whenever it is called."""

    def __init__(self, functions: FunctionService, deliveries: Deliveries, outbox: list[Mail]) -> None:
        self._functions = functions
        self._deliveries = deliveries
        self._outbox = outbox

    def publish(
        self,
        subscription: Any,
        message: str,
        message_id: str,
        subject: str | None = None,
        message_attributes: dict[str, Any] | None = None,
        group_id: str | None = None,
        deduplication_id: str | None = None,
        message_structure: str | None = None,
    ) -> None:
        """Note the delivery of a message to one subscription, if its filter policy lets it pass."""
        _forget(subscription.topic.sent_notifications)
        if not wanted(subscription.attributes, message, message_attributes or {}):
            return
        text = _for_protocol(message, subscription.protocol) if message_structure == "json" else message
        before = self._functions.lineage()
        topic = subscription.topic.arn
        title = f"{topic.split(':')[-1]} → {subscription.protocol} {subscription.endpoint}"
        trace = self._functions.traces.start("notification", title, before.trace)
        notice = self._notice(subscription, text, message_id, subject, message_attributes or {})
        if subscription.protocol in ("email", "email-json"):
            self._mail(subscription, notice, trace)
        elif subscription.protocol in ("lambda", "sqs"):
            body, attributes = _body(subscription, notice, message_attributes or {})
            self._deliveries.add(
                Delivery(
                    SERVICE,
                    topic,
                    subscription.endpoint,
                    body,
                    Lineage(trace, before.chain),
                    attributes,
                    group_id=group_id,
                    deduplication_id=deduplication_id or (_digest(message) if group_id else None),
                    dead_letter=_dead_letter(subscription, notice),
                )
            )
        else:
            trace.broken("delivery", f"NotSupported: SNS subscriptions with Protocol {subscription.protocol}")

    def _mail(self, subscription: Any, notice: dict[str, Any], trace: Trace) -> None:
        text = str(notice["Message"])
        body = text if subscription.protocol == "email" else json.dumps(as_queue_message(notice), indent=2)
        now = self._functions.clock.timestamp()
        subject = notice["Subject"] or SUBJECT
        self._outbox.append(Mail(subscription.endpoint, subject, body, subscription.topic.arn, now))
        trace.passed("delivery", f"an e-mail to {subscription.endpoint} lies in the outbox")

    def _notice(
        self, subscription: Any, text: str, message_id: str, subject: str | None, attributes: dict[str, Any]
    ) -> dict[str, Any]:
        host = f"https://sns.{self._functions.region}.amazonaws.com"
        return {
            "Type": "Notification",
            "MessageId": message_id,
            "TopicArn": subscription.topic.arn,
            "Subject": subject,
            "Message": text,
            "Timestamp": iso(self._functions.clock.timestamp()),
            "SignatureVersion": "1",
            "Signature": "EXAMPLE",
            "SigningCertUrl": f"{host}/SimpleNotificationService-0000000000000000000000.pem",
            "UnsubscribeUrl": f"{host}/?Action=Unsubscribe&SubscriptionArn={subscription.arn}",
            "MessageAttributes": {
                name: {"Type": value["Type"], "Value": str(value["Value"])} for name, value in attributes.items()
            },
        }


def as_lambda_record(subscription_arn: str, notice: dict[str, Any]) -> dict[str, Any]:
    """A record of the event that SNS hands to a function."""
    return {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription_arn,
        "Sns": notice,
    }


def as_queue_message(notice: dict[str, Any]) -> dict[str, Any]:
    """The envelope in a queue or an ``email-json``: other spelling, and nothing that is empty."""
    spelling = {"SigningCertUrl": "SigningCertURL", "UnsubscribeUrl": "UnsubscribeURL"}
    return {spelling.get(name, name): value for name, value in notice.items() if value not in (None, {})}


def _body(
    subscription: Any, notice: dict[str, Any], attributes: dict[str, Any]
) -> tuple[str, MessageAttributes | None]:
    """What a function or a queue gets, and a raw message's attributes."""
    if subscription.protocol == "lambda":
        return json.dumps({"Records": [as_lambda_record(subscription.arn, notice)]}), None
    if str(subscription.attributes.get("RawMessageDelivery")).lower() == "true":
        return str(notice["Message"]), _raw_attributes(attributes)
    return json.dumps(as_queue_message(notice), indent=2), None


def _digest(message: str) -> str:
    """What a topic with content-based deduplication compares."""
    return hashlib.sha256(message.encode()).hexdigest()


def _dead_letter(subscription: Any, notice: dict[str, Any]) -> DeadLetter | None:
    policy = subscription.attributes.get("RedrivePolicy")
    queue = json.loads(policy).get("deadLetterTargetArn") if policy else None
    return DeadLetter(queue, json.dumps(as_queue_message(notice), indent=2), {}) if queue else None


def wanted(subscription: dict[str, Any], message: str, attributes: dict[str, Any]) -> bool:
    """Whether a subscription's filter policy lets a message pass: by its attributes, or by its body.

    AWS: "Amazon SNS subscription filter policies".
    """
    policy = json.loads(subscription.get("FilterPolicy") or "{}")
    if not policy:
        return True
    if subscription.get("FilterPolicyScope", "MessageAttributes") == "MessageAttributes":
        return event_pattern(policy).matches({name: _value(given) for name, given in attributes.items()})
    try:
        body = json.loads(message)
    except (ValueError, RecursionError):
        return False
    return isinstance(body, dict) and event_pattern(policy).matches(body)


def _value(attribute: dict[str, Any]) -> Any:
    """A message attribute as a filter policy compares it."""
    kind, value = str(attribute["Type"]), attribute["Value"]
    try:
        if kind.startswith("Number"):
            number = float(value)
            return int(number) if number.is_integer() else number
        if kind == "String.Array":
            return json.loads(value)
    except ValueError:
        return str(value)
    return str(value)


def _for_protocol(message: str, protocol: str) -> str:
    try:
        variants = json.loads(message)
        return str(variants.get(protocol) or variants["default"])
    except ValueError as fault:
        raise InvalidParameterValue("Message Structure - JSON message body failed to parse") from fault
    except KeyError as fault:
        raise InvalidParameterValue("Message Structure - No default entry in JSON message body") from fault


def _raw_attributes(attributes: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {name: (value["Type"], str(value["Value"])) for name, value in attributes.items()}
