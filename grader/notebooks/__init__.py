"""What a learner sees in a notebook, and how the course's notebooks are built, brought and kept.

A lesson begins with ``from grader.notebooks import Cloud, check, hint`` and then calls what it needs:

========================  =====================================================================
``Cloud``                 an empty account of the pocket AWS
``check("3.1")``          judge an exercise's files, show the report
``hint("3.1")``           open the next hint
``solution("3.1")``       our answer: after a pass, or three honest tries
``reset("3.1")``          the starting files again; a backup is kept
``progress()``            chapters, exercises done, the next step
``recall(key, …)``        a question on an earlier chapter, checked at once
``predict(key, …)``       say what will happen; ``compare(key, outcome)`` shows both afterwards
``show_files(path, …)``   files with line numbers and colours
``run("sam build")``      a real command against the pocket AWS
========================  =====================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grader.notebooks.answering import check, hint, reset, solution
from grader.notebooks.build import build_chapter, build_course
from grader.notebooks.commands import run
from grader.notebooks.overview import progress
from grader.notebooks.questions import compare, predict, recall
from grader.notebooks.sources import show_files
from grader.notebooks.warming import warm_up

if TYPE_CHECKING:
    from grader.cloud import Cloud

__all__ = [
    "Cloud",
    "build_chapter",
    "build_course",
    "check",
    "compare",
    "hint",
    "predict",
    "progress",
    "recall",
    "reset",
    "run",
    "show_files",
    "solution",
]

warm_up()


def __getattr__(name: str) -> Any:
    """Load the cloud when a lesson asks for it, so that building and the command line stay quick."""
    if name == "Cloud":
        from grader.cloud import Cloud

        return Cloud
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
