"""A whole class: those who do what they can, those whose files suffered, and those who try something."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

from grader.checks.exercise import Exercise
from grader.grading.course import Chapter
from grader.notebooks.cells import dashed
from tests.students import (
    CHAPTER,
    Files,
    Notebook,
    Pool,
    Student,
    answered,
    edited,
    grade_id,
    honest,
    released,
    without,
)

TOO_LARGE = 100_000_000
SCRIPT = '<script>alert("stolen")</script><img src=x onerror=alert(1)><iframe src="//evil.example"></iframe>'
BOMB = 'a: &a ["x","x","x","x","x","x","x","x","x"]\n' + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


def the_class(chapter: Chapter, pool: Pool, seed: int = 0) -> list[Student]:
    """The students, sorted by name: thirty in chapter 3, where templates are broken as well; in others twenty-four.

    Parameters
    ----------
    chapter
        With its notebook in ``course/``.
    """
    students = [*honest(chapter, pool, seed), *careless(chapter, pool), *hostile(chapter, pool)]
    return sorted(students, key=lambda student: student.name)


def files_of(chapter: Chapter) -> tuple[Exercise, str]:
    """The exercise whose answers are broken, the first one, and its Python file."""
    first = chapter.exercises[0]
    return first, next(name for name in first.files if name.endswith(".py"))


def careless(chapter: Chapter, pool: Pool) -> Iterator[Student]:
    """Eight whose files suffered."""
    first, _ = files_of(chapter)
    good = answered(released(chapter), chapter, pool.solution)
    text = json.dumps(good)
    yield Student("k01_not_json", b"Dear teacher,\nhere is my homework { }", ("is not a notebook: Expecting value",))
    yield Student("k02_100_mb", text.encode(), ("has 100 MB",), TOO_LARGE)
    yield Student("k03_cut_off", text[: len(text) // 2].encode(), ("is not a notebook: ", "line 1 column"))
    yield Student("k04_other_json", b'{"worksheets": [1, 2]}', ("is not a notebook: it has no list of cells",))
    yield Student("k05_deep_json", b"[" * 200_000, ("is not a notebook: ",))
    lost = without(good, lambda grade_id: grade_id.startswith(f"answer-{dashed(first.id)}-"))
    yield Student("k06_lacks_cells", lost, tuple(f"{first.slug}/{name}" for name in first.files))
    strange = copy.deepcopy(good)
    strange["cells"] += [1, None, {"cell_type": "code", "source": 5}]
    yield Student("k07_no_cells", strange, (f"Cell {len(strange['cells'])} of {chapter.stem}.ipynb is not a cell",))
    renamed = edited(good, lambda cell: cell["metadata"].pop("nbgrader", None))
    yield Student("k08_no_metadata", renamed)


def hostile(chapter: Chapter, pool: Pool) -> Iterator[Student]:
    """Those who try something: seven with the notebook, and as many with an answer as the first exercise allows."""
    first, file = files_of(chapter)
    wrong = answered(released(chapter), chapter, {**pool.solution, first.id: pool.wrong[first.id][0]})
    says = f"{first.slug}/{file} is written by more than one cell"
    yield Student("m01_two_of_one", two_of_one(chapter, pool), (says,))
    yield Student("m02_points", edited(wrong, more_points))
    yield Student("m03_cell_types", edited(wrong, other_type), ("is no code cell any more",))
    yield Student("m04_no_checks", without(wrong, lambda grade_id: grade_id.startswith("check-")))
    yield Student("m05_grade_ids", edited(wrong, other_ids(chapter)))
    yield Student("m06_outputs", edited(wrong, large_outputs(first)))
    yield Student("m07_script", edited(wrong, written_script(first, file)))
    attacks = attacks_on_hello if chapter.stem == CHAPTER else attacks_on_python
    for name, (files, *says) in attacks(pool.solution[first.id], file).items():
        yield Student(name, answered(released(chapter), chapter, {first.id: files}), tuple(says))


def attacks_on_python(solution: Files, file: str) -> dict[str, tuple[Any, ...]]:
    """Answers whose module breaks something, and what must be said."""
    return {
        "n04_syntax_error": ({**solution, file: solution[file] + "\nwrong = {\n"}, "'{' was never closed"),
        "n06_exit": ({**solution, file: "import os\nos._exit(0)\n" + solution[file]}, "Runtime exited"),
    }


def attacks_on_hello(solution: Files, file: str) -> dict[str, tuple[Any, ...]]:
    """Answers to 3.1 that break something, and what must be said."""
    template, app = solution["template.yaml"], solution[file]
    head = "def lambda_handler(event, context):\n"
    line = template.count("\n") + 1
    return {
        "n01_yaml_error": ({"app.py": app, "template.yaml": template + "Oops: [1\n"}, f"line {line + 1}"),
        "n02_yaml_bomb": ({"app.py": app, "template.yaml": BOMB + template}, "more than 50,000 values", "line 1"),
        "n03_python_tag": (
            {"app.py": app, "template.yaml": template + "X: !!python/object/apply:os.system [reboot]\n"},
            "python/object/apply",
            f"line {line}",
        ),
        "n04_syntax_error": ({"template.yaml": template, "app.py": head + "    return {\n"}, "'{' was never closed"),
        "n05_endless_loop": (
            {"template.yaml": template, "app.py": head + "    while True:\n        pass\n"},
            "Task timed out after 5.00 seconds",
            "app.py",
        ),
        "n06_exit": (
            {"template.yaml": template, "app.py": "import os\n" + head + "    os._exit(0)\n"},
            "Runtime exited",
            "app.py",
        ),
        "n07_gigabyte": (
            {"template.yaml": template, "app.py": head + "    while True:\n        print('x' * 1_000_000)\n"},
            "Task timed out after 5.00 seconds",
            "app.py",
        ),
    }


def two_of_one(chapter: Chapter, pool: Pool) -> Notebook:
    """Two cells of one name: first a wrong answer, then the right one; and the check copied, too."""
    first, _ = files_of(chapter)
    wrong = answered(released(chapter), chapter, {**pool.solution, first.id: pool.wrong[first.id][0]})
    right = answered(released(chapter), chapter, pool.solution)
    names = (f"answer-{dashed(first.id)}-", f"check-{dashed(first.id)}")
    copies = [cell for cell in right["cells"] if grade_id(cell).startswith(names)]
    return {**wrong, "cells": [*wrong["cells"], *copies]}


def more_points(cell: dict[str, Any]) -> None:
    """Every cell is worth a thousand points and is nobody's."""
    if marks := cell["metadata"].get("nbgrader"):
        marks.update(points=1000, locked=False, grade=True, checksum="0" * 32)


def other_type(cell: dict[str, Any]) -> None:
    """Code becomes prose, prose becomes code."""
    if "nbgrader" not in cell["metadata"]:
        return
    was_code = cell["cell_type"] == "code"
    cell["cell_type"] = "markdown" if was_code else "code"
    if was_code:
        cell.pop("outputs"), cell.pop("execution_count")
    else:
        cell.update(outputs=[], execution_count=None)


def other_ids(chapter: Chapter) -> Callable[[dict[str, Any]], None]:
    """The first check is called like the last one, and what it was called is something else now."""
    first, file = files_of(chapter)
    check, last = f"check-{dashed(first.id)}", f"check-{dashed(chapter.exercises[-1].id)}"
    why = next(grade_id(cell) for cell in released(chapter)["cells"] if grade_id(cell).startswith("why-"))
    swapped = {check: last, last: check, f"answer-{dashed(first.id)}-{dashed(file)}": why}

    def edit(cell: dict[str, Any]) -> None:
        if grade_id(cell) in swapped:
            cell["metadata"]["nbgrader"]["grade_id"] = swapped[grade_id(cell)]

    return edit


def large_outputs(first: Exercise) -> Callable[[dict[str, Any]], None]:
    """The locked cell says what its writer likes to read, over five megabytes of output."""

    def edit(cell: dict[str, Any]) -> None:
        if grade_id(cell) == f"check-{dashed(first.id)}":
            text = {"output_type": "stream", "name": "stdout", "text": "x" * 5_000_000}
            number = {"output_type": "execute_result", "data": {"text/plain": "7"}, "metadata": {}}
            cell.update(source="7", outputs=[text, {**number, "execution_count": 1}])

    return edit


def written_script(first: Exercise, file: str) -> Callable[[dict[str, Any]], None]:
    """HTML and JavaScript in the written answer, in an answer cell's output, and attached."""

    def edit(cell: dict[str, Any]) -> None:
        if grade_id(cell).startswith("why-"):
            cell["source"] = f"Because.\n\n{SCRIPT}\n\n[mail me](javascript:alert(1)) ![x](https://evil.example/x.png)"
            cell["attachments"] = {"x.svg": {"image/svg+xml": "<svg onload='alert(1)'/>"}}
        elif grade_id(cell) == f"answer-{dashed(first.id)}-{dashed(file)}":
            cell["source"] += f"\n# {SCRIPT}"

    return edit
