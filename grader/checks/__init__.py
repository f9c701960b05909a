"""The checks: plain functions that judge an answer by what it does, and the engine that runs them.

A chapter's checks are a package, ``grader/checks/<stem>/`` (``ch03_web_service``), with one module for each exercise.
A module is called by the exercise's slug without its number (``3_1_hello`` → ``hello.py``) and holds one class under
``@exercise`` and what only it needs. ``__init__.py`` holds the chapter's title as its docstring, imports the
classes, and lists them in ``__all__``; the exercises' numbers decide their order. What several exercises of a chapter
ask lies in a module of its own, called by what it is about (``ch09_events/uploads.py``). What several chapters need:
``material`` (inputs drawn from a seed) and ``reading`` (outputs, pages, stored objects). Hidden checks, in
``solutions/<stem>/hidden_checks.py``, import from the exercise's module. A private course may use one plain module,
or a package with relative imports.

Every module imports the decorators, ``expect`` and ``fail`` from here.
"""

from grader.checks.exercise import Check, Exercise, HiddenChecks, check, exercise, hidden
from grader.checks.expect import Expectation, expect, fail
from grader.checks.failure import CheckFailed, Location

__all__ = [
    "Check",
    "CheckFailed",
    "Exercise",
    "Expectation",
    "HiddenChecks",
    "Location",
    "check",
    "exercise",
    "expect",
    "fail",
    "hidden",
]
