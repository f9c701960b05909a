"""What the author of an exercise has still to write: every TODO in its files, and its place in the lesson."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from grader.checks.exercise import Exercise
from grader.grading.course import Chapter
from grader.grading.verify.answer_file import answers_path
from grader.grading.verify.finding import Finding
from grader.grading.verify.sections import section_at, sections_of

TODO = "TODO"


def verify_written(chapter: Chapter, exercise: Exercise) -> Finding:
    """Whether nothing of an exercise is left to be written."""
    return Finding(exercise.id, "everything is written", tuple(_left(chapter, exercise)))


def _left(chapter: Chapter, exercise: Exercise) -> Iterator[str]:
    project = [path for path in sorted(chapter.solution_folder(exercise).rglob("*")) if path.is_file()]
    modules = {Path(check.function.__code__.co_filename) for check in exercise.checks}
    for path in [*project, answers_path(chapter, exercise), *sorted(modules)]:
        yield from _in_lines(chapter, path, 1, _text(path))
    for path in chapter.hidden_check_files():
        before, mark, after = _text(path).partition(f'@hidden("{exercise.id}")')
        yield from _in_lines(chapter, path, before.count("\n") + 1, mark and after.partition("\n@hidden(")[0])
    yield from _in_lesson(chapter, exercise)


def _in_lesson(chapter: Chapter, exercise: Exercise) -> Iterator[str]:
    path = chapter.folder / "chapter.md"
    text = _text(path)
    directive = f"<!-- exercise {exercise.id} -->"
    if directive not in text:
        yield f"{_name(chapter, path)} has no line {directive}"
        return
    section = section_at(sections_of(text), text.count("\n", 0, text.find(directive)) + 1)
    if section is not None:
        yield from _in_lines(chapter, path, section.first, section.text)


def _in_lines(chapter: Chapter, path: Path, first: int, text: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), first):
        if TODO in line:
            yield f"{_name(chapter, path)} line {number}: {line.strip()}"


def _name(chapter: Chapter, path: Path) -> str:
    root = chapter.course.root
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
