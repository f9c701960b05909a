"""EventService: what happens in S3, SNS, SQS and EventBridge reaches functions, queues, topics and the outbox."""

from __future__ import annotations

from typing import Any

from grader.cloud.events.alarm_actions import AlarmActions
from grader.cloud.events.bridge import EventBridge
from grader.cloud.events.bridge_hooks import BridgeHooks
from grader.cloud.events.deliveries import Deliveries
from grader.cloud.events.hooks import EventHooks
from grader.cloud.events.mappings import Mappings
from grader.cloud.events.outbox import Mail
from grader.cloud.events.queue_poller import QueuePoller
from grader.cloud.events.rule_schedules import RuleSchedules
from grader.cloud.events.s3 import SERVICE as S3
from grader.cloud.events.s3 import Notifications
from grader.cloud.events.scheduler import Scheduler
from grader.cloud.events.sns import FanOut
from grader.cloud.events.stream_poller import StreamPoller
from grader.cloud.functions import FunctionService
from grader.cloud.functions.collaborators import Authorizer


class EventService:
    """The events of one account.

    Parameters
    ----------
    functions
        Takes asynchronous events, and runs functions on batches of messages.
    authorization
        Says whether a service may deliver to a target.

    Attributes
    ----------
    outbox
        The e-mails that SNS has sent, oldest first.
    """

    def __init__(self, functions: FunctionService, authorization: Authorizer) -> None:
        self.outbox: list[Mail] = []
        self.deliveries = Deliveries(functions, authorization)
        self.bridge = EventBridge(functions, self.deliveries)
        self.schedules = RuleSchedules(functions, self.bridge)
        self.scheduler = Scheduler(functions, self.deliveries)
        self.notifications = Notifications(functions, self.deliveries, self.bridge)
        self.fan_out = FanOut(functions, self.deliveries, self.outbox)
        self.alarm_actions = AlarmActions(functions, self.deliveries, self.bridge)
        self.mappings = Mappings()
        self.queues = QueuePoller(functions, self.mappings)
        self.streams = StreamPoller(functions, self.mappings)
        self._functions = functions
        self._authorization = authorization
        self.bridge_hooks = BridgeHooks(self.bridge, self.schedules)
        self._hooks = (EventHooks(self), self.bridge_hooks, self.scheduler)
        for hooks in self._hooks:
            hooks.install()
            functions.when_closing(hooks.remove)

    def drain(self) -> bool:
        """Deliver everything that is due at this moment of the clock; False when nothing was.

        Deliveries set off others; call it until it says False, or ``run_until_idle``.
        """
        delivered = self.deliveries.drain()
        delivered = self._functions.drain() or delivered
        delivered = self.queues.drain() or delivered
        return self.streams.drain() or delivered

    def run_until_idle(self) -> None:
        """Deliver until nothing is due: events, asynchronous invocations, batches of queues."""
        while self.drain():
            pass

    def reachable(self, bucket: Any) -> bool:
        """Whether S3 may deliver to every target of a bucket's notifications; S3 refuses the configuration if not."""
        configuration = bucket.notification_configuration
        if configuration is None:
            return True
        return all(
            [
                *(self._function_reachable(one.arn, bucket.arn) for one in configuration.cloud_function),
                *(self._may("sqs:SendMessage", one.arn, bucket.arn) for one in configuration.queue),
                *(self._may("sns:Publish", one.arn, bucket.arn) for one in configuration.topic),
            ]
        )

    def _function_reachable(self, function_arn: str, bucket_arn: str) -> bool:
        account = self._functions.moto.account_id
        return self._authorization.service_may_invoke(function_arn, S3, bucket_arn, account).allowed

    def _may(self, action: str, arn: str, bucket_arn: str) -> bool:
        return self._authorization.service_may(S3, action, arn, bucket_arn, self._functions.moto.account_id).allowed
