"""The built notebooks open and run in Notebook 7 as they do in JupyterLab."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.journeys import jupyter_lab as lab

pytestmark = [pytest.mark.journey, pytest.mark.filterwarnings("default")]

CHAPTER = "ch03_web_service/ch03_web_service.ipynb"
# Notebook 7.6 logs these for every notebook, an empty one too: it shares JupyterLab's plugins, not all its commands.
ITS_OWN = ("Cannot read properties of undefined (reading 'schema')", "Command 'filebrowser:open-path' not registered.")


def test_a_chapter_runs_in_notebook_7(tmp_path: Path, browser: Any) -> None:
    course = lab.own_course(tmp_path)
    with lab.serving(course, CHAPTER) as address:
        journey = lab.Journey(browser, lab.in_notebook_7(address), "notebook-7")
        journey.picture("1-opened")
        journey.reader.run("from grader.notebooks import")
        question = journey.reader.run('"3.r1"')
        question.get_by_text("Nothing: it may be one or two", exact=True).click()
        question.locator(".jp-OutputArea").get_by_text("There is no session affinity").wait_for(timeout=20_000)
        files = journey.reader.run('show_files("demo_ping")')
        assert "PingFunction" in files.inner_text()
        report = journey.reader.run('check("3.1")').locator(".rs-report, .rs").last
        report.wait_for(timeout=20_000)
        report.scroll_into_view_if_needed()
        journey.picture("2-checked")
        assert "Not attempted yet" in report.inner_text()
        journey.page.close()

    assert journey.outside == []
    assert [line for line in journey.errors if line not in ITS_OWN] == []
