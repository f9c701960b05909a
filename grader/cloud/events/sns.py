"""SNS fan-out: what a subscription gets of a published message."""

from __future__ import annotations

import json
from typing import Any

from moto.sns.exceptions import InvalidParameterValue

from grader.cloud.events.deliveries import Deliveries, Delivery
from grader.cloud.events.outbox import Mail
from grader.cloud.functions import FunctionService, Lineage
from grader.cloud.functions.destinations import iso

SERVICE = "sns.amazonaws.com"
SUBJECT = "AWS Notification Message"


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
        if not _wanted(subscription, message, message_attributes):
            return
        text = _for_protocol(message, subscription.protocol) if message_structure == "json" else message
        before = self._functions.lineage()
        topic = subscription.topic.arn
        title = f"{topic.split(':')[-1]} → {subscription.protocol} {subscription.endpoint}"
        trace = self._functions.traces.start("notification", title, before.trace)
        lineage = Lineage(trace, before.chain)
        notice = self._notice(subscription, text, message_id, subject, message_attributes or {})
        if subscription.protocol == "lambda":
            event = {"Records": [as_lambda_record(subscription.arn, notice)]}
            self._deliveries.add(Delivery(SERVICE, topic, subscription.endpoint, json.dumps(event), lineage))
        elif subscription.protocol == "sqs":
            raw = str(subscription.attributes.get("RawMessageDelivery")).lower() == "true"
            body = text if raw else json.dumps(as_queue_message(notice), indent=2)
            attributes = _raw_attributes(message_attributes or {}) if raw else {}
            self._deliveries.add(
                Delivery(SERVICE, topic, subscription.endpoint, body, lineage, attributes, group_id=group_id)
            )
        elif subscription.protocol in ("email", "email-json"):
            body = text if subscription.protocol == "email" else json.dumps(as_queue_message(notice), indent=2)
            now = self._functions.clock.timestamp()
            self._outbox.append(Mail(subscription.endpoint, subject or SUBJECT, body, topic, now))
            trace.passed("delivery", f"an e-mail to {subscription.endpoint} lies in the outbox")
        else:
            trace.broken("delivery", f"NotSupported: SNS subscriptions with Protocol {subscription.protocol}")

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


def _wanted(subscription: Any, message: str, attributes: dict[str, Any] | None) -> bool:
    matcher = subscription._filter_policy_matcher
    return matcher is None or bool(matcher.matches(attributes, message))


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
