"""A learner in a real browser: opens the course, answers wrongly, reads the report, answers rightly, sees progress.

Set ``RUNNING_SERVERLESS_SCREENSHOTS`` to a folder to get pictures of every station.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from grader.grading.course import Course
from grader.grading.record import Record
from tests.journeys import jupyter_lab as lab

pytestmark = [pytest.mark.journey, pytest.mark.filterwarnings("default")]


# Notebook 7.6 logs these for every notebook, an empty one too: it shares JupyterLab's plugins, not all its commands.
NOTEBOOK_7 = (
    "Cannot read properties of undefined (reading 'schema')",
    "Command 'filebrowser:open-path' not registered.",
)
WRONG = {
    "3.1": ("json.dumps(", "str("),
    "0.1": ('"Ada"', "Ada"),
}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    lab.chromium()
    return lab.own_course(tmp_path_factory.mktemp("course"))


def cells_of(course: Course, notebook: str, exercise_id: str) -> list[str]:
    """The answer cells of an exercise as they are laid."""
    cells = json.loads((course.root / "work" / notebook).read_text("utf-8"))["cells"]
    prefix = f"answer-{exercise_id.replace('.', '-')}-"
    return ["".join(cell["source"]) for cell in cells if cell["id"].startswith(prefix)]


def answers(course: Course, exercise_id: str) -> dict[str, str]:
    """Our answer: the text of each answer cell."""
    chapter, exercise = course.exercise(exercise_id)
    finished = chapter.sources(exercise).solution
    return {name: f"%%writefile {exercise.slug}/{name}\n{finished[name].decode().rstrip()}" for name in exercise.files}


def write_answer(journey: lab.Journey, texts: dict[str, str]) -> None:
    """Into each cell its text, then run it; the notebook saves itself."""
    for text in texts.values():
        first = text.splitlines()[0]
        journey.reader.write(first, text)
        journey.reader.run(first)


def checked(journey: lab.Journey, exercise_id: str, *, patient: bool = True) -> Any:
    """Run the check cell; its report. On a busy machine the notebook may not be saved yet: then once more, as told."""
    for _ in range(3):
        cell = journey.reader.run(f'check("{exercise_id}")')
        report = cell.locator(".rs-report, .rs").last
        report.wait_for(timeout=20_000)
        if not patient or "was not judged" not in report.inner_text():
            break
        journey.reader.wait_until_saved()
    report.scroll_into_view_if_needed()
    return report


def wrong_answer(course: Course, exercise_id: str) -> dict[str, str]:
    """Our answer with a common mistake in it."""
    old, new = WRONG[exercise_id]
    texts = answers(course, exercise_id)
    assert any(old in text for text in texts.values())
    return {name: text.replace(old, new, 1) for name, text in texts.items()}


@pytest.fixture(scope="module")
def server(course: Course) -> Iterator[str]:
    """JupyterLab, as ``grader learn`` starts it, and the address of a notebook in it as a pattern."""
    with lab.serving(course, "index.ipynb") as address:
        yield address.replace("index.ipynb", "{}")


@pytest.mark.parametrize(("chapter", "exercise_id"), [("index", "0.1"), ("ch03_web_service", "3.1")])
def test_wrong_then_right_then_progress(
    course: Course, server: str, browser: Any, chapter: str, exercise_id: str
) -> None:
    notebook = "index.ipynb" if chapter == "index" else f"{chapter}/{chapter}.ipynb"
    journey = lab.Journey(browser, server.format(notebook), chapter)
    journey.picture("1-opened")
    journey.reader.run("from grader.notebooks import")
    untouched = checked(journey, exercise_id)
    assert "Not attempted yet" in untouched.inner_text()
    if chapter == "index":
        a_file_that_is_newer_is_not_judged(course, journey)

    write_answer(journey, wrong_answer(course, exercise_id))
    report = checked(journey, exercise_id)
    journey.picture("2-wrong")
    said = report.inner_text()
    assert "failed" in said and "hint" in said and "Traceback" not in said

    write_answer(journey, answers(course, exercise_id))
    report = checked(journey, exercise_id)
    journey.picture("3-right")
    assert "failed" not in report.inner_text() and "passed" in report.inner_text()
    assert Record(course.root / "work").of(exercise_id).passed

    if chapter == "index":
        cell = journey.reader.run("progress()")
        assert "1 of 1 done" in cell.inner_text()
        cell.scroll_into_view_if_needed()
        journey.picture("4-progress")
        goes_on(journey, cell)
    journey.page.close()
    assert journey.outside == []
    assert [line for line in journey.errors if "404" not in line] == []


def a_file_that_is_newer_is_not_judged(course: Course, journey: lab.Journey) -> None:
    """A file was changed in another editor: nothing is judged, and nothing lost, until the cell is run again."""
    (course.root / "work/0_1_hello/app.py").write_text("WHO = 'written in the editor'\n")
    said = checked(journey, "0.1", patient=False).inner_text()
    journey.picture("1-differs")
    assert "not judged" in said and "newer than the saved notebook" in said and "A class grades the cell" in said


def goes_on(journey: lab.Journey, cell: Any) -> None:
    """Follow the overview's first link: the next chapter opens at the exercise that it names."""
    cell.locator(".rs-next a").click()
    exercise = journey.page.locator(f"{lab.OPEN} h3", has_text="Exercise 1.1")
    exercise.wait_for(timeout=60_000)
    journey.page.wait_for_function(
        "heading => { const box = heading.getBoundingClientRect(); return box.top > 0 && box.top < innerHeight }",
        arg=exercise.element_handle(),
        timeout=60_000,
    )
    journey.picture("5-next-exercise")


def test_a_chapter_runs_in_notebook_7(server: str, browser: Any) -> None:
    address = server.format("ch10_components/ch10_components.ipynb")
    journey = lab.Journey(browser, lab.in_notebook_7(address), "notebook-7")
    journey.picture("1-opened")
    journey.reader.run("from grader.notebooks import")
    question = journey.reader.run('"10.r1"')
    question.get_by_text("Idempotent", exact=True).click()
    question.locator(".jp-OutputArea").get_by_text("as if it had been called once").wait_for(timeout=20_000)
    files = journey.reader.run('show_files("demo_layer")')
    assert "HelloFunction" in files.inner_text()
    report = journey.reader.run('check("10.1")').locator(".rs-report, .rs").last
    report.wait_for(timeout=20_000)
    report.scroll_into_view_if_needed()
    journey.picture("2-checked")
    assert "Not attempted yet" in report.inner_text()
    journey.page.close()
    assert journey.outside == []
    assert [line for line in journey.errors if line not in NOTEBOOK_7] == []
