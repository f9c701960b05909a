"""``rate(5 minutes)``, ``cron(0 18 ? * MON-FRI *)`` and ``at(2026-11-20T13:00:00)``: when is the next time?

AWS: "Cron and rate expressions" of EventBridge, "Schedule types" of EventBridge Scheduler.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Protocol

from grader.cloud.events.cron_fields import CronFields, InvalidSchedule, read_cron

RATE = re.compile(r"^rate\((?P<count>[1-9]\d*) (?P<unit>minute|hour|day)(?P<plural>s?)\)$")
CRON = re.compile(r"^cron\((?P<fields>[^()]+)\)$")
AT = re.compile(r"^at\((?P<moment>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$")
SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}
FURTHEST_YEAR = 2199


class Schedule(Protocol):
    """When something is to happen."""

    def next_after(self, moment: float, created: float) -> float | None:
        """The first time after ``moment``; None when there is none. All of it in seconds since 1970.

        Parameters
        ----------
        created
            When the schedule was made: a rate is counted from there.
        """
        ...


@dataclass(frozen=True)
class Rate:
    """Again and again after the same time."""

    seconds: int

    def next_after(self, moment: float, created: float) -> float | None:
        """Whole intervals after the beginning."""
        return created + self.seconds * (int((moment - created) // self.seconds) + 1)


@dataclass(frozen=True)
class Once:
    """At one moment."""

    moment: float

    def next_after(self, moment: float, created: float) -> float | None:
        """That moment, if it lies ahead."""
        return self.moment if self.moment > moment else None


@dataclass(frozen=True)
class Cron:
    """At the minutes that the fields describe, in a time zone."""

    fields: CronFields
    zone: tzinfo

    def next_after(self, moment: float, created: float) -> float | None:
        """The next such minute; an hour that the time zone skips is skipped."""
        after = datetime.fromtimestamp(moment, UTC).astimezone(self.zone)
        day = after.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        first = (after.hour, after.minute + 1)
        while day.year <= FURTHEST_YEAR:
            if not self.fields.has_month(day):
                day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
            elif not self.fields.has_day(day):
                day += timedelta(days=1)
            elif (found := self._on(day, first, moment)) is not None:
                return found
            else:
                day += timedelta(days=1)
            first = (0, 0)
        return None

    def _on(self, day: datetime, first: tuple[int, int], moment: float) -> float | None:
        for hour, minute in self.fields.times_from(*first):
            local = day.replace(hour=hour, minute=minute, tzinfo=self.zone)
            found = local.timestamp()
            back = datetime.fromtimestamp(found, UTC).astimezone(self.zone)
            if (back.hour, back.minute) == (hour, minute) and found > moment:
                return found
        return None


def read_schedule(expression: str, zone: tzinfo = UTC, once: bool = False) -> Schedule:
    """Read an expression.

    Parameters
    ----------
    once
        Whether ``at(…)`` is allowed: EventBridge Scheduler knows it, rules do not.

    Raises
    ------
    InvalidSchedule
    """
    if rate := RATE.match(expression):
        count = int(rate["count"])
        if (count == 1) == bool(rate["plural"]):
            raise InvalidSchedule(f"{expression}: one takes the singular, more take the plural")
        return Rate(count * SECONDS[rate["unit"]])
    if cron := CRON.match(expression):
        return Cron(read_cron(cron["fields"]), zone)
    if once and (at := AT.match(expression)):
        try:
            return Once(datetime.fromisoformat(at["moment"]).replace(tzinfo=zone).timestamp())
        except ValueError as fault:
            raise InvalidSchedule(str(fault)) from fault
    raise InvalidSchedule(f"{expression} is no schedule")
