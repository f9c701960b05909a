"""Nothing that we show keeps anybody out: axe-core finds no serious violation on any kind of page, light or dark."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import nbformat
import pytest

from grader.classroom.class_report import Alike, figures, report_page
from grader.classroom.handouts import chapter_document, html_page, plan_document, plans
from grader.cloud.drawing import draw_stack
from grader.cloud.serving import ServedCloud
from grader.grading.course import Course
from grader.grading.html_page import exercise_html, page
from grader.notebooks.overview import Links, overview_page
from grader.notebooks.places import chapter_notebook
from grader.notebooks.questions import Question, comparison, static_page
from grader.notebooks.sources import files_page
from grader.notebooks.standing import standing_in
from tests.classroom.test_class_report import GRADES as CLASS
from tests.cloud.drawing.large_stack import large_stack
from tests.grading.test_renderings import BROKEN, HELLO, MIXED, PASSED, UNTOUCHED
from tests.journeys.accessibility import barriers, keep_picture, notebook_barriers, shown
from tests.test_site import build_site

pytestmark = [pytest.mark.journey, pytest.mark.filterwarnings("default")]
COURSE = Course.find()
ROOT = Path(__file__).resolve().parents[2]
ALL = ("minor", "moderate", "serious", "critical")
CONTRAST = ("color-contrast",)  # takes two thirds of axe-core's time
THEMES = ["light", "dark"]
STEMS = [chapter.stem for chapter in COURSE.chapters]
# How prose looks is JupyterLab's doing, the same in each chapter: CI looks at two, and at all when it is asked to.
LOOKED_AT = STEMS if os.environ.get("RUNNING_SERVERLESS_ALL_PAGES") else ["index", "ch11_sessions"]


def test_a_barrier_would_be_found(browser: Any) -> None:
    page = shown(browser, '<html><title>x</title><main><img src="x"><p style="color:#ccc">pale</p></main></html>')
    found = [line.split()[1] for line in barriers(page)]
    page.close()

    assert found == ["color-contrast", "html-has-lang", "image-alt"]


def test_the_words_of_every_chapter_are_open_to_all(browser: Any) -> None:
    """Headings, alternatives, names of links and tables; how they look is the next test's."""
    page = shown(browser, "")
    found = {stem: notebook_barriers(page, notebook_of(stem), "light", allow=CONTRAST) for stem in STEMS}
    page.close()

    assert {stem: lines for stem, lines in found.items() if lines} == {}


@pytest.mark.parametrize("theme", THEMES)
def test_a_chapter_can_be_read_in_both_themes(browser: Any, theme: str) -> None:
    page = shown(browser, "", theme)
    found = {stem: notebook_barriers(page, notebook_of(stem), theme) for stem in LOOKED_AT}
    page.close()

    assert {stem: lines for stem, lines in found.items() if lines} == {}


def notebook_of(stem: str) -> Any:
    """A chapter as it is released."""
    return nbformat.read(chapter_notebook(COURSE.generated, stem), as_version=4)


@pytest.mark.parametrize("theme", THEMES)
def test_what_cells_show_is_open_to_all(browser: Any, theme: str) -> None:
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "x"}})
    folder = ROOT / "solutions/ch03_web_service/3_1_hello"
    question = Question("3.r1", "Who scales?", ("You", "Lambda"), 1, "It is its job.")
    pages = [
        exercise_html(MIXED),
        exercise_html(PASSED, HELLO),
        exercise_html(UNTOUCHED, HELLO),
        exercise_html(BROKEN, HELLO),
        overview_page(standing_in(COURSE), Links(ROOT / "work", ROOT / "work")).body,
        files_page([folder / "template.yaml", folder / "app.py"]).body,
        static_page(question, "").body,
        comparison("two", "six").body,
        draw_stack(large_stack()).html,
    ]
    for body in pages:
        output = nbformat.v4.new_output("display_data", {"text/html": body})
        notebook.cells.append(nbformat.v4.new_code_cell("show()", outputs=[output]))

    page = shown(browser, "", theme)
    found = notebook_barriers(page, notebook, theme)
    keep_picture(page)
    page.close()

    assert found == []


@pytest.mark.parametrize("scheme", THEMES)
def test_a_report_on_a_page_of_its_own_is_open_to_all(browser: Any, scheme: str) -> None:
    reports = [exercise_html(MIXED), exercise_html(PASSED, HELLO)]
    opened = shown(browser, page(reports, "Feedback"), scheme)
    found = barriers(opened, impacts=ALL[1:])
    opened.close()

    assert [line for line in found if " region " not in line and "landmark-one-main" not in line] == []


@pytest.mark.parametrize("scheme", THEMES)
def test_the_class_report_is_open_to_all(browser: Any, scheme: str) -> None:
    (found,) = figures(CLASS)
    opened = shown(browser, report_page([(found, "A chapter", [Alike("3.1", ("ada", "zoe"), 0.934)])]), scheme)
    met = barriers(opened, impacts=ALL[1:])
    opened.close()

    assert [line for line in met if " region " not in line and "landmark-one-main" not in line] == []


@pytest.mark.parametrize("scheme", THEMES)
def test_the_documentation_is_open_to_all(browser: Any, scheme: str, site: Path) -> None:
    opened = browser.new_page(color_scheme=scheme)
    found = {}
    for name in ("index.html", "contributing.html"):
        opened.goto((site / name).as_uri())
        found[name] = barriers(opened)
        keep_picture(opened)
    opened.close()

    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_site(tmp_path_factory.mktemp("site"))


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


@pytest.mark.parametrize("scheme", THEMES)
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
            keep_picture(opened)
        opened.goto(f"{served.address}/_pocket/traces")
        opened.get_by_role("link", name="GET /Prod/hello").first.click()
        found["a trace"] = barriers(opened)
        context.close()

    assert {name: lines for name, lines in found.items() if lines} == {}
