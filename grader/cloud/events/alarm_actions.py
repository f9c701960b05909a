"""What an alarm tells when it changes its state: topics, functions, and the default event bus."""

from __future__ import annotations

from grader.cloud.cloudwatch.alarms import Alarm
from grader.cloud.cloudwatch.evaluation import State
from grader.cloud.cloudwatch.wording import function_event, message, state_change, subject
from grader.cloud.events.bridge import EventBridge
from grader.cloud.events.deliveries import Deliveries, Delivery
from grader.cloud.functions import FunctionService, Lineage

SERVICE = "cloudwatch.amazonaws.com"
TO_FUNCTIONS = "lambda.alarms.cloudwatch.amazonaws.com"


class AlarmActions:
    """Notes the deliveries of alarms; they are made when moto's lock is free, and as far as the targets' policies let.

    Parameters
    ----------
    bridge
        Takes the event "CloudWatch Alarm State Change".
    """

    def __init__(self, functions: FunctionService, deliveries: Deliveries, bridge: EventBridge) -> None:
        self._functions, self._deliveries, self._bridge = functions, deliveries, bridge

    def __call__(self, alarm: Alarm, before: State) -> None:
        """Tell everybody that the alarm's new state concerns."""
        account, region = self._functions.moto.account_id, self._functions.region
        trace = self._functions.traces.start("alarm", f"{alarm.name}: {before} → {alarm.state}")
        trace.passed("alarm", alarm.reason)
        lineage = Lineage(trace)
        for target in alarm.actions(alarm.state):
            if target.split(":")[2] == "lambda":
                body = function_event(alarm, before, account, region)
                self._deliveries.add(Delivery(TO_FUNCTIONS, alarm.arn, target, body, lineage))
            else:
                body = message(alarm, before, account, region)
                heading = subject(alarm, region)
                self._deliveries.add(Delivery(SERVICE, alarm.arn, target, body, lineage, subject=heading))
        with self._functions.moto.lock:
            event = state_change(alarm, before, account, region, self._functions.ids.uuid())
            self._bridge.note(event, lineage)
