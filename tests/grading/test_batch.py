"""Grading a class."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from grader.errors import CourseError
from grader.grading.batch import Job, Terms, find_jobs, grade_all, longest_first
from grader.grading.client import shared_zygote
from grader.grading.course import Course
from grader.grading.json_report import submission_json
from grader.grading.report import Submission
from tests.a_trial_course import STEM, write_notebook


def scores(submissions: tuple[Submission, ...]) -> list[tuple[str, float | None]]:
    return [(submission.student, submission.score) for submission in submissions]


def test_jobs_are_found_in_nbgraders_folders_and_in_plain_ones(course: Course, tmp_path: Path) -> None:
    submitted = tmp_path / "submitted"
    one = write_notebook(submitted / "anna" / STEM / f"{STEM}.ipynb", "7")
    two = write_notebook(submitted / "ben" / STEM / f"{STEM}.ipynb", "7")
    write_notebook(submitted / "ben" / STEM / ".ipynb_checkpoints" / "x.ipynb", "7")
    plain = write_notebook(tmp_path / "plain" / f"carl_{STEM}.ipynb", "7")
    assert find_jobs([submitted], course) == [Job("anna", STEM, one), Job("ben", STEM, two)]
    assert find_jobs([plain.parent], course) == [Job(f"carl_{STEM}", STEM, plain)]
    assert find_jobs([one, one], course) == [Job("anna", STEM, one)]


def test_a_notebook_graded_alone_is_the_same_students_as_in_the_class(course: Course, tmp_path: Path) -> None:
    one = write_notebook(tmp_path / "submitted" / "anna" / STEM / f"{STEM}.ipynb", "7")
    again = write_notebook(one.with_name("second.ipynb"), "7")
    for path in (tmp_path / "submitted", tmp_path / "submitted" / "anna", one.parent):
        assert find_jobs([path], course) == [Job("anna", STEM, one), Job("anna", STEM, again)]
    assert find_jobs([one, again], course) == [Job("anna", STEM, one), Job("anna", STEM, again)]
    plain = write_notebook(tmp_path / STEM / "ben.ipynb", "7")
    assert find_jobs([plain], course) == find_jobs([plain.parent], course) == [Job("ben", STEM, plain)]


def test_a_path_that_is_not_there_is_said(course: Course, tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="no such file"):
        find_jobs([tmp_path / "nothing"], course)
    with pytest.raises(CourseError, match="no notebook"):
        find_jobs([tmp_path], course)


def test_the_chapters_with_most_points_are_judged_first(tmp_path: Path) -> None:
    course = Course.find(Path(__file__))
    named = {name: course.chapter(name) for name in ("ch02_tools", "ch13_deployment_options", "ch03_web_service")}
    jobs = [Job("anna", name, tmp_path) for name in ("", *named)]
    found = [job.chapter for job in longest_first(jobs, named)]
    assert found == ["ch13_deployment_options", "ch03_web_service", "ch02_tools", ""]


def test_one_bad_notebook_stops_nobody(course: Course, tmp_path: Path) -> None:
    folder = tmp_path / "class" / STEM
    write_notebook(folder / "anna.ipynb", "7")
    (folder / "ben.ipynb").write_text("no notebook")
    write_notebook(folder / "carl.ipynb", "die")
    write_notebook(folder / "dora.ipynb", "8", "tschau")
    write_notebook(tmp_path / "class" / "eve.ipynb", "7")
    grades = grade_all(find_jobs([tmp_path / "class"], course), course, Terms(hidden=True), workers=2)
    assert sorted(scores(grades.submissions)) == [("anna", 5), ("ben", 0), ("carl", None), ("dora", 2), ("eve", 0)]
    problems = {one.student: one.problems for one in grades.submissions}
    assert problems["ben"][0].startswith("ben.ipynb is not a notebook")
    assert problems["eve"][0].startswith("Nobody can tell which chapter")
    assert problems["anna"] == ()
    assert grades.has_grader_error


def test_hidden_checks_that_do_not_load_stop_nobody(course: Course, tmp_path: Path) -> None:
    path = write_notebook(tmp_path / STEM / "anna.ipynb", "7")
    (course.solutions / STEM / "hidden_checks.py").write_text("raise RuntimeError('ours')\n")
    jobs = find_jobs([path], course)
    judges = [shared_zygote()]
    visible = grade_all(jobs, course, Terms(), zygotes=judges)
    hidden = grade_all(jobs, course, Terms(hidden=True), zygotes=judges)
    assert (scores(visible.submissions), scores(hidden.submissions)) == ([("anna", 4)], [("anna", None)])
    assert "RuntimeError: ours" in hidden.submissions[0].exercises[0].checks[0].because


def test_a_submission_says_by_what_it_was_graded(course: Course, tmp_path: Path) -> None:
    path = write_notebook(tmp_path / STEM / "anna.ipynb", "7")
    (one,) = grade_all(find_jobs([path], course), course, Terms(seed=4)).submissions
    assert (one.course_version, one.seed, one.max_score, len(one.answers_digest)) == ("1.2", 4, 4, 16)
    hidden = course.checks_digest(course.chapter(STEM), hidden=True)
    assert one.checks_digest == course.checks_digest(course.chapter(STEM), hidden=False) != hidden


def test_resume_takes_what_is_there_and_grades_the_rest(course: Course, tmp_path: Path) -> None:
    folder, results = tmp_path / STEM, tmp_path / "results.jsonl"
    for name in ("anna", "ben", "carl"):
        write_notebook(folder / f"{name}.ipynb", "7")
    jobs = find_jobs([folder], course)
    whole = grade_all(jobs, course, Terms(), results=results, workers=1)
    lines = results.read_bytes().splitlines(keepends=True)
    results.write_bytes(lines[0] + lines[1][:40])  # cut off in the middle of a line
    again = grade_all(jobs, course, Terms(), results=results, resume=True, workers=1)
    assert again == whole
    assert sorted(results.read_bytes().splitlines(keepends=True)) == sorted(lines)


def test_resume_grades_again_what_changed_or_had_no_score(course: Course, tmp_path: Path) -> None:
    folder, results = tmp_path / STEM, tmp_path / "results.jsonl"
    for name, number in (("anna", "7"), ("ben", "8"), ("carl", "ours")):
        write_notebook(folder / f"{name}.ipynb", number)
    jobs = find_jobs([folder], course)
    grade_all(jobs, course, Terms(), results=results, workers=1)
    write_notebook(folder / "ben.ipynb", "7")
    write_notebook(folder / "carl.ipynb", "7")
    again = grade_all(jobs, course, Terms(), results=results, resume=True, workers=1)
    assert scores(again.submissions) == [("anna", 4), ("ben", 4), ("carl", 4)]
    assert len(results.read_bytes().splitlines()) == 5


def test_without_resume_the_results_begin_anew(course: Course, tmp_path: Path) -> None:
    path, results = write_notebook(tmp_path / STEM / "anna.ipynb", "7"), tmp_path / "results.jsonl"
    results.write_text("old\n")
    (one,) = grade_all(find_jobs([path], course), course, Terms(), results=results).submissions
    assert [json.loads(line) for line in results.read_text().splitlines()] == [submission_json(one)]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills with SIGKILL")
def test_a_killed_run_is_finished_without_loss_or_repetition(course: Course, tmp_path: Path) -> None:
    folder, results, out = tmp_path / STEM, tmp_path / "results.jsonl", tmp_path / "grades.json"
    for number in range(12):
        write_notebook(folder / f"student{number:02}.ipynb", "7")
    command = [
        sys.executable,
        "-m",
        "grader",
        "--course",
        str(course.root),
        "grade",
        str(folder),
        "--allow-weak-isolation",
    ]
    command += ["--workers", "1", "--fresh", "--results", str(results), "--json", str(out)]
    first = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, "COLUMNS": "200"})
    while not (results.exists() and results.read_bytes().count(b"\n") >= 3) and first.poll() is None:
        time.sleep(0.01)
    first.kill()
    first.wait()
    kept = results.read_bytes()
    assert not out.exists()
    assert subprocess.run([*command, "--resume"], stdout=subprocess.DEVNULL, check=False).returncode == 0
    assert results.read_bytes().startswith(kept[: kept.rfind(b"\n") + 1])
    students = [json.loads(line)["student"] for line in results.read_text().splitlines()]
    assert sorted(students) == [f"student{number:02}" for number in range(12)]
    assert [one["score"] for one in json.loads(out.read_text())["submissions"]] == [4] * 12
