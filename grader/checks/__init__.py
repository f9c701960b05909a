"""The checks: plain functions that judge an answer by what it does, and the engine that runs them.

A chapter's module (``ch03_web_service.py`` …) imports from here all that it needs.
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
