"""Where moto's S3, SNS, SQS and DynamoDB streams are made to note deliveries instead of making them."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

from moto.core.utils import unix_time_millis
from moto.dynamodb.models.table import StreamShard
from moto.s3 import notifications
from moto.s3.exceptions import S3ClientError
from moto.s3.models import FakeBucket, S3Backend
from moto.s3.responses import S3Response
from moto.sns.exceptions import InvalidParameterValue
from moto.sns.models import SNSBackend, Subscription
from moto.sqs.models import Message, Queue, SQSBackend

from grader.cloud.errors import NotSupported
from grader.cloud.events.event_pattern import event_pattern
from grader.cloud.events.pattern_operators import InvalidEventPattern
from grader.cloud.events.s3 import FAMILIES
from grader.cloud.functions.hooks import Patches

if TYPE_CHECKING:
    from grader.cloud.events.service import EventService

PROTOCOLS = frozenset({"sqs", "lambda", "email", "email-json"})
FIRST_SEQUENCE = 18_849_496_460_467_696_128
FILTER_NAME = re.compile(r"<Name>(prefix|suffix)(?=</Name>)", re.IGNORECASE)


class EventHooks:
    """The patches of moto's event sources for one cloud."""

    def __init__(self, events: EventService) -> None:
        self._events = events
        self._patches = Patches()
        self._sequence = itertools.count()

    def install(self) -> None:
        """Patch moto."""
        replace = self._patches.replace
        replace(notifications, "send_event", lambda _: self._events.notifications.send_event)
        replace(FakeBucket, "set_notification_configuration", self._validating)
        replace(S3Backend, "complete_multipart_upload", self._assembling)
        replace(S3Backend, "_set_delete_marker", self._marking)
        replace(S3Response, "_notification_config_from_body", _any_case)
        replace(Subscription, "publish", self._fanning_out)
        replace(SNSBackend, "subscribe", _known_protocols)
        replace(SNSBackend, "_validate_filter_policy", _by_our_patterns)
        replace(Queue, "add_message", self._noting_messages)
        replace(StreamShard, "add", self._noting_changes)
        replace(SQSBackend, "receive_message", _never_waiting)
        replace(SQSBackend, "is_message_valid_based_on_retention_period", lambda _: _retained)
        replace(Message, "visible", lambda _: property(_visible))

    def remove(self) -> None:
        """Leave moto as it was."""
        self._patches.remove()

    def _validating(self, original: Any) -> Any:
        def set_notification_configuration(bucket: Any, notification_config: dict[str, Any] | None) -> None:
            before = bucket.notification_configuration
            _refuse_unsupported(notification_config or {})
            original(bucket, notification_config)
            if not self._events.reachable(bucket):
                bucket.notification_configuration = before
                raise S3ClientError("InvalidArgument", "Unable to validate the following destination configurations")

        return set_notification_configuration

    def _assembling(self, original: Any) -> Any:
        def complete_multipart_upload(*args: Any, **named: Any) -> Any:
            # moto puts the assembled object, and tells of that, too
            with self._events.notifications.without_puts():
                return original(*args, **named)

        return complete_multipart_upload

    def _marking(self, original: Any) -> Any:
        def _set_delete_marker(backend: Any, bucket_name: str, key_name: str) -> Any:
            marker = original(backend, bucket_name, key_name)
            event = notifications.S3NotificationEvent.OBJECT_REMOVED_DELETE_MARKER_CREATED_EVENT
            self._events.notifications.send_event(backend.account_id, event, backend.get_bucket(bucket_name), marker)
            return marker

        return _set_delete_marker

    def _fanning_out(self, original: Any) -> Any:
        def publish(subscription: Any, *args: Any, **named: Any) -> None:
            self._events.fan_out.publish(subscription, *args, **named)

        return publish

    def _noting_messages(self, original: Any) -> Any:
        def add_message(queue: Any, message: Any) -> None:
            if queue.fifo_queue:  # moto draws numbers, and not for every message; here they grow
                message.sequence_number = f"{FIRST_SEQUENCE + 256 * next(self._sequence):020d}"
            original(queue, message)
            self._events.queues.sent(message)

        return add_message

    def _noting_changes(self, original: Any) -> Any:
        def add(shard: Any, old: Any, new: Any) -> None:
            if old is not None and new is not None and old.to_json() == new.to_json():
                return  # a write that changes nothing is not in the stream
            original(shard, old, new)
            self._events.streams.changed(shard.items[-1])

        return add


def _refuse_unsupported(configuration: dict[str, Any]) -> None:
    kinds = ("TopicConfiguration", "QueueConfiguration", "CloudFunctionConfiguration")
    asked = [event for kind in kinds for one in configuration.get(kind) or [] for event in one["Event"]]
    for event in asked:
        if event.split(":")[1] not in FAMILIES:
            raise NotSupported(f"the event {event} of an S3 notification")


def _any_case(original: Any) -> Any:
    def _notification_config_from_body(response: Any) -> dict[str, Any]:
        # AWS takes Prefix and prefix, moto only the latter
        body = response.body if isinstance(response.body, str) else response.body.decode("utf-8")
        response.body = FILTER_NAME.sub(lambda found: found[0].lower().replace("<name>", "<Name>"), body)
        result: dict[str, Any] = original(response)
        return result

    return _notification_config_from_body


def _known_protocols(original: Any) -> Any:
    def subscribe(backend: Any, topic_arn: str, endpoint: str, protocol: str) -> Any:
        if protocol not in PROTOCOLS:
            raise NotSupported(f"SNS subscriptions with Protocol {protocol}")
        if topic_arn.endswith(".fifo") and protocol != "sqs":
            raise InvalidParameterValue(
                f"Invalid parameter: Endpoint Reason: FIFO topics deliver to SQS queues, not {protocol}"
            )
        return original(backend, topic_arn, endpoint, protocol)

    return subscribe


def _by_our_patterns(original: Any) -> Any:
    def _validate_filter_policy(backend: Any, value: Any, scope: str | None) -> None:
        try:
            if value:
                event_pattern(value)
        except InvalidEventPattern as fault:
            raise InvalidParameterValue(f"Invalid parameter: FilterPolicy: {fault}") from fault
        if value and scope != "MessageBody" and any(isinstance(one, dict) for one in value.values()):
            raise InvalidParameterValue(
                "Invalid parameter: Filter policy scope MessageAttributes does not support nested filter policy"
            )

    return _validate_filter_policy


def _never_waiting(original: Any) -> Any:
    def receive_message(
        backend: Any, queue_name: str, count: int, wait_seconds_timeout: int, *args: Any, **named: Any
    ) -> Any:
        # the clock stands still while moto works: waiting for a message would wait for ever
        return original(backend, queue_name, count, 0, *args, **named)

    return receive_message


def _retained(backend: Any, queue_name: str, message: Any) -> bool:
    # moto works out every attribute of the queue, its counts of messages included, for each message that it hands out
    kept_ms = 1000 * backend.get_queue(queue_name).message_retention_period
    return bool(message.sent_timestamp + kept_ms > unix_time_millis())


def _visible(message: Any) -> bool:
    # moto says ">", which on a clock that stands still hides a message at the very moment it comes back
    return bool(unix_time_millis() >= message.visible_at)
