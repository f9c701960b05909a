"""The pytest plugin that runs an exercise's checks on one answer and turns every outcome into data."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from grader.checks.accounts import running_order
from grader.checks.evidence import with_evidence
from grader.checks.exercise import Check, Exercise
from grader.checks.failure import CheckFailed, readable
from grader.checks.fault import as_failure
from grader.checks.fixtures import PASSED, SHARES, AnswerUnderTest, Fixtures
from grader.checks.outcome import CheckResult, Place, TraceReport
from grader.errors import CourseError

_HERE = str(Path(__file__).parent)  # a folder of ours: pytest never looks into an answer's, nor at its conftest.py
_OPTIONS = ("--noconftest", "--assert=plain", "--import-mode=importlib", "-c", os.devnull, "--rootdir", _HERE, _HERE)
_WITHOUT = (
    "cacheprovider capture debugging doctest faulthandler junitxml logging pastebin recwarn setuponly setupplan "
    "stepwise terminal threadexception unittest unraisableexception legacypath tmpdir monkeypatch subtests"
)


@dataclass(frozen=True)
class Judgement:
    """The results in the order of the checks, and every warning that was given on the way."""

    results: tuple[CheckResult, ...]
    warnings: tuple[str, ...] = ()


def judge(
    exercise: Exercise,
    folder: Path,
    *,
    hidden: Sequence[Check] = (),
    seed: int = 0,
    open_cloud: Callable[[], Any] | None = None,
    on_result: Callable[[CheckResult], None] | None = None,
    session: pytest.Session | None = None,
) -> Judgement:
    """Run the visible checks of an exercise, then ``hidden`` ones, on the answer in ``folder``.

    Parameters
    ----------
    on_result
        Hears of each result as it comes, so that nothing is lost when the checks have to be stopped.
    session
        The session to run them in (see ``in_session``); by default one of their own.

    Returns
    -------
    A result for every check, whatever happened.
    """
    answer = AnswerUnderTest(exercise.id, folder, open_cloud or _open_cloud, seed)
    checks = CheckSession(exercise, (*exercise.checks, *hidden), on_result)
    if session is not None:
        checks.run(session, Fixtures(answer))
        return checks.judgement()
    status = in_session(lambda opened: checks.run(opened, Fixtures(answer)))
    return checks.judgement(status)


def in_session(work: Callable[[pytest.Session], None]) -> int:
    """Open a pytest session, let ``work`` judge answers in it, one after the other, and close it.

    To open one takes longer than to run an exercise's checks, so a process that judges many answers opens it once.

    Returns
    -------
    pytest's exit status.
    """
    with _alone(), warnings.catch_warnings():
        warnings.simplefilter("always")  # kept, and never a verdict on the answer
        return int(pytest.main([*_OPTIONS, *_switched_off()], plugins=[_Host(work)]))


class _Host:
    """Does ``work`` where pytest would run the tests it has found; it looks for none."""

    def __init__(self, work: Callable[[pytest.Session], None]) -> None:
        self._work = work

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> bool:
        """The declared checks are the tests; no file is looked for, collected by name, or imported."""
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """The work."""
        self._work(session)
        return True


class CheckSession:
    """Runs the checks of one exercise, skips those whose needs are not met, and keeps the results."""

    def __init__(
        self, exercise: Exercise, checks: Sequence[Check], on_result: Callable[[CheckResult], None] | None = None
    ) -> None:
        self._exercise = exercise
        self._checks = {check.name: check for check in checks}
        if len(self._checks) != len(checks):
            raise CourseError("Two checks have the same name.", f"exercise {exercise.id}", "Rename one of them.")
        self._results: dict[str, CheckResult] = {}
        self._deploy_failed: tuple[str, CheckFailed] | None = None
        self._warnings: list[str] = []
        self._broken = ""
        self._on_result = on_result

    def run(self, session: pytest.Session, fixtures: Fixtures) -> None:
        """Run all checks in a session; what breaks in the engine is noted."""
        plugins = (self, fixtures)
        try:
            for plugin in plugins:
                session.config.pluginmanager.register(plugin)
            collector = CheckCollector.of(session, Path(_HERE), tuple(self._checks.values()))
            items = list(collector.collect())
            for item, following in zip(items, [*items[1:], None], strict=True):
                session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        except BaseException as broken:  # of ours: what an answer can cause is an exception in a phase of a check
            self._broken = _own_words(pytest.ExceptionInfo.from_exception(broken))
        finally:
            for plugin in plugins:
                session.config.pluginmanager.unregister(plugin)
            fixtures.close()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Skip a check that cannot mean anything."""
        check = self._checks[item.name]
        because = next((self._title(need) for need in check.needs if not self._has_passed(need)), "")
        if not because and self._deploy_failed and _deploys_answer(item):
            because = self._deploy_failed[0]
        if because:
            self._results[check.name] = self._result(check, "skipped", 0, because=because)
            pytest.skip(because)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        """Turn what a phase raised into a result; a later phase never mends an earlier one.

        Returns
        -------
        A report for pytest without the pages of source code that it would write, and that nobody reads.
        """
        assert call.when != "collect"  # nothing is collected by pytest itself
        self._note(self._checks[item.name], item, call)
        error = call.excinfo.value if call.excinfo is not None else None
        failed = "skipped" if isinstance(error, pytest.skip.Exception) else "failed"
        outcome: Any = "passed" if error is None else failed
        words = None if error is None else type(error).__name__
        return pytest.TestReport(item.nodeid, item.location, {}, outcome, words, call.when)

    def _note(self, check: Check, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        if call.excinfo is None:
            if call.when == "call" and check.name not in self._results:
                self._results[check.name] = self._result(check, "passed", check.points)
                item.stash[PASSED] = True
            return
        if isinstance(call.excinfo.value, pytest.skip.Exception):
            return
        if call.when != "teardown" or self._has_passed(check.name):
            self._results[check.name] = self._from_error(check, item, call)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Pass on the result of the check that has ended."""
        result = self._results.get(nodeid.rpartition("::")[2])
        if result is not None and self._on_result is not None:
            self._on_result(result)

    def pytest_warning_recorded(self, warning_message: warnings.WarningMessage, nodeid: str) -> None:
        """Keep the warning: a model solution must not give any."""
        if not nodeid.endswith("::"):
            self._warnings.append(readable(f"{nodeid.rpartition('::')[2]}: {warning_message.message}"))

    def judgement(self, status: int = 0) -> Judgement:
        """Everything, with a grader error for each check that never came to a result."""
        because = self._broken or f"The check did not run (pytest ended with {status})."
        results = [
            self._results.get(check.name) or self._result(check, "grader_error", None, because=because)
            for check in self._checks.values()
        ]
        return Judgement(tuple(results), tuple(self._warnings))

    def _from_error(self, check: Check, item: pytest.Item, call: pytest.CallInfo[None]) -> CheckResult:
        assert call.excinfo is not None
        failure = as_failure(call.excinfo.value)
        if failure is None:
            return self._result(check, "grader_error", None, because=_own_words(call.excinfo))
        if call.when == "setup" and _deploys_answer(item):
            self._deploy_failed = (check.title, failure)
        failure = with_evidence(failure, getattr(item, "funcargs", {}).get("cloud"))
        return self._result(
            check,
            "failed",
            0,
            expected=failure.expected,
            found=failure.found,
            hint=failure.hint,
            location=_place(failure),
            trace=_trace(failure),
        )

    def _result(self, check: Check, outcome: Any, points: float | None, **details: Any) -> CheckResult:
        return CheckResult(check.name, check.title, outcome, points, check.points, hidden=check.hidden, **details)

    def _has_passed(self, name: str) -> bool:
        return name in self._results and self._results[name].outcome == "passed"

    def _title(self, name: str) -> str:
        return self._checks[name].title if name in self._checks else name


class CheckCollector(pytest.Module):
    """Yields the checks as pytest functions."""

    checks: tuple[Check, ...]

    @classmethod
    def of(cls, parent: pytest.Collector, path: Path, checks: tuple[Check, ...]) -> CheckCollector:
        """A collector for ``checks``, in the place of the folder ``path``."""
        collector: CheckCollector = cls.from_parent(parent, path=path)
        collector.checks = checks
        return collector

    def _getobj(self) -> ModuleType:
        return ModuleType("checks_of_one_exercise")

    def collect(self) -> Iterator[pytest.Function]:
        """One item for each check."""
        for check in running_order(self.checks):
            item = pytest.Function.from_parent(self, name=check.name, callobj=check.function)
            item.stash[SHARES] = check.shares
            yield item


def _open_cloud() -> Any:
    from grader.cloud import Cloud  # heavy, and a test of the engine does without

    return Cloud(direct=True)


def _switched_off() -> list[str]:
    return [word for name in _WITHOUT.split() for word in ("-p", f"no:{name}")]


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Keep pytest plugins that happen to be installed, and options of the surroundings, out of it."""
    names = ("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_CURRENT_TEST")
    before = {name: os.environ.pop(name, None) for name in names}
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        yield
    finally:
        os.environ.pop("PYTEST_DISABLE_PLUGIN_AUTOLOAD", None)
        os.environ.update({name: value for name, value in before.items() if value is not None})


def _deploys_answer(item: pytest.Item) -> bool:
    return "stack" in getattr(item, "fixturenames", ())


def _own_words(excinfo: pytest.ExceptionInfo[BaseException]) -> str:
    """What broke in the grader, with the last place, for the person who mends it."""
    entry = excinfo.traceback[-1]
    return readable(f"{excinfo.typename}: {excinfo.value} ({Path(entry.path).name} line {entry.lineno + 1})")


def _place(failure: CheckFailed) -> Place | None:
    where = failure.where
    return Place(where.file, where.line, where.label) if where is not None else None


def _trace(failure: CheckFailed) -> TraceReport | None:
    if failure.trace is None:
        return None
    return TraceReport(readable(failure.trace.text()), _drawn(failure.trace))


def _drawn(trace: Any) -> str | None:
    try:
        from grader.cloud.drawing import draw_trace
    except ImportError:
        return None
    return str(draw_trace(trace).svg)
