"""The engine: outcomes, needs, whose fault it is."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from grader.checks import check, exercise, expect, fail, hidden
from grader.checks.outcome import CheckResult, Place
from grader.checks.plugin import Judgement, judge
from grader.cloud.errors import CloudError


class FakeCloud:
    """Stands for the pocket AWS: runs a table of answers, deploys a table of outputs."""

    def __init__(self, outputs: dict[str, str] | None = None, error: Exception | None = None) -> None:
        self.outputs, self.error, self.closed = outputs or {}, error, False

    def run(self, folder: Path, name: str, *args: Any, **kwargs: Any) -> Any:
        if name.endswith("boom"):
            trace = ['  File "/var/task/app.py", line 7, in boom\n    return 1 / 0\n']
            error = {"errorType": "ZeroDivisionError", "errorMessage": "division by zero", "stackTrace": trace}
            return SimpleNamespace(error=error, payload=None)
        return SimpleNamespace(error=None, payload=[*args])

    def deploy(self, template: Path, name: str, **options: Any) -> Any:
        if self.error:
            raise self.error
        return SimpleNamespace(outputs=self.outputs, resources={}, status="CREATE_COMPLETE", name=name)

    def close(self) -> None:
        self.closed = True


def run(body: type, folder: Path, cloud: FakeCloud | None = None, secret: type | None = None) -> Judgement:
    built = exercise("9.9", "Trial", slug="9_9_trial", files=["app.py"], minutes=1, hints=["a", "b", "c"])(body)
    more = hidden("9.9")(secret).checks if secret else ()
    return judge(built, folder, hidden=more, open_cloud=lambda: cloud or FakeCloud())


def only(judgement: Judgement) -> CheckResult:
    (result,) = judgement.results
    return result


def test_a_check_that_returns_has_passed(tmp_path: Path) -> None:
    class Body:
        @check(points=3)
        def is_fine(folder):  # type: ignore[no-untyped-def]
            """All is fine."""
            assert folder == tmp_path

    assert run(Body, tmp_path) == Judgement((CheckResult("is_fine", "All is fine.", "passed", 3, 3),))


def test_a_failed_expectation_says_what_was_expected_and_found(tmp_path: Path) -> None:
    class Body:
        @check()
        def is_two():  # type: ignore[no-untyped-def]
            """It is two."""
            expect(1, hint="Add one.", what="the number", where="app.py line 3, add").equals(2)

    assert only(run(Body, tmp_path)) == CheckResult(
        "is_two", "It is two.", "failed", 0, 1, "the number: 2", "1", "Add one.", location=Place("app.py", 3, "add")
    )


def test_dependents_of_a_failed_check_are_skipped_and_say_after_which(tmp_path: Path) -> None:
    class Body:
        @check()
        def first():  # type: ignore[no-untyped-def]
            """First."""
            fail("a", "b")

        @check(needs=first)
        def second():  # type: ignore[no-untyped-def]
            """Second."""

        @check(needs=second)
        def third():  # type: ignore[no-untyped-def]
            """Third."""

    found = [(result.outcome, result.because) for result in run(Body, tmp_path).results]
    assert found == [("failed", ""), ("skipped", "First."), ("skipped", "Second.")]


def test_hidden_checks_may_need_visible_ones(tmp_path: Path) -> None:
    class Body:
        @check()
        def seen():  # type: ignore[no-untyped-def]
            """Seen."""

    class Secret:
        @check(points=2, needs="seen")
        def unseen():  # type: ignore[no-untyped-def]
            """Unseen."""

    results = run(Body, tmp_path, secret=Secret).results
    assert [(result.name, result.outcome, result.hidden) for result in results] == [
        ("seen", "passed", False),
        ("unseen", "passed", True),
    ]


@pytest.mark.parametrize("error", [KeyError("x"), RuntimeError("broken"), SystemExit(3), AssertionError("ours")])
def test_our_own_fault_is_a_grader_error_without_a_score(tmp_path: Path, error: BaseException) -> None:
    class Body:
        @check()
        def breaks():  # type: ignore[no-untyped-def]
            """It breaks."""
            raise error

    result = only(run(Body, tmp_path))
    assert (result.outcome, result.points) == ("grader_error", None)
    assert type(error).__name__ in result.because
    assert "test_plugin.py" in result.because


def test_the_learners_own_exception_fails_with_their_words_and_their_line(tmp_path: Path) -> None:
    class Body:
        @check()
        def calls(function):  # type: ignore[no-untyped-def]
            """It answers."""
            function("app.boom")(1)

    assert only(run(Body, tmp_path)) == CheckResult(
        "calls",
        "It answers.",
        "failed",
        0,
        1,
        "app.boom(…) answers",
        "ZeroDivisionError: division by zero\n  app.py line 7, boom: return 1 / 0",
        location=Place("app.py", 7, "boom"),
    )


def test_a_plain_function_is_called_by_value(tmp_path: Path) -> None:
    class Body:
        @check()
        def calls(function):  # type: ignore[no-untyped-def]
            """It answers."""
            add = function("app.add")
            expect(add(1, 2)).equals([1, 2])
            expect(add.invocation.payload).equals([1, 2])

    assert only(run(Body, tmp_path)).outcome == "passed"


def test_a_template_that_does_not_deploy_fails_once(tmp_path: Path) -> None:
    error = CloudError("Circular dependency", "template.yaml line 4, Uploads", "Cut one arrow.")

    class Body:
        @check()
        def deploys(stack):  # type: ignore[no-untyped-def]
            """It deploys."""

        @check()
        def answers(stack):  # type: ignore[no-untyped-def]
            """It answers."""

    first, second = run(Body, tmp_path, FakeCloud(error=error)).results
    assert (first.outcome, first.found, first.hint) == ("failed", "Circular dependency", "Cut one arrow.")
    assert first.location == Place("template.yaml", 4, "Uploads")
    assert (second.outcome, second.because) == ("skipped", "It deploys.")


def test_an_output_that_was_removed_is_the_learners_fault(tmp_path: Path) -> None:
    class Body:
        @check()
        def has_url(stack):  # type: ignore[no-untyped-def]
            """It has a URL."""
            stack.outputs["HelloUrl"]

    result = only(run(Body, tmp_path, FakeCloud({"Url": "x"})))
    assert (result.outcome, result.expected, result.found) == ("failed", "an output named HelloUrl", "these: Url")


def test_a_body_that_is_no_json_is_the_learners_fault(tmp_path: Path) -> None:
    class Body:
        @check()
        def parses():  # type: ignore[no-untyped-def]
            """It is JSON."""
            json.loads("hello")

    result = only(run(Body, tmp_path))
    assert (result.outcome, result.expected, result.found) == ("failed", "JSON", "hello")


def test_a_body_that_is_nested_too_deeply_is_the_learners_fault(tmp_path: Path) -> None:
    class Body:
        @check()
        def parses():  # type: ignore[no-untyped-def]
            """It is JSON."""
            json.loads("[" * 100_000)

    result = only(run(Body, tmp_path))
    assert (result.outcome, result.found) == ("failed", "values that are nested too deeply to be read")


def test_each_check_has_its_own_cloud_which_is_closed(tmp_path: Path) -> None:
    opened: list[FakeCloud] = []

    class Body:
        @check()
        def one(cloud):  # type: ignore[no-untyped-def]
            """One."""

        @check()
        def two(cloud, stack, http):  # type: ignore[no-untyped-def]
            """Two."""

    def open_cloud() -> FakeCloud:
        opened.append(FakeCloud())
        return opened[-1]

    FakeCloud.http = "client"  # type: ignore[attr-defined]
    built = exercise("9.9", "Trial", slug="9_9_trial", files=["app.py"], minutes=1, hints=[])(Body)
    judge(built, tmp_path, open_cloud=open_cloud)
    assert [cloud.closed for cloud in opened] == [True, True]


def test_random_inputs_depend_on_seed_exercise_and_check_only(tmp_path: Path) -> None:
    drawn: list[float] = []

    class Body:
        @check()
        def draws(rng, seed):  # type: ignore[no-untyped-def]
            """It draws."""
            drawn.append(rng.random())

    built = exercise("9.9", "Trial", slug="9_9_trial", files=["app.py"], minutes=1, hints=[])(Body)
    for seed in (1, 1, 2):
        judge(built, tmp_path, seed=seed)
    assert drawn[0] == drawn[1] != drawn[2]


def test_files_of_the_answer_are_never_collected_or_run(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("raise SystemExit('run!')")
    (tmp_path / "test_mine.py").write_text("raise SystemExit('run!')")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --collect-only")

    class Body:
        @check()
        def is_fine():  # type: ignore[no-untyped-def]
            """All is fine."""

    assert only(run(Body, tmp_path)).outcome == "passed"


def test_warnings_are_kept(tmp_path: Path) -> None:
    class Body:
        @check()
        def warns():  # type: ignore[no-untyped-def]
            """It warns."""
            warnings.warn("old style", UserWarning, stacklevel=1)

    judgement = run(Body, tmp_path)
    assert only(judgement).outcome == "passed"
    assert judgement.warnings == ("warns: old style",)
