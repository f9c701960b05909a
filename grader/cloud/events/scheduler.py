"""EventBridge Scheduler: a schedule invokes its one target, as a role, once or again and again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from moto.scheduler.exceptions import ValidationException
from moto.scheduler.models import EventBridgeSchedulerBackend

from grader.cloud.errors import NotSupported
from grader.cloud.events.cron_fields import InvalidSchedule
from grader.cloud.events.deliveries import ACTIONS, DeadLetter, Deliveries, Delivery
from grader.cloud.events.schedule_expression import Once, Rate, Schedule, read_schedule
from grader.cloud.functions import FunctionService, Lineage
from grader.cloud.functions.destinations import iso
from grader.cloud.functions.hooks import Patches

SERVICE = "scheduler.amazonaws.com"


@dataclass(frozen=True)
class Armed:
    """A schedule as it was made or changed last."""

    arn: str
    since: float
    number: int


class Scheduler:
    """Fires moto's schedules on the clock.

    A schedule with a flexible time window fires at the window's beginning.
    """

    def __init__(self, functions: FunctionService, deliveries: Deliveries) -> None:
        self._functions, self._deliveries = functions, deliveries
        self._armed: dict[str, Armed] = {}
        self._count = 0
        self._patches = Patches()

    def install(self) -> None:
        """Patch moto."""
        for name in ("create_schedule", "update_schedule"):
            self._patches.replace(EventBridgeSchedulerBackend, name, self._arming)

    def remove(self) -> None:
        """Leave moto as it was."""
        self._patches.remove()

    def _arming(self, original: Any) -> Any:
        def put(backend: Any, **given: Any) -> Any:
            self._check(given)
            schedule = original(backend, **given)
            self._arm(schedule)
            return schedule

        return put

    def _check(self, given: Mapping[str, Any]) -> None:
        expression, target = str(given["schedule_expression"]), given["target"]
        try:
            read_schedule(expression, zone_of(given.get("schedule_expression_timezone")), once=True)
        except InvalidSchedule as fault:
            raise ValidationException(f"Invalid Schedule Expression {expression}.") from fault
        arn = str(target.get("Arn"))
        if arn.count(":") < 5 or arn.split(":")[2] not in ACTIONS or ":aws-sdk:" in arn:
            raise NotSupported(f"the EventBridge Scheduler target {arn}")
        trusted = self._functions.authorization.service_may_assume(SERVICE, str(target.get("RoleArn")))
        if not trusted.allowed:
            raise ValidationException(
                "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
            )

    def _arm(self, schedule: Any) -> None:
        self._count += 1
        since = max(self._functions.clock.timestamp(), _moment(schedule.start_date) or 0.0)
        self._armed[schedule.arn] = armed = Armed(schedule.arn, since, self._count)
        read = read_schedule(schedule.schedule_expression, zone_of(schedule.schedule_expression_timezone), once=True)
        if isinstance(read, Rate):  # a rate begins at once
            self._functions.clock.at(since, partial(self._fire, armed), f"schedule {schedule.name}")
        else:
            self._wait(schedule, read, armed, since - 1e-6)

    def _wait(self, schedule: Any, read: Schedule, armed: Armed, after: float) -> None:
        due, end = read.next_after(after, armed.since), _moment(schedule.end_date)
        if due is not None and (end is None or due <= end):
            self._functions.clock.at(due, partial(self._fire, armed), f"schedule {schedule.name}")

    def _fire(self, armed: Armed) -> None:
        schedule = self._current(armed)
        if schedule is None:
            return
        now = self._functions.clock.timestamp()
        if schedule.state != "DISABLED":
            self._invoke(schedule, now)
        read = read_schedule(schedule.schedule_expression, zone_of(schedule.schedule_expression_timezone), once=True)
        self._wait(schedule, read, armed, now)
        if isinstance(read, Once) and schedule.action_after_completion == "DELETE":
            with self._functions.moto.lock:
                backend = self._functions.moto.backend("scheduler")
                backend.delete_schedule(schedule.group_name, schedule.name)

    def _current(self, armed: Armed) -> Any:
        """moto's schedule, if it is still the one that was armed."""
        group, name = armed.arn.split("/")[1:]
        with self._functions.moto.lock:
            found = self._functions.moto.backend("scheduler").schedule_groups.get(group)
            schedule = found.schedules.get(name) if found else None
        return schedule if self._armed.get(armed.arn) == armed else None

    def _invoke(self, schedule: Any, now: float) -> None:
        trace = self._functions.traces.start("schedule", f"{schedule.schedule_expression} → {schedule.name}")
        trace.passed("schedule", f"it is {iso(now)[:19]}Z")
        target, execution = schedule.target, self._functions.ids.uuid()
        body = self._body(schedule, now, execution)
        queue = (target.get("DeadLetterConfig") or {}).get("Arn")
        letter = DeadLetter(queue, body, {"SCHEDULE_ARN": ("String", schedule.arn)}) if queue else None
        self._deliveries.add(
            Delivery(
                SERVICE,
                schedule.arn,
                target["Arn"],
                body,
                Lineage(trace),
                group_id=(target.get("SqsParameters") or {}).get("MessageGroupId"),
                role=target.get("RoleArn"),
                dead_letter=letter,
            )
        )

    def _body(self, schedule: Any, now: float, execution: str) -> str:
        moment = iso(now)[:19] + "Z"
        if schedule.target.get("Input") is None:
            return json.dumps(
                {
                    "version": "0",
                    "id": execution,
                    "detail-type": "Scheduled Event",
                    "source": "aws.scheduler",
                    "account": self._functions.moto.account_id,
                    "time": moment,
                    "region": self._functions.region,
                    "resources": [schedule.arn],
                    "detail": "{}",
                }
            )
        body = str(schedule.target["Input"])
        about = {
            "schedule-arn": schedule.arn,
            "scheduled-time": moment,
            "execution-id": execution,
            "attempt-number": "1",
        }
        for name, value in about.items():
            body = body.replace(f"<aws.scheduler.{name}>", value)
        return body


def zone_of(name: str | None) -> tzinfo:
    """A time zone by name; UTC when none is given."""
    try:
        return ZoneInfo(name) if name and name != "UTC" else UTC
    except (ZoneInfoNotFoundError, ValueError) as fault:
        raise ValidationException(f"Provided ScheduleExpressionTimezone {name} is invalid.") from fault


def _moment(date: Any) -> float | None:
    """A date of the API, as moto keeps it: seconds since 1970, or text."""
    if date is None or date == "":
        return None
    if isinstance(date, datetime):
        return date.timestamp()
    try:
        return float(date)
    except ValueError:
        return datetime.fromisoformat(str(date).replace("Z", "+00:00")).timestamp()
