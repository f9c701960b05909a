"""What is asked of an answer zygote."""

from __future__ import annotations

from dataclasses import dataclass, field

DEFAULT_LIMIT = 60.0


@dataclass(frozen=True)
class AnswerRequest:
    """One learner's answers to be judged, to one exercise or to all of a chapter.

    Attributes
    ----------
    course
        Path of the course's root.
    chapter
        The chapter's stem.
    answers
        By exercise id, in the order in which they are judged: the learner's declared files, as text.
    limit
        Seconds of wall clock after which the checks of an exercise are stopped.
    """

    course: str
    chapter: str
    answers: dict[str, dict[str, str]] = field(default_factory=dict)
    hidden: bool = False
    seed: int = 0
    limit: float = DEFAULT_LIMIT
