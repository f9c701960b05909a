"""The course checks itself: starters, solutions, wrong and other right answers, hints, templates, lessons."""

from grader.grading.verify.course import verify_course, verify_exercise
from grader.grading.verify.coverage import Coverage, coverage_of, verify_coverage
from grader.grading.verify.finding import Finding, Verified

__all__ = ["Coverage", "Finding", "Verified", "coverage_of", "verify_course", "verify_coverage", "verify_exercise"]
