"""``grader exercise new``: everything that a new exercise needs, in its places, ready to be built and judged.

A place in the lesson, the finished project, visible and hidden checks, wrong and right answers. What its author has
still to write says TODO, and ``grader verify ID`` lists it.
"""

from __future__ import annotations

import ast
import keyword
import re
from dataclasses import dataclass
from pathlib import Path
from string import Template

from grader.classroom import exercise_texts as texts
from grader.classroom.class_file import FILE
from grader.errors import CourseError
from grader.grading.course import CLASS_CHECKS, HIDDEN_CHECKS, PACKAGE, Chapter
from grader.grading.files import write_atomically
from grader.grading.verify.sections import sections_of

LONGEST = 120  # characters of a line of code
WIDE = 4  # spaces


@dataclass(frozen=True)
class NewExercise:
    """What an exercise is called.

    Attributes
    ----------
    id, slug
        ``9.7`` and ``9_7_back_off``.
    minutes
        How long a newcomer takes.
    """

    id: str
    slug: str
    title: str
    minutes: int

    @property
    def module(self) -> str:
        """``back_off``: the module with its checks."""
        return self.slug.split("_", 2)[2]

    @property
    def name(self) -> str:
        """``BackOff``: the class with its checks."""
        return "".join(word.capitalize() for word in self.module.split("_"))


class _Text(Template):
    """A text whose blanks begin with ``@``; ``$`` is CloudFormation's."""

    delimiter = "@"


def title_of(slug: str) -> str:
    """``Back off`` for ``9_7_back_off``."""
    return slug.partition("_")[2].partition("_")[2].replace("_", " ").capitalize()


def new_exercise(chapter: Chapter, new: NewExercise) -> list[Path]:
    """Make the exercise.

    Returns
    -------
    The files that were written or changed, below the course's root.

    Raises
    ------
    CourseError
        When the id or slug does not fit the chapter, or something of that name is there already. Then nothing was
        written.
    """
    _require_fitting_names(chapter, new)
    wanted = _files_of(chapter, new)
    for path, (_, is_new) in wanted.items():
        if is_new and path.exists():
            raise CourseError("There is something here already.", str(path), "Choose another slug.")
    for path, (text, _) in wanted.items():
        write_atomically(path, text)
    return [path.relative_to(chapter.course.root) for path in wanted]


def _require_fitting_names(chapter: Chapter, new: NewExercise) -> None:
    if not chapter.number or not re.fullmatch(rf"{chapter.number}\.[1-9]\d?", new.id):
        raise CourseError(f"{new.id!r} is no number for an exercise of {chapter.stem}.", None, _free_number(chapter))
    beginning = new.id.replace(".", "_")
    if not re.fullmatch(rf"{beginning}_[a-z][a-z0-9]*(_[a-z0-9]+)*", new.slug):
        raise CourseError(
            f"{new.slug!r} is no slug for exercise {new.id}.", None, f"Small letters, like {beginning}_say_hello."
        )
    if new.id in {one.id for one in chapter.exercises}:
        raise CourseError(f"There is an exercise {new.id} already.", chapter.stem, _free_number(chapter))
    if keyword.iskeyword(new.module):
        raise CourseError(f"{new.module!r} is a word of Python's own.", new.slug, "Choose another slug.")
    if not re.fullmatch(r"[^\"\\\n]+", new.title):
        raise CourseError("The title must be one line without quotes.", repr(new.title))
    if not 1 <= new.minutes <= 240:
        raise CourseError("An exercise takes 1 to 240 minutes.", f"{new.minutes}")
    if chapter.checks_file.name != PACKAGE:
        raise CourseError(
            "This chapter's checks are one module; a new exercise needs a package.", str(chapter.checks_file)
        )


def _free_number(chapter: Chapter) -> str:
    taken = [int(one.id.partition(".")[2]) for one in chapter.exercises]
    return (
        f"The next free one is {chapter.number}.{max(taken, default=0) + 1}." if chapter.number else "Name a chapter."
    )


def _files_of(chapter: Chapter, new: NewExercise) -> dict[Path, tuple[str, bool]]:
    """Every file's new text, and whether it must not be there yet."""
    lesson, package = chapter.folder / "chapter.md", chapter.checks_file
    hidden = chapter.folder / (CLASS_CHECKS if (chapter.course.root / FILE).is_file() else HIDDEN_CHECKS)
    answers = chapter.course.root / "tests" / "answers" / chapter.stem / f"{new.slug}.yaml"
    return {
        chapter.folder / new.slug / "template.yaml": (_filled(texts.TEMPLATE, new), True),
        chapter.folder / new.slug / "app.py": (_filled(texts.APP, new), True),
        package.with_name(f"{new.module}.py"): (_filled(texts.CHECKS, new), True),
        answers: (_filled(texts.ANSWERS, new), True),
        package: (_with_class(_read(package), new, package), False),
        hidden: (_with_hidden(_read(hidden) if hidden.exists() else texts.HIDDEN_HEAD, new, hidden), False),
        lesson: (_with_section(_read(lesson), new), False),
    }


def _filled(text: str, new: NewExercise) -> str:
    return _Text(text).substitute(id=new.id, slug=new.slug, title=new.title, minutes=new.minutes, name=new.name)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as problem:
        raise CourseError(f"The chapter's file cannot be read: {problem.strerror}.", str(path)) from None


def _with_section(text: str, new: NewExercise) -> str:
    """The lesson with a place for the exercise, before its summary."""
    lines = text.splitlines(keepends=True)
    at = next((one.first - 1 for one in sections_of(text) if one.heading == "Summary"), len(lines))
    before = "".join(lines[:at]).rstrip("\n") + "\n\n"
    return before + _filled(texts.SECTION, new) + "".join(lines[at:])


def _with_class(text: str, new: NewExercise, path: Path) -> str:
    """The package with the class imported and listed."""
    tree, lines = _parsed(text, path), text.splitlines()
    listed = next((node for node in tree.body if _is_list_of_names(node)), None)
    if listed is None:
        raise CourseError("The package has no list __all__.", str(path), "See grader/checks/__init__.py.")
    assert isinstance(listed, ast.Assign) and listed.end_lineno is not None
    names = ast.literal_eval(listed.value)
    if new.name in names:
        raise CourseError(f"There are checks called {new.name} already.", str(path), "Choose another slug.")
    lines[listed.lineno - 1 : listed.end_lineno] = _list_of_names(sorted([*names, new.name], key=str.casefold))
    at = _last_import(tree)
    blank = [] if lines[at - 1].startswith("from .") else [""]
    lines[at:at] = [*blank, f"from .{new.module} import {new.name}"]  # relative: a course of another root has it, too
    return "\n".join(lines) + "\n"


def _with_hidden(text: str, new: NewExercise, path: Path) -> str:
    """The hidden checks with a class for the exercise."""
    tree, lines = _parsed(text, path), text.splitlines()
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "grader.checks"]
    known = {alias.name for node in imports for alias in node.names}
    if missing := [name for name in ("check", "expect", "hidden") if name not in known]:
        at = _last_import(tree)
        lines[at:at] = [f"from grader.checks import {', '.join(missing)}"]
    return "\n".join(lines).rstrip("\n") + "\n" + _filled(texts.HIDDEN, new)


def _parsed(text: str, path: Path) -> ast.Module:
    try:
        return ast.parse(text)
    except SyntaxError as problem:
        raise CourseError(f"This is not Python: {problem.msg}.", f"{path} line {problem.lineno}") from None


def _is_list_of_names(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"


def _last_import(tree: ast.Module) -> int:
    """The number of lines down to the end of the last import; of the docstring, where nothing is imported."""
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    above = [*(tree.body[:1] if ast.get_docstring(tree) is not None else []), *imports]
    return max((node.end_lineno or 0 for node in above), default=0)


def _list_of_names(names: list[str]) -> list[str]:
    quoted = [f'"{name}"' for name in names]
    line = f"__all__ = [{', '.join(quoted)}]"
    return [line] if len(line) <= LONGEST else ["__all__ = [", *(f"{' ' * WIDE}{name}," for name in quoted), "]"]
