"""Nothing that we show keeps anybody out: axe-core finds no serious violation on any kind of page, light or dark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

from grader.classroom.handouts import chapter_document, html_page, plan_document, plans
from grader.cloud.serving import ServedCloud
from grader.grading.course import Course
from grader.grading.html_page import exercise_html, page
from grader.notebooks.overview import Links, overview_page
from grader.notebooks.places import chapter_notebook
from grader.notebooks.questions import Question, comparison, static_page
from grader.notebooks.sources import files_page
from grader.notebooks.standing import standing_in
from tests.grading.test_renderings import MIXED
from tests.journeys.accessibility import barriers, notebook_barriers, shown

pytestmark = [pytest.mark.journey, pytest.mark.filterwarnings("default")]
COURSE = Course.find()
ROOT = Path(__file__).resolve().parents[2]
ALL = ("minor", "moderate", "serious", "critical")


def test_a_barrier_would_be_found(browser: Any) -> None:
    page = shown(browser, '<html><title>x</title><main><img src="x"><p style="color:#ccc">pale</p></main></html>')
    found = [line.split()[1] for line in barriers(page)]
    page.close()

    assert found == ["color-contrast", "html-has-lang", "image-alt"]


def test_every_chapter_is_open_to_all(browser: Any) -> None:
    found = {}
    for chapter in COURSE.chapters:
        file = chapter_notebook(COURSE.generated, chapter.stem)
        if file.is_file():
            found[chapter.stem] = notebook_barriers(browser, nbformat.read(file, as_version=4), "light")

    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_cells_show_is_open_to_all(browser: Any, theme: str) -> None:
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "x"}})
    folder = ROOT / "solutions/ch03_web_service/3_1_hello"
    question = Question("3.r1", "Who scales?", ("You", "Lambda"), 1, "It is its job.")
    pages = [
        exercise_html(MIXED),
        overview_page(standing_in(COURSE), Links(ROOT / "work", ROOT / "work")).body,
        files_page([folder / "template.yaml", folder / "app.py"]).body,
        static_page(question, "").body,
        comparison("two", "six").body,
    ]
    for body in pages:
        output = nbformat.v4.new_output("display_data", {"text/html": body})
        notebook.cells.append(nbformat.v4.new_code_cell("show()", outputs=[output]))

    assert notebook_barriers(browser, notebook, theme) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_report_on_a_page_of_its_own_is_open_to_all(browser: Any, scheme: str) -> None:
    opened = shown(browser, page([exercise_html(MIXED)], "Feedback"), scheme)
    found = barriers(opened, impacts=ALL[1:])
    opened.close()

    assert [line for line in found if " region " not in line and "landmark-one-main" not in line] == []


def test_handouts_are_open_to_all(browser: Any) -> None:
    documents = [
        chapter_document(COURSE.chapter("3"), "learner"),
        chapter_document(COURSE.chapter("3"), "instructor"),
        plan_document(COURSE, plans(COURSE)["half-day"], "instructor"),
    ]
    found = {}
    for document in documents:
        opened = shown(browser, html_page(document))
        found[document.file_name] = barriers(opened, impacts=ALL[1:])
        opened.close()

    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_status_page_is_open_to_all(browser: Any, scheme: str) -> None:
    with ServedCloud() as served:
        stack = served.cloud.deploy(ROOT / "solutions/ch03_web_service/app/template.yaml", name="thumbnails")
        served.cloud.http.get(stack.outputs["HelloUrl"])
        function = stack.resources["HelloFunction"].physical_id
        context = browser.new_context(color_scheme=scheme, bypass_csp=True)  # axe-core is brought into the page
        opened = context.new_page()
        found = {}
        for path in ("", "stacks/thumbnails", f"functions/{function}", "traces", "mail"):
            opened.goto(f"{served.address}/_pocket/{path}")
            found[path] = barriers(opened)
        opened.goto(f"{served.address}/_pocket/traces")
        opened.get_by_role("link", name="GET /Prod/hello").first.click()
        found["a trace"] = barriers(opened)
        context.close()

    assert {name: lines for name, lines in found.items() if lines} == {}
