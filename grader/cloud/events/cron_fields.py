"""The six fields of AWS's cron: minutes, hours, day of month, month, day of week (1 is Sunday), year."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
DAYS = {"SUN": 1, "MON": 2, "TUE": 3, "WED": 4, "THU": 5, "FRI": 6, "SAT": 7}
DayTest = Callable[[datetime], bool]
PART = re.compile(r"^(?P<first>\*|\w+)(-(?P<last>\w+))?(/(?P<step>\d+))?$")


class InvalidSchedule(ValueError):
    """A schedule that AWS refuses; the text says why."""


@dataclass(frozen=True)
class CronFields:
    """What the fields say; days are tests, as ``L``, ``W`` and ``#`` depend on the month."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    months: frozenset[int]
    years: frozenset[int]
    day: DayTest

    def has_month(self, day: datetime) -> bool:
        """Whether the month of a day is meant."""
        return day.year in self.years and day.month in self.months

    def has_day(self, day: datetime) -> bool:
        """Whether a day is meant."""
        return self.day(day)

    def times_from(self, hour: int, minute: int) -> Iterator[tuple[int, int]]:
        """The times of a day, from one on."""
        for one in self.hours:
            for other in self.minutes:
                if (one, other) >= (hour, minute):
                    yield one, other


def read_cron(text: str) -> CronFields:
    """Read the fields.

    Raises
    ------
    InvalidSchedule
    """
    fields = text.split()
    if len(fields) != 6:
        raise InvalidSchedule(f"cron({text}) must have six fields")
    minutes, hours, day_of_month, months, day_of_week, years = (field.upper() for field in fields)
    if (day_of_month == "?") == (day_of_week == "?"):
        raise InvalidSchedule(f"cron({text}): one of day-of-month and day-of-week must be ?")
    by_week = day_of_month == "?"
    return CronFields(
        tuple(sorted(_numbers(minutes, 0, 59, {}))),
        tuple(sorted(_numbers(hours, 0, 23, {}))),
        frozenset(_numbers(months, 1, 12, MONTHS)),
        frozenset(_numbers(years, 1970, 2199, {})),
        _any_of(day_of_week, _weekday_test) if by_week else _any_of(day_of_month, _monthday_test),
    )


def _numbers(field: str, least: int, most: int, names: dict[str, int]) -> set[int]:
    found: set[int] = set()
    for part in field.split(","):
        read = PART.match(part)
        if read is None:
            raise InvalidSchedule(f"{part} is not allowed in a cron expression")
        first = least if read["first"] == "*" else _number(read["first"], names)
        last = _number(read["last"], names) if read["last"] else first
        if read["first"] == "*" or (read["step"] and not read["last"]):
            last = most
        step = int(read["step"] or 1)
        if not (least <= first <= most and least <= last <= most) or step < 1:
            raise InvalidSchedule(f"{part} is not between {least} and {most}")
        around = most - least + 1 if last < first else 0  # 20-2 goes past midnight
        found |= {(one - least) % (most - least + 1) + least for one in range(first, last + around + 1, step)}
    return found


def _number(text: str, names: dict[str, int]) -> int:
    if text in names:
        return names[text]
    if not text.isdigit():
        raise InvalidSchedule(f"{text} is no number")
    return int(text)


def _any_of(field: str, make: Callable[[str], DayTest]) -> DayTest:
    tests = [make(part) for part in field.split(",")]
    return lambda day: any(test(day) for test in tests)


def _monthday_test(part: str) -> DayTest:
    if part == "L":
        return lambda day: day.day == _length(day)
    if part == "LW":
        return lambda day: day.day == _nearest_weekday(day, _length(day))
    if re.fullmatch(r"\d{1,2}W", part):
        wanted = int(part[:-1])
        return lambda day: wanted <= _length(day) and day.day == _nearest_weekday(day, wanted)
    numbers = _numbers(part, 1, 31, {})
    return lambda day: day.day in numbers


def _weekday_test(part: str) -> DayTest:
    if part == "L":
        return lambda day: _weekday(day) == 7
    if part.endswith("L"):
        last = _number(part[:-1], DAYS)
        return lambda day: _weekday(day) == last and day.day + 7 > _length(day)
    name, hash_sign, which = part.partition("#")
    if hash_sign:
        number, count = _number(name, DAYS), _number(which, {})
        if not 1 <= count <= 5 or not 1 <= number <= 7:
            raise InvalidSchedule(f"{part} is no such day")
        return lambda day: _weekday(day) == number and (day.day - 1) // 7 + 1 == count
    numbers = _numbers(part, 1, 7, DAYS)
    return lambda day: _weekday(day) in numbers


def _weekday(day: datetime) -> int:
    """1 for Sunday to 7 for Saturday."""
    return (day.weekday() + 1) % 7 + 1


def _length(day: datetime) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _nearest_weekday(day: datetime, wanted: int) -> int:
    """The weekday nearest to a day of the month, within the month."""
    weekday = calendar.weekday(day.year, day.month, wanted)
    if weekday == 5:
        return wanted - 1 if wanted > 1 else wanted + 2
    if weekday == 6:
        return wanted + 1 if wanted < _length(day) else wanted - 2
    return wanted
