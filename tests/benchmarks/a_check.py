"""From Shift-Enter on ``check("3.1")`` to its report, in a real kernel, beside nbgrader's validate."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager

from grader.grading.course import Course
from grader.notebooks.work import bring_course
from tests.benchmarks.row import Row, timed
from tests.students import answered, answers_of

CHAPTER = "ch03_web_service"
KERNELS, WARM = 3, 9
LIMIT = 300
FIRST_CELL = "from grader.notebooks import Cloud, check, hint"


def measure(course: Course) -> Iterator[Row]:
    """The first check of several kernels, many warm ones, and nbgrader on the same notebook."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as temporary:
        notebook = solved_notebook(course, Path(temporary))
        first: list[float] = []
        warm: list[float] = []
        for _ in range(KERNELS):
            with kernel(notebook) as run:
                run(FIRST_CELL)
                run("cloud = Cloud()")
                first += timed(lambda: judged(run), 1)
                warm += timed(lambda: judged(run), WARM // KERNELS)
        peer = validate_figure(notebook)
    yield Row('check("3.1"), warm', "Shift-Enter to report, real kernel", tuple(warm), "s", 0.5, peer=peer)
    yield Row('check("3.1"), first', "right after the lesson's first two cells", tuple(first), "s", 2.0)


def solved_notebook(course: Course, folder: Path) -> Path:
    """A course of its own with 3.1 answered, in the saved notebook and on disk."""
    shutil.copy(course.root / "pyproject.toml", folder)
    for name in ("course", "solutions"):
        (folder / name).symlink_to(course.root / name)
    own = Course.find(folder)
    bring_course(own)
    chapter, exercise = own.exercise("3.1")
    pool = answers_of(course.chapter(CHAPTER), only=("3.1",), most=0)
    path = folder / "work" / CHAPTER / f"{CHAPTER}.ipynb"
    path.write_text(json.dumps(answered(json.loads(path.read_text()), chapter, {"3.1": pool.solution["3.1"]})))
    for name, text in pool.solution["3.1"].items():
        (path.parent / exercise.slug / name).write_text(text)
    return path


@contextmanager
def kernel(notebook: Path) -> Iterator[Any]:
    """A kernel as Jupyter starts it for the notebook; gives what runs a cell and returns its outputs as text."""
    manager = KernelManager(kernel_name="python3")
    environment = {**os.environ, "JPY_SESSION_NAME": str(notebook)}
    manager.start_kernel(cwd=str(notebook.parent), env=environment, stderr=subprocess.DEVNULL)
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=LIMIT)

        def run(source: str) -> str:
            outputs: list[Any] = []
            client.execute_interactive(source, timeout=LIMIT, output_hook=lambda message: outputs.append(message))
            return json.dumps([message["content"] for message in outputs], default=str)

        yield run
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def judged(run: Any) -> None:
    """One check; a report without all points would make the figure worthless."""
    shown = run('check("3.1")')
    assert "6 of 6" in shown or "6/6" in shown, shown[:2000]


def validate_figure(notebook: Path) -> str:
    """``nbgrader validate`` of the same notebook, from the command line, as its button does."""
    command = [sys.executable, "-m", "nbgrader", "validate", notebook.name]
    ended: list[int] = []

    def validate() -> None:
        done = subprocess.run(command, cwd=notebook.parent, capture_output=True, timeout=LIMIT, check=False)
        ended.append(done.returncode)

    try:
        took = timed(validate, 1)[0]
    except subprocess.TimeoutExpired:
        return f"nbgrader validate, same notebook: more than {LIMIT} s"
    return f"nbgrader validate, same notebook: {took:.3g} s" + (f" (it ended with {ended[0]})" if ended[0] else "")
