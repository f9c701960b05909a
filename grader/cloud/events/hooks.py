"""Where moto's S3, SNS, SQS and EventBridge are made to note deliveries instead of making them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.core.utils import unix_time_millis
from moto.events.models import EventsBackend, Rule
from moto.s3 import notifications
from moto.s3.exceptions import S3ClientError
from moto.s3.models import FakeBucket
from moto.sns.models import Subscription
from moto.sqs.models import Message, Queue, SQSBackend

from grader.cloud.errors import NotSupported
from grader.cloud.functions.hooks import Patches

if TYPE_CHECKING:
    from grader.cloud.events.service import EventService


class EventHooks:
    """The patches of moto's event sources for one cloud."""

    def __init__(self, events: EventService) -> None:
        self._events = events
        self._patches = Patches()

    def install(self) -> None:
        """Patch moto."""
        replace = self._patches.replace
        replace(notifications, "send_event", lambda _: self._events.notifications.send_event)
        replace(FakeBucket, "set_notification_configuration", self._validating)
        replace(Subscription, "publish", self._fanning_out)
        replace(Rule, "send_to_targets", self._bridging)
        replace(EventsBackend, "put_rule", _without_schedules)
        replace(Queue, "add_message", self._noting_messages)
        replace(SQSBackend, "receive_message", _never_waiting)
        replace(Message, "visible", lambda _: property(_visible))

    def remove(self) -> None:
        """Leave moto as it was."""
        self._patches.remove()

    def _validating(self, original: Any) -> Any:
        def set_notification_configuration(bucket: Any, notification_config: dict[str, Any] | None) -> None:
            before = bucket.notification_configuration
            original(bucket, notification_config)
            if not self._events.reachable(bucket):
                bucket.notification_configuration = before
                raise S3ClientError("InvalidArgument", "Unable to validate the following destination configurations")

        return set_notification_configuration

    def _fanning_out(self, original: Any) -> Any:
        def publish(subscription: Any, *args: Any, **named: Any) -> None:
            self._events.fan_out.publish(subscription, *args, **named)

        return publish

    def _bridging(self, original: Any) -> Any:
        def send_to_targets(rule: Any, original_event: dict[str, Any], transform_input: bool = True) -> None:
            self._events.bridge.send_to_targets(rule, original_event)

        return send_to_targets

    def _noting_messages(self, original: Any) -> Any:
        def add_message(queue: Any, message: Any) -> None:
            # without its mappings moto would invoke the function here, with its lock held
            mappings, queue.lambda_event_source_mappings = queue.lambda_event_source_mappings, {}
            try:
                original(queue, message)
            finally:
                queue.lambda_event_source_mappings = mappings
            self._events.poller.sent(message)

        return add_message


def _without_schedules(original: Any) -> Any:
    def put_rule(backend: Any, *args: Any, **named: Any) -> Any:
        if named.get("scheduled_expression"):
            raise NotSupported("AWS::Events::Rule.ScheduleExpression")
        return original(backend, *args, **named)

    return put_rule


def _never_waiting(original: Any) -> Any:
    def receive_message(
        backend: Any, queue_name: str, count: int, wait_seconds_timeout: int, *args: Any, **named: Any
    ) -> Any:
        # the clock stands still while moto works: waiting for a message would wait for ever
        return original(backend, queue_name, count, 0, *args, **named)

    return receive_message


def _visible(message: Any) -> bool:
    # moto says ">", which on a clock that stands still hides a message at the very moment it comes back
    return bool(unix_time_millis() >= message.visible_at)
