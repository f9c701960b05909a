"""A chapter has all its parts: what a learner expects, what a trainer needs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from grader.grading.course import Chapter
from grader.grading.verify.finding import Finding

RECALL_QUESTIONS = 3
_PARTS = {
    "goals in the front matter": r"\A---\n.*?^goals:\n  - .*?^---$",
    "trainer's notes": r"^<!-- instructor -->",
    "**Timing** in the trainer's notes": r"^\*\*Timing\*\*",
    "**Where people stumble** in the trainer's notes": r"^\*\*Where people stumble",
    "**Questions to ask** in the trainer's notes": r"^\*\*Questions to ask",
    "a section Then and now": r"^## Then and now",
    "a demonstration with predict(…) and compare(…)": r"^predict\(.*^compare\(",
    "an explorer from grader.explore": r"^from grader\.explore\.",
    "one <!-- why …: --> question": r"^<!-- why \d",
    "a section Summary": r"^## Summary",
    "questions with answers to unfold": r"^### Questions\n.*<details>.*</details>",
    "a section Where to read on": r"^## Where to read on",
}


def verify_shape(chapter: Chapter, text: str) -> Finding:
    """Whether the text has every part that a chapter has; the start page has its own shape."""
    return Finding(chapter.stem, "every part is there", tuple(_missing(chapter, text)) if chapter.number else ())


def _missing(chapter: Chapter, text: str) -> Iterator[str]:
    for part, pattern in _PARTS.items():
        if not re.search(pattern, text, re.MULTILINE | re.DOTALL):
            yield f"there is no {part}" if not part.startswith(("a ", "an ", "one ")) else f"there is not {part}"
    asked = len(re.findall(rf'^recall\(\s*"{chapter.number}\.r\d"', text, re.MULTILINE))
    if asked < RECALL_QUESTIONS:
        yield f"there are {asked} recall questions; a chapter opens with {RECALL_QUESTIONS}"
    following = next((one for one in chapter.course.chapters if one.number > chapter.number), None)
    if following and not leads_on(text, following.stem):
        yield f"Where to read on does not end with - Next: [chapter {following.number}, …]({_path_to(following.stem)})"


def leads_on(text: str, stem: str) -> bool:
    """Whether the text names the chapter of this stem as the next one, and no other."""
    told = re.findall(r"^- Next\b.*\]\(([^)]+)\)", text.partition("## Where to read on")[2], re.MULTILINE)
    return told == [_path_to(stem)]


def _path_to(stem: str) -> str:
    return f"../{stem}/{stem}.ipynb"
