"""Checks that share an account: one after the other, as long as they pass."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from grader.checks import check, exercise, fail
from grader.checks.accounts import running_order
from grader.checks.exercise import Check
from grader.checks.plugin import judge


class FakeCloud:
    """Counts what is done with it."""

    def __init__(self, opened: list[FakeCloud]) -> None:
        opened.append(self)
        self.number, self.deployed, self.closed = len(opened), 0, 0

    def deploy(self, template: Path, name: str) -> Any:
        self.deployed += 1
        return SimpleNamespace(outputs={}, resources={})

    def close(self) -> None:
        self.closed += 1


def judged(body: type, folder: Path) -> tuple[list[str], list[FakeCloud]]:
    """The outcomes of the checks of ``body``, and the accounts that were opened for them."""
    opened: list[FakeCloud] = []
    built = exercise("9.9", "Trial", slug="9_9_trial", files=["app.py"], minutes=1, hints=[])(body)
    found = judge(built, folder, open_cloud=lambda: FakeCloud(opened))
    return [result.outcome for result in found.results], opened


def test_checks_of_one_word_share_an_account_and_a_stack(tmp_path: Path) -> None:
    seen: list[tuple[str, int]] = []

    class Body:
        @check(shares="calm")
        def one(stack, cloud):  # type: ignore[no-untyped-def]
            """One."""
            seen.append(("one", cloud.number))

        @check()
        def alone(stack, cloud):  # type: ignore[no-untyped-def]
            """Alone."""
            seen.append(("alone", cloud.number))

        @check(shares="calm", needs=one)
        def two(stack, cloud):  # type: ignore[no-untyped-def]
            """Two."""
            seen.append(("two", cloud.number))

    outcomes, opened = judged(Body, tmp_path)
    assert outcomes == ["passed", "passed", "passed"]
    assert seen == [("one", 1), ("two", 1), ("alone", 2)]
    assert [(cloud.deployed, cloud.closed) for cloud in opened] == [(1, 1), (1, 1)]


def test_an_account_in_which_a_check_failed_is_not_used_again(tmp_path: Path) -> None:
    seen: list[int] = []

    class Body:
        @check(shares="calm")
        def one(stack, cloud):  # type: ignore[no-untyped-def]
            """One."""
            fail("order", "a mess")

        @check(shares="calm")
        def two(stack, cloud):  # type: ignore[no-untyped-def]
            """Two."""
            seen.append(cloud.number)

        @check(shares="calm")
        def three(stack, cloud):  # type: ignore[no-untyped-def]
            """Three."""
            seen.append(cloud.number)

    outcomes, opened = judged(Body, tmp_path)
    assert (outcomes, seen) == (["failed", "passed", "passed"], [2, 2])
    assert [(cloud.deployed, cloud.closed) for cloud in opened] == [(1, 1), (1, 1)]


def test_what_checks_of_an_account_look_at_is_made_once_for_them(tmp_path: Path) -> None:
    made: list[str] = []

    def make() -> str:
        made.append(f"zip {len(made) + 1}")
        if len(made) == 1:
            fail("a zip", "none")
        return made[-1]

    seen: list[str] = []

    class Body:
        @check(shares="calm")
        def one(once):  # type: ignore[no-untyped-def]
            """One."""
            once("zip", make)

        @check(shares="calm")
        def two(once):  # type: ignore[no-untyped-def]
            """Two."""
            seen.append(once("zip", make))

        @check(shares="calm")
        def three(once):  # type: ignore[no-untyped-def]
            """Three."""
            seen.append(once("zip", make))

        @check()
        def alone(once):  # type: ignore[no-untyped-def]
            """Alone."""
            seen.append(once("zip", make))

    assert judged(Body, tmp_path)[0] == ["failed", "passed", "passed", "passed"]
    assert seen == ["zip 2", "zip 2", "zip 3"]


def test_a_stack_that_does_not_deploy_fails_once_for_all_who_share_it(tmp_path: Path) -> None:
    class Body:
        @check(shares="calm")
        def one(stack, cloud):  # type: ignore[no-untyped-def]
            """One."""

        @check(shares="calm")
        def two(stack, cloud):  # type: ignore[no-untyped-def]
            """Two."""

        @check(shares="calm")
        def without(cloud):  # type: ignore[no-untyped-def]
            """Without the stack."""

    class Broken(FakeCloud):
        def deploy(self, template: Path, name: str) -> Any:
            fail("the template deploys", "it does not")

    opened: list[FakeCloud] = []
    built = exercise("9.9", "Trial", slug="9_9_trial", files=["app.py"], minutes=1, hints=[])(Body)
    found = judge(built, tmp_path, open_cloud=lambda: Broken(opened))
    outcomes = [(result.outcome, result.found or result.because) for result in found.results]
    assert outcomes == [("failed", "it does not"), ("skipped", "One."), ("passed", "")]
    assert [cloud.closed for cloud in opened] == [1, 1]


def order(*declared: tuple[str, str, str]) -> list[str]:
    """The running order of checks, given as name, needs, shares."""
    return [
        one.name
        for one in running_order(
            [Check(name, "", 1, tuple(needs.split()), print, shares=shares) for name, needs, shares in declared]
        )
    ]


def test_checks_run_as_declared_unless_they_share() -> None:
    assert order(("a", "", ""), ("b", "a", ""), ("c", "", "")) == ["a", "b", "c"]
    assert order(("a", "", "x"), ("b", "", "y"), ("c", "", "x"), ("d", "", "y")) == ["a", "c", "b", "d"]


def test_no_check_runs_before_one_that_it_needs() -> None:
    assert order(("a", "", "x"), ("b", "", ""), ("c", "b", "x"), ("d", "", "x")) == ["a", "d", "b", "c"]


def test_a_check_that_needs_one_that_is_not_there_runs_in_its_place() -> None:
    assert order(("a", "", ""), ("b", "elsewhere", ""), ("c", "", "")) == ["a", "b", "c"]
