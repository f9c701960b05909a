"""What is asked of an answer zygote."""

from __future__ import annotations

from dataclasses import dataclass, field

DEFAULT_LIMIT = 60.0


@dataclass(frozen=True)
class AnswerRequest:
    """One answer to be judged.

    Attributes
    ----------
    course
        Path of the course's root.
    chapter, exercise
        The chapter's stem and the exercise's id.
    files
        The learner's declared files, as text.
    limit
        Seconds of wall clock after which the checks are stopped.
    """

    course: str
    chapter: str
    exercise: str
    files: dict[str, str] = field(default_factory=dict)
    hidden: bool = False
    seed: int = 0
    limit: float = DEFAULT_LIMIT
