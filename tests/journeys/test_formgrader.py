"""A teacher in nbgrader's formgrader: looks at a graded class, grades a written answer by hand, and grades again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from grader.grading.course import Course
from tests.a_class import the_class
from tests.journeys import jupyter_lab as lab
from tests.students import CHAPTER, answers_of, course_of_a_class

pytestmark = [
    pytest.mark.journey,
    pytest.mark.filterwarnings("default"),
    pytest.mark.skipif(os.name == "nt", reason="nbgrader's exchange needs Linux or macOS"),
]

BINARIES = Path(sys.executable).parent
STUDENTS = ("ada", "ben", "m07_script", "k01_not_json")
# formgrader loads MathJax from a network that is not there; nothing of ours is.
ITS_OWN = ("Failed to load resource: net::ERR_NAME_NOT_RESOLVED", "MathJax is not defined")
COMMENT = "You name the cost; say what you would offer the script."


def surroundings(course: Course) -> dict[str, str]:
    """A teacher's environment, nothing activated in it."""
    return {"PATH": "/usr/bin:/bin", "HOME": str(course.root.parent), "LANG": "C.UTF-8"}


def run(course: Course, *command: str) -> None:
    """One of nbgrader's commands, in the course's folder."""
    done = subprocess.run(
        [str(BINARIES / command[0]), *command[1:]],
        cwd=course.root,
        env=surroundings(course),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A course whose class has been graded."""
    lab.chromium()
    folder = tmp_path / "course"
    folder.mkdir()
    found = course_of_a_class(folder)
    chapter = found.chapter(CHAPTER)
    run(found, "nbgrader", "generate_assignment", CHAPTER, "--force")
    for student in the_class(chapter, answers_of(chapter, only=("3.1",), most=1)):
        if student.name in STUDENTS:
            student.hand_in(found.root / "submitted")
    run(found, "nbgrader", "autograde", CHAPTER)
    return found


@contextmanager
def serving(course: Course) -> Iterator[str]:
    """formgrader's address while Jupyter runs in the course's folder."""
    port = lab.free_port()
    command = [str(BINARIES / "jupyter"), "lab", "--no-browser", "--allow-root", f"--ServerApp.port={port}"]
    command += [f"--IdentityProvider.token={lab.TOKEN}", f"--ServerApp.root_dir={course.root}"]
    with (course.root.parent / "jupyter.log").open("wb") as log:
        server = subprocess.Popen(
            command, cwd=course.root, env=surroundings(course), stdout=log, stderr=subprocess.STDOUT
        )
        try:
            lab.wait_until_it_answers(f"http://127.0.0.1:{port}/api", server)
            yield f"http://127.0.0.1:{port}/formgrader"
        finally:
            server.terminate()
            server.wait(20)


class Desk:
    """formgrader in a browser."""

    def __init__(self, browser: Any, address: str) -> None:
        self.page = browser.new_page(viewport={"width": 1280, "height": 960})
        self.address, self.errors = address, list[str]()
        self.page.on("console", lambda line: self.errors.append(line.text) if line.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(f"{address}?token={lab.TOKEN}")

    def grades(self) -> dict[str, str]:
        """The overall score of every student, names shown."""
        self.page.goto(f"{self.address}/gradebook/{CHAPTER}/{CHAPTER}")
        self.page.locator("tbody tr a").first.wait_for(timeout=30_000)
        self.page.get_by_text("Show All Names").click()
        rows = self.page.locator("tbody tr")
        cells = [rows.nth(at).locator("td").all_inner_texts() for at in range(rows.count())]
        return {row[1].strip(): row[2].split("/")[0].strip() for row in cells}

    def open(self, student: str) -> None:
        """One student's notebook."""
        self.grades()
        self.page.locator("tbody tr", has_text=student).locator("td a").last.click()
        self.page.locator("input.score").first.wait_for(timeout=30_000)
        self.page.wait_for_load_state("networkidle")  # what is typed before the grades have come is saved nowhere

    def score(self, cell: str) -> Any:
        """The field for a cell's points."""
        return self.page.locator(f"input.score[id^='{cell}']")

    @staticmethod
    def comment(field: Any) -> Any:
        """The comment under the answer whose points stand in a field."""
        return field.locator("xpath=following::textarea[contains(@class, 'comment')][1]")

    def write(self, field: Any, text: str, kind: str) -> None:
        """Fill in a field; formgrader saves it when it is left."""
        with self.page.expect_response(lambda got: f"/api/{kind}/" in got.url and got.request.method == "PUT"):
            field.fill(text)
            field.blur()

    def picture(self, name: str) -> None:
        """Keep what the teacher sees, when asked for."""
        if folder := os.environ.get("RUNNING_SERVERLESS_SCREENSHOTS"):
            self.page.wait_for_timeout(400)
            self.page.screenshot(path=f"{folder}/formgrader-{name}.png")


def test_a_written_answer_is_graded_by_hand_and_kept(course: Course, browser: Any) -> None:
    kept = pytest.importorskip("playwright.sync_api")
    with serving(course) as address:
        desk = Desk(browser, address)
        before = desk.grades()
        desk.picture("1-class")
        assert before == {"ada": "7", "ben": "0", "k01_not_json": "0", "m07_script": before["m07_script"]}

        desk.open("m07_script")
        answer = desk.score("why-3-2")
        answer.scroll_into_view_if_needed()
        desk.picture("2-written-answer")
        assert desk.page.locator("script", has_text="stolen").count() == 0
        desk.write(answer, "2", "grade")
        desk.write(desk.comment(answer), COMMENT, "comment")
        desk.score("check-3-1").scroll_into_view_if_needed()
        desk.picture("3-report")
        by_hand = {**before, "m07_script": str(int(before["m07_script"]) + 2)}
        assert desk.grades() == by_hand

        run(course, "nbgrader", "autograde", CHAPTER, "--force")
        assert desk.grades() == by_hand
        desk.open("m07_script")
        kept.expect(desk.comment(desk.score("why-3-2"))).to_have_value(COMMENT, timeout=15_000)  # loaded by script
        desk.page.close()

    assert [line for line in desk.errors if line not in ITS_OWN] == []
