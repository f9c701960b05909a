"""Grading on a Dask cluster: workers are other processes of this machine, reached by address as anywhere."""

from __future__ import annotations

import io
import json
import logging
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from distributed import LocalCluster
from distributed.scheduler import KilledWorker
from rich.console import Console

from grader.classroom.cluster import Cluster, cluster, open_cluster
from grader.classroom.cluster.worker import Demand
from grader.cli import main
from grader.errors import CourseError
from grader.grading.batch import Terms, find_jobs, grade_all
from grader.grading.client import shared_zygote
from grader.grading.course import Course
from grader.grading.edition import edition_of
from grader.grading.report import Submission
from grader.grading.request import AnswerRequest
from tests.a_trial_course import STEM, trial_course, write_notebook

NUMBERS = ("7", "8", "die", "seven", "7", "9", "7", "8")
SCORES = [4.0, 2.0, None, 1.0, 4.0, 2.0, 4.0, 2.0]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    root = tmp_path_factory.mktemp("trial_course")
    made = trial_course(root)
    for number, answer in enumerate(NUMBERS):
        write_notebook(root / STEM / f"student{number}.ipynb", answer)
    return made


@pytest.fixture(scope="module")
def workers() -> Iterator[LocalCluster]:
    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=logging.CRITICAL
    ) as started:
        yield started


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for whom there is not."""
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1.0)


def test_class_is_graded_once_though_a_worker_is_killed(course: Course, workers: LocalCluster, tmp_path: Path) -> None:
    results, killed = tmp_path / "results.jsonl", []
    jobs = find_jobs([course.root / STEM], course)

    with open_cluster(workers.scheduler_address, [course.chapter(STEM)]) as there:

        def kill_one(submission: Submission) -> None:
            if not killed:
                killed.append(next(iter(there.processes().values())))
                os.kill(killed[0], signal.SIGKILL)

        on_cluster = grade_all(
            jobs, course, Terms(), zygotes=[there] * there.places, results=results, on_graded=kill_one
        )
        assert killed
        assert [one.score for one in on_cluster.submissions] == SCORES
        students = [json.loads(line)["student"] for line in results.read_text().splitlines()]
        assert sorted(students) == [job.student for job in jobs]
        assert {one.isolation for one in on_cluster.submissions if one.score is not None} == {there.isolation()}

        lines = results.read_text().splitlines(keepends=True)
        results.write_text("".join(lines[:3]))
        heard: list[Submission] = []
        again = grade_all(
            jobs, course, Terms(), zygotes=[there] * 2, results=results, resume=True, on_graded=heard.append
        )
        assert [one.score for one in again.submissions] == SCORES
        assert len(heard) == len(jobs)
        assert results.read_text().startswith("".join(line for line in lines[:3]))
    here = grade_all(jobs, course, Terms(), zygotes=[shared_zygote()])
    assert on_cluster == here


def test_command_grades_on_a_cluster_with_weak_walls_when_asked_for(
    course: Course, workers: LocalCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "ENOUGH", 4)
    said, report = io.StringIO(), tmp_path / "report.json"
    command = ["--course", str(course.root), "grade", str(course.root / STEM / "student0.ipynb")]
    command += ["--results", str(tmp_path / "results.jsonl"), "--json", str(report)]
    command += ["--cluster", workers.scheduler_address, "--allow-weak-isolation"]
    assert main(command, Console(file=said, width=200)) == 0, said.getvalue()
    assert [one["score"] for one in json.loads(report.read_text())["submissions"]] == [4]
    again = ["--course", str(course.root), "regrade", str(report), "--diff", *command[-3:]]
    assert main(again, Console(file=said, width=200)) == 0, said.getvalue()
    assert "No score changes." in said.getvalue()


def test_worker_with_weak_walls_or_another_grader_is_refused(
    course: Course, workers: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = {**edition_of(course.chapter(STEM), hidden=False), "grader": "0123", "moto": "4.0"}
    monkeypatch.setattr(cluster, "edition_of", lambda chapter, hidden: here)
    monkeypatch.setattr(cluster, "ENOUGH", 4)
    with (
        pytest.raises(CourseError, match="2 workers must not judge") as refused,
        open_cluster(workers.scheduler_address, [course.chapter(STEM)]),
    ):
        pass
    assert "isolation level" in str(refused.value)
    assert "accept it: --allow-weak-isolation" in str(refused.value)
    assert "there, 0123 here" in str(refused.value)
    assert "there, 4.0 here" in str(refused.value)
    assert "checks" not in str(refused.value.where)


@pytest.mark.usefixtures("hurried")
def test_nobody_there_is_said(course: Course) -> None:
    for address, words in (
        ("tcp://127.0.0.1:1", "No Dask scheduler answers"),
        ("ftp://nowhere", "No Dask scheduler answers"),
        ("local:none", "is no cluster"),
        ("local:0", "is no cluster"),
    ):
        with pytest.raises(CourseError, match=words), open_cluster(address, [course.chapter(STEM)]):
            pass


def test_own_workers_and_a_cluster_are_not_mixed(course: Course) -> None:
    said = io.StringIO()
    command = ["--course", str(course.root), "grade", str(course.root / STEM), "--workers", "2", "--cluster", "local"]
    assert main(command, Console(file=said, width=200)) == 2
    assert "A cluster brings its own workers." in said.getvalue()


@pytest.mark.usefixtures("hurried")
def test_scheduler_without_workers_is_said(course: Course) -> None:
    with (
        LocalCluster(n_workers=0, dashboard_address=":0", silence_logs=logging.CRITICAL) as empty,
        pytest.raises(CourseError, match="has no workers") as refused,
        open_cluster(empty.scheduler_address, [course.chapter(STEM)]),
    ):
        pass
    assert f"dask worker {empty.scheduler_address}" in str(refused.value)


class Lost:
    """A client whose answers never come."""

    def __init__(self, problem: Exception, status: str) -> None:
        self._problem = problem
        self.status = status

    def submit(self, *_: Any, **__: Any) -> Lost:
        return self

    def result(self, timeout: float) -> Any:
        raise self._problem


def asked(problem: Exception, status: str = "error") -> Any:
    request = AnswerRequest("/course", STEM, {"5.1": {}, "5.2": {}})
    return Cluster(Lost(problem, status), Demand("run", "", False, {}, 2), 3).replies_to(request)  # type: ignore[arg-type]


def test_answer_that_no_worker_survives_is_a_grader_error_of_its_own() -> None:
    replies = asked(KilledWorker("judge-1", None, 3))  # type: ignore[arg-type]
    assert {name: reply["died"] for name, reply in replies.items()} == {"5.1": 1, "5.2": 1}
    assert replies["5.1"]["words"].startswith("Each worker that was given this answer was lost")


def test_lost_scheduler_is_said_with_the_way_on() -> None:
    with pytest.raises(CourseError, match="connection to the cluster is lost: gone") as lost:
        asked(ConnectionError("gone"), "cancelled")
    assert "--resume" in str(lost.value)


@pytest.mark.parametrize("problem", [OSError("disk full"), TimeoutError("disk full"), RuntimeError("disk full")])
def test_worker_that_fails_is_said_and_taken_for_no_answers_fault(problem: Exception) -> None:
    with pytest.raises(CourseError, match=f"A worker failed: {type(problem).__name__}: disk full") as failed:
        asked(problem)
    assert "--resume" in str(failed.value)
