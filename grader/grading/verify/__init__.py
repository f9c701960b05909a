"""The course checks itself: starters, solutions, wrong and other right answers, hints, templates, lessons."""

from grader.grading.verify.course import verify_course
from grader.grading.verify.finding import Finding, Verified

__all__ = ["Finding", "Verified", "verify_course"]
