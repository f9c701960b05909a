"""Other people's code needs walls: a class is not graded without them."""

from __future__ import annotations

from grader.errors import CourseError
from grader.grading.client import AnswerJudge

ENOUGH = 2


def require_isolation(zygote: AnswerJudge, allowing: str, is_weak_allowed: bool = False) -> None:
    """Refuse a machine on which an answer could read the teacher's files.

    Parameters
    ----------
    zygote
        Who will judge: it is waited for until it is warm.
    allowing
        The option with which a person may accept it all the same.

    Raises
    ------
    CourseError
        Below isolation level 2.
    """
    level = level_of(zygote)
    if level < ENOUGH and not is_weak_allowed:
        raise CourseError(
            f"This machine gives isolation level {level} only: an answer could read your files while it is graded.",
            None,
            f"grader doctor says why. Use Linux with user namespaces or Landlock, or accept it: {allowing}",
        )


def level_of(zygote: AnswerJudge) -> int:
    """The zygote's level, when it is warm; where it does not know, what this process finds out by itself."""
    from grader.cloud.environment import isolation_level

    return zygote.isolation() or isolation_level()
