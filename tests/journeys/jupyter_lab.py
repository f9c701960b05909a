"""JupyterLab as ``grader learn`` starts it, in a course of its own, and a real Chromium in front of it.

Set ``RUNNING_SERVERLESS_SCREENSHOTS`` to a folder to get pictures of every station.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import TimeoutError as NothingHappened

from grader.grading.course import Course
from grader.notebooks.learn import jupyter_command, jupyter_environment, opened
from grader.notebooks.work import bring_course

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "journey"
ATTEMPTS = 4
OPEN = ".jp-NotebookPanel:not(.lm-mod-hidden)"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-quic",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str:
    """Debian's browser, or a reason to skip."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        pytest.skip("no chromium on this machine (Debian: apt-get install chromium)")
    return found


def own_course(folder: Path) -> Course:
    """The course in a folder of its own, so that a journey never touches a learner's ``work/``."""
    shutil.copy(ROOT / "pyproject.toml", folder)
    for name in ("course", "solutions"):
        (folder / name).symlink_to(ROOT / name)
    course = Course.find(folder)
    bring_course(course)
    return course


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(course: Course, notebook: str) -> Iterator[str]:
    """The notebook's address in JupyterLab, with the token, while it runs."""
    port = free_port()
    command = [*jupyter_command(course, notebook, browser=False, port=port), f"--IdentityProvider.token={TOKEN}"]
    command += ["--ServerApp.port_retries=0"]
    with (course.root / "jupyter.log").open("wb") as log:
        server = subprocess.Popen(
            command, env=jupyter_environment(), cwd=course.root / "work", stdout=log, stderr=subprocess.STDOUT
        )
        try:
            wait_until_it_answers(f"http://127.0.0.1:{port}/api", server)
            yield f"http://127.0.0.1:{port}/lab/tree/{notebook}?token={TOKEN}&reset"
        finally:
            server.terminate()
            server.wait(20)


def in_notebook_7(address: str) -> str:
    """The same notebook in Notebook 7, which JupyterLab's server serves as well."""
    return address.replace("/lab/tree/", "/notebooks/").removesuffix("&reset")


def wait_until_it_answers(address: str, server: subprocess.Popen[bytes]) -> None:
    """Ask until the server is there (a minute at most)."""
    for _ in range(600):
        try:
            urllib.request.urlopen(address, timeout=2).close()
            return
        except OSError:
            assert server.poll() is None, "JupyterLab ended at once; see jupyter.log"
            time.sleep(0.1)
    raise AssertionError("JupyterLab did not answer within a minute")


class Journey:
    """One page, with everything that must not happen noted: errors on the console, requests to other machines."""

    def __init__(self, browser: Any, address: str, name: str) -> None:
        self.page = browser.new_page(viewport={"width": 1280, "height": 960})
        self.name, self.outside, self.errors = name, list[str](), list[str]()
        self.page.on("request", self._note_request)
        self.page.on("console", lambda line: self.errors.append(line.text) if line.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        # On a busy machine JupyterLab may not know its kernels yet when it opens the notebook; then it asks the reader.
        asks = self.page.locator(".jp-Dialog", has_text="Select Kernel")
        self.page.add_locator_handler(asks, lambda dialog: dialog.locator("button.jp-mod-accept").click())
        self.page.goto(address)
        self.reader = Reader(self.page)
        self.reader.wait_for_notebook()

    def _note_request(self, request: Any) -> None:
        if not request.url.startswith(("data:", "blob:")) and "//127.0.0.1:" not in request.url:
            self.outside.append(request.url)

    def picture(self, station: str) -> None:
        """Keep what the learner sees, when asked for."""
        folder = os.environ.get("RUNNING_SERVERLESS_SCREENSHOTS")
        if folder:
            self.page.wait_for_timeout(400)
            self.page.screenshot(path=f"{folder}/{self.name}-{station}.png")


class Reader:
    """What a learner does with a notebook in the browser.

    Parameters
    ----------
    page
        Playwright's page, with the notebook open.
    """

    def __init__(self, page: Any) -> None:
        self.page = page

    def wait_for_notebook(self) -> None:
        """Until cells are there and the kernel is idle."""
        self.page.locator(f"{OPEN} .jp-CodeCell").first.wait_for(timeout=90_000)
        self.page.locator(f'{OPEN} .jp-Notebook-ExecutionIndicator[data-status="idle"]').first.wait_for(timeout=90_000)

    def cell(self, text: str) -> Any:
        """The code cell with this text in it."""
        panel = self.page.locator(OPEN)
        return panel.locator(".jp-CodeCell", has=self.page.locator(".jp-InputArea-editor", has_text=text)).first

    def run(self, text: str, timeout: float = 60) -> Any:
        """Run the cell with this text and wait for its prompt number; returns the cell."""
        cell = self.cell(text)
        begun = cell.locator(".jp-InputPrompt", has_text="[*]").or_(self.done(cell)).first
        for _ in range(ATTEMPTS):
            cell.scroll_into_view_if_needed()
            self.click_into(cell)
            self.page.keyboard.press("Control+Enter")
            with suppress(NothingHappened):  # a notebook that is still being laid out loses the key: press again
                begun.wait_for(timeout=timeout * 1000 / ATTEMPTS)
                break
        self.done(cell).wait_for(timeout=timeout * 1000)
        return cell

    def click_into(self, cell: Any) -> None:
        """Put the cursor into a cell; what stands in its way is told by its words."""
        try:
            cell.locator(".cm-content").click()
        except NothingHappened as error:
            for dialog in self.page.locator(".jp-Dialog").all():
                error.add_note(f"JupyterLab asks: {dialog.inner_text()!r}")
            raise

    @staticmethod
    def done(cell: Any) -> Any:
        """The prompt of a cell that has been run."""
        return cell.locator(".jp-InputPrompt").filter(has_text=re.compile(r"\[\d+\]"))

    def write(self, old: str, new: str) -> Any:
        """Replace the text of the cell that holds ``old``."""
        cell = self.cell(old)
        cell.scroll_into_view_if_needed()
        self.click_into(cell)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(new)
        return cell

    def wait_until_saved(self) -> None:
        """Until JupyterLab has saved the notebook by itself."""
        self.page.wait_for_selector(".lm-DockPanel-tabBar .lm-mod-current:not(.jp-mod-dirty)", timeout=60_000)


def opened_notebook(course: Course, chapter: str | None) -> str:
    """The notebook of a chapter, from ``work/``."""
    return opened(course, chapter)
