"""What the course says when something is wrong with it or with what it was asked: what, where, and the next step."""

from __future__ import annotations

from grader.cloud.errors import CloudError, NotSupported

__all__ = ["CloudError", "CourseError", "NotSupported"]


class CourseError(Exception):
    """A fault in the course's files or in what was asked of ``grader``; never the fault of a learner's answer.

    Parameters
    ----------
    what
        One sentence: what happened.
    where
        File and line, or the id of an exercise, when it is known.
    next_step
        What the reader can do about it.
    """

    def __init__(self, what: str, where: str | None = None, next_step: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.next_step = next_step

    def __str__(self) -> str:
        parts = [self.what, self.where and f"where: {self.where}", self.next_step and f"next: {self.next_step}"]
        return "\n".join(part for part in parts if part)
