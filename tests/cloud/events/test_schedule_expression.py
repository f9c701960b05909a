"""AWS's own examples: EventBridge User Guide, "Cron expressions" and "Rate expressions"."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import pytest

from grader.cloud.events.cron_fields import InvalidSchedule
from grader.cloud.events.schedule_expression import read_schedule

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)  # a Monday


def times(
    expression: str, count: int = 3, zone: tzinfo = UTC, start: datetime = START, once: bool = False
) -> list[str]:
    schedule, moment = read_schedule(expression, zone, once), start.timestamp()
    found = []
    for _ in range(count):
        following = schedule.next_after(moment, start.timestamp())
        if following is None:
            break
        moment = following
        found.append(datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M"))
    return found


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("cron(0 10 * * ? *)", ["2026-11-02 10:00", "2026-11-03 10:00", "2026-11-04 10:00"]),
        ("cron(15 12 * * ? *)", ["2026-11-02 12:15", "2026-11-03 12:15", "2026-11-04 12:15"]),
        ("cron(0 18 ? * MON-FRI *)", ["2026-11-02 18:00", "2026-11-03 18:00", "2026-11-04 18:00"]),
        ("cron(0 8 1 * ? *)", ["2026-12-01 08:00", "2027-01-01 08:00", "2027-02-01 08:00"]),
        ("cron(0/15 * * * ? *)", ["2026-11-02 09:15", "2026-11-02 09:30", "2026-11-02 09:45"]),
        ("cron(0/10 * ? * MON-FRI *)", ["2026-11-02 09:10", "2026-11-02 09:20", "2026-11-02 09:30"]),
        ("cron(0/5 8-17 ? * MON-FRI *)", ["2026-11-02 09:05", "2026-11-02 09:10", "2026-11-02 09:15"]),
        ("cron(0/30 20-2 ? * MON-FRI *)", ["2026-11-02 20:00", "2026-11-02 20:30", "2026-11-02 21:00"]),
        ("cron(0 22-1 ? * MON *)", ["2026-11-02 22:00", "2026-11-02 23:00", "2026-11-09 00:00"]),
        ("cron(0 9 ? * 2#1 *)", ["2026-12-07 09:00", "2027-01-04 09:00", "2027-02-01 09:00"]),
        ("cron(0 9 L * ? *)", ["2026-11-30 09:00", "2026-12-31 09:00", "2027-01-31 09:00"]),
        ("cron(0 9 ? * 6L *)", ["2026-11-27 09:00", "2026-12-25 09:00", "2027-01-29 09:00"]),
        ("cron(0 9 LW * ? *)", ["2026-11-30 09:00", "2026-12-31 09:00", "2027-01-29 09:00"]),
        ("cron(0 9 15W * ? *)", ["2026-11-16 09:00", "2026-12-15 09:00", "2027-01-15 09:00"]),
        ("cron(0 0 29 2 ? *)", ["2028-02-29 00:00", "2032-02-29 00:00", "2036-02-29 00:00"]),
        ("cron(30 6 1,15 JAN,JUL ? 2027)", ["2027-01-01 06:30", "2027-01-15 06:30", "2027-07-01 06:30"]),
        ("cron(0 0 1 1 ? 2020)", []),
        ("rate(1 minute)", ["2026-11-02 09:01", "2026-11-02 09:02", "2026-11-02 09:03"]),
        ("rate(5 minutes)", ["2026-11-02 09:05", "2026-11-02 09:10", "2026-11-02 09:15"]),
        ("rate(1 hour)", ["2026-11-02 10:00", "2026-11-02 11:00", "2026-11-02 12:00"]),
        ("rate(7 days)", ["2026-11-09 09:00", "2026-11-16 09:00", "2026-11-23 09:00"]),
    ],
)
def test_the_next_times(expression: str, expected: list[str]) -> None:
    assert times(expression) == expected


def test_a_schedule_keeps_to_the_clocks_of_its_time_zone() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    march = datetime(2027, 3, 26, 12, 0, tzinfo=UTC)
    assert times("cron(0 8 * * ? *)", zone=berlin, start=march) == [
        "2027-03-27 07:00",
        "2027-03-28 06:00",
        "2027-03-29 06:00",
    ]
    assert times("cron(30 2 * * ? *)", zone=berlin, start=march) == [
        "2027-03-27 01:30",
        "2027-03-29 00:30",
        "2027-03-30 00:30",
    ]  # there is no half past two on the day when summer time begins


def test_once_is_once() -> None:
    assert times("at(2026-11-02T13:00:00)", once=True) == ["2026-11-02 13:00"]
    assert times("at(2026-11-02T13:00:00)", zone=ZoneInfo("America/New_York"), once=True) == ["2026-11-02 18:00"]
    assert times("at(2026-11-01T13:00:00)", once=True) == []


@pytest.mark.parametrize(
    "expression",
    [
        "rate(1 minutes)", "rate(5 minute)", "rate(0 minutes)", "rate(5 weeks)", "rate( 5 minutes)", "every day",
        "cron(0 10 * * * *)", "cron(0 10 ? * ? *)", "cron(0 10 * * ?)", "cron(60 10 * * ? *)", "cron(0 24 * * ? *)",
        "cron(0 10 32 * ? *)", "cron(0 10 ? * 8 *)", "cron(0 10 ? * MON#6 *)", "cron(x 10 * * ? *)",
        "at(2026-11-02T13:00:00)", "at(2026-13-02T13:00:00)",
    ],
)  # fmt: skip
def test_what_is_no_schedule_is_refused(expression: str) -> None:
    with pytest.raises(InvalidSchedule):
        read_schedule(expression)
