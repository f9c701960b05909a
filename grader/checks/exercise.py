"""How a chapter declares its exercises and checks: three decorators that turn classes and functions into data."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from grader.errors import CourseError

CheckFunction = Callable[..., Any]
Needs = str | CheckFunction | Sequence[str | CheckFunction] | None

_MARK = "__running_serverless_check__"


@dataclass(frozen=True)
class Check:
    """One question to an answer.

    Attributes
    ----------
    name
        The function's name.
    title
        The docstring's first line: what a learner reads.
    points
        What it is worth.
    needs
        Names of the checks without which this one means nothing; it is skipped when one of them does not pass.
    function
        Asks the question; its parameters name fixtures.
    hidden
        Whether only a grader with the solutions has it.
    shares
        A word. Checks of the same word use one account and one ``stack``, one after the other, as long as they pass.
        Empty: an account of its own.
    """

    name: str
    title: str
    points: float
    needs: tuple[str, ...]
    function: CheckFunction = field(repr=False)
    hidden: bool = False
    shares: str = ""


@dataclass(frozen=True)
class Exercise:
    """One exercise: what it is called, which files a learner writes, and its visible checks.

    Attributes
    ----------
    minutes
        How long a newcomer takes.
    hints
        From a nudge to nearly everything.
    passed
        What a pass proves and why it matters.
    next
        The id of the exercise after it, when there is one; in a course the order of its exercises decides.
    """

    id: str
    title: str
    slug: str
    files: tuple[str, ...]
    minutes: int
    hints: tuple[str, ...]
    checks: tuple[Check, ...]
    passed: str = ""
    next: str | None = None

    @property
    def points(self) -> float:
        """What the visible checks are worth together."""
        return sum(check.points for check in self.checks)


@dataclass(frozen=True)
class HiddenChecks:
    """The checks of an exercise that are kept from learners."""

    exercise_id: str
    checks: tuple[Check, ...]

    @property
    def points(self) -> float:
        """What they are worth together."""
        return sum(check.points for check in self.checks)


def check(points: float = 1, needs: Needs = None, shares: str = "") -> Callable[[CheckFunction], CheckFunction]:
    """Declare a function of an exercise's class to be a check; its docstring is its title.

    Parameters
    ----------
    points
        What it is worth.
    needs
        The check (or checks) that must pass first: the function itself, or its name.
    shares
        A word, the same for checks that can use one account one after the other: each leaves the answer's stack
        healthy, and judges by nothing but what it does itself. By default a check has an empty account of its own.
    """

    def mark(function: CheckFunction) -> CheckFunction:
        if not inspect.getdoc(function):
            raise CourseError(
                f"The check {function.__name__} has no docstring.", _place(function), "Say what it proves."
            )
        setattr(function, _MARK, (points, _names(needs), shares))
        return function

    return mark


def exercise(
    id: str,
    title: str,
    *,
    slug: str,
    files: Sequence[str],
    minutes: int,
    hints: Sequence[str],
    passed: str = "",
    next: str | None = None,
) -> Callable[[type], Exercise]:
    """Declare a class to be an exercise; the class becomes an ``Exercise``."""

    def build(body: type) -> Exercise:
        checks = _checks_of(body, is_hidden=False)
        return Exercise(id, title, slug, tuple(files), minutes, tuple(hints), checks, passed, next)

    return build


def hidden(exercise_id: str) -> Callable[[type], HiddenChecks]:
    """Declare a class to hold hidden checks of an exercise; ``needs`` may name visible ones."""
    return lambda body: HiddenChecks(exercise_id, _checks_of(body, is_hidden=True))


def exercises_of(namespace: Mapping[str, Any]) -> tuple[Exercise, ...]:
    """The exercises that a chapter's module or package declares, by number."""
    found = [value for value in namespace.values() if isinstance(value, Exercise)]
    return tuple(sorted(found, key=lambda one: [int(part) for part in re.findall(r"\d+", one.id)]))


def hidden_checks_of(namespace: Mapping[str, Any]) -> dict[str, tuple[Check, ...]]:
    """The hidden checks that a module declares, by exercise id."""
    found: dict[str, tuple[Check, ...]] = {}
    for value in namespace.values():
        if isinstance(value, HiddenChecks):
            found[value.exercise_id] = found.get(value.exercise_id, ()) + value.checks
    return found


def _checks_of(body: type, is_hidden: bool) -> tuple[Check, ...]:
    checks = tuple(_as_check(value, is_hidden) for value in vars(body).values() if hasattr(value, _MARK))
    if not checks:
        raise CourseError(f"{body.__name__} has no checks.", body.__module__, "Decorate its functions with @check.")
    if not is_hidden:
        _require_known_needs(body, checks)
    return checks


def _as_check(function: CheckFunction, is_hidden: bool) -> Check:
    points, needs, shares = getattr(function, _MARK)
    title = (inspect.getdoc(function) or "").strip().splitlines()[0]
    return Check(function.__name__, title, points, needs, function, is_hidden, shares)


def _require_known_needs(body: type, checks: Iterable[Check]) -> None:
    known: set[str] = set()
    for one in checks:
        if unknown := set(one.needs) - known:
            raise CourseError(
                f"The check {one.name} of {body.__name__} needs {', '.join(sorted(unknown))}, which is not above it.",
                _place(one.function),
            )
        known.add(one.name)


def _names(needs: Needs) -> tuple[str, ...]:
    if needs is None:
        return ()
    if isinstance(needs, str) or callable(needs):
        needs = [needs]
    return tuple(need if isinstance(need, str) else need.__name__ for need in needs)


def _place(function: CheckFunction) -> str:
    code = function.__code__
    return f"{code.co_filename.rsplit('/', 1)[-1]} line {code.co_firstlineno}"
