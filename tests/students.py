"""Thirty made-up students of chapter 3: good answers, mistakes, half-done notebooks, broken ones and hostile ones.

The same chapter and seed give the same class, byte for byte. Used by the tests of the classroom, the journeys and the
benchmarks.
"""

from __future__ import annotations

import copy
import json
import random
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.grading.course import Chapter, Course
from grader.grading.verify.answer_file import written_answers
from grader.notebooks.build import build_course, write_sources
from grader.notebooks.cells import dashed, writing

Files = Mapping[str, str]  # the declared files of one exercise
Notebook = dict[str, Any]
ROOT = Path(__file__).resolve().parents[1]
CHAPTER = "ch03_web_service"
TOO_LARGE = 100_000_000
SCRIPT = '<script>alert("stolen")</script><img src=x onerror=alert(1)><iframe src="//evil.example"></iframe>'
BOMB = 'a: &a ["x","x","x","x","x","x","x","x","x"]\n' + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@dataclass(frozen=True)
class Student:
    """One of the class.

    Attributes
    ----------
    notebook
        What was handed in: a notebook, or bytes that are none.
    says
        What the grader must say about it, in the report or beside it; each a part of a sentence.
    size
        Bytes that the file has on disk; what is beyond its content is a hole.
    """

    name: str
    notebook: Notebook | bytes
    says: tuple[str, ...] = ()
    size: int = 0

    @property
    def content(self) -> bytes:
        """The file as it was handed in, without the hole at its end."""
        return self.notebook if isinstance(self.notebook, bytes) else json.dumps(self.notebook, indent=1).encode()

    def hand_in(self, folder: Path, chapter: str = CHAPTER) -> Path:
        """Write the notebook to ``<folder>/<name>/<chapter>/<chapter>.ipynb``, as nbgrader collects it."""
        path = folder / self.name / chapter / f"{chapter}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(self.content)
        if self.size:
            with path.open("r+b") as file:
                file.truncate(self.size)
        return path


def course_of_a_class(folder: Path) -> Course:
    """Chapter 3 in a folder of its own, built, with nbgrader's configuration and source folder."""
    for name in ("pyproject.toml", "nbgrader_config.py"):
        shutil.copy(ROOT / name, folder)
    for name in ("solutions", "tests"):
        (folder / name).symlink_to(ROOT / name)
    course = Course.find(folder)
    build_course([CHAPTER], course=course)
    write_sources([CHAPTER], course=course)
    return course


def the_class(chapter: Chapter, pool: Pool, seed: int = 0) -> list[Student]:
    """Thirty students of chapter 3, sorted by name.

    Parameters
    ----------
    chapter
        With its notebook in ``course/``.
    """
    students = [*honest(chapter, pool, seed), *careless(chapter, pool), *hostile(chapter, pool)]
    return sorted(students, key=lambda student: student.name)


@dataclass(frozen=True)
class Pool:
    """The answers that students draw from, by exercise id."""

    starter: Mapping[str, Files]
    solution: Mapping[str, Files]
    wrong: Mapping[str, list[Files]]
    right: Mapping[str, list[Files]]


def answers_of(chapter: Chapter, only: tuple[str, ...] | None = None, most: int | None = None) -> Pool:
    """What learners answer, from ``solutions/`` and ``tests/answers/``.

    Parameters
    ----------
    only
        The exercises that anybody answers (default: all); the others are left as they were.
    most
        How many wrong and how many other right answers of each (default: all).
    """
    starter, solution, wrong, right = {}, {}, {}, {}
    for exercise in chapter.exercises:
        sources = chapter.sources(exercise)
        starter[exercise.id] = {name: sources.starter[name].decode() for name in exercise.files}
        if only is not None and exercise.id not in only:
            solution[exercise.id], wrong[exercise.id], right[exercise.id] = starter[exercise.id], [], []
            continue
        solution[exercise.id] = {name: sources.solution[name].decode() for name in exercise.files}
        written = written_answers(chapter, exercise)
        wrong[exercise.id], right[exercise.id] = (
            [one.files for one in written if one.kind == kind][:most] for kind in ("wrong", "right")
        )
    return Pool(starter, solution, wrong, right)


def honest(chapter: Chapter, pool: Pool, seed: int = 0, number: int = 8) -> Iterator[Student]:
    """Those who do what they can: one all, one nothing, the others a mixture."""
    fresh = released(chapter)
    yield Student("ada", answered(fresh, chapter, pool.solution))
    yield Student("ben", fresh)
    draw = random.Random(seed)
    for at in range(3, number + 1):
        answers = {exercise.id: one_answer(pool, exercise.id, draw) for exercise in chapter.exercises}
        yield Student(f"c{at:02}_mixed", answered(fresh, chapter, answers))


def one_answer(pool: Pool, exercise: str, draw: random.Random) -> Files:
    """The starter, the solution, a wrong one or another right one."""
    kinds = [[pool.starter[exercise]], [pool.solution[exercise]], pool.right[exercise], pool.wrong[exercise]]
    return draw.choice(draw.choice([kind for kind in kinds if kind]))


def careless(chapter: Chapter, pool: Pool) -> Iterator[Student]:
    """Eight whose files suffered."""
    good = answered(released(chapter), chapter, pool.solution)
    text = json.dumps(good)
    yield Student("k01_not_json", b"Dear teacher,\nhere is my homework { }", ("is not a notebook: Expecting value",))
    yield Student("k02_100_mb", text.encode(), ("has 100 MB",), TOO_LARGE)
    yield Student("k03_cut_off", text[: len(text) // 2].encode(), ("is not a notebook: ", "line 1 column"))
    yield Student("k04_other_json", b'{"worksheets": [1, 2]}', ("is not a notebook: it has no list of cells",))
    yield Student("k05_deep_json", b"[" * 200_000, ("is not a notebook: ",))
    lost = without(good, lambda grade_id: grade_id.startswith("answer-3-1"))
    yield Student(
        "k06_lacks_cells", lost, ("no cell writes 3_1_hello/app.py", "no cell writes 3_1_hello/template.yaml")
    )
    strange = copy.deepcopy(good)
    strange["cells"] += [1, None, {"cell_type": "code", "source": 5}]
    yield Student("k07_no_cells", strange, (f"Cell {len(strange['cells'])} of {chapter.stem}.ipynb is not a cell",))
    renamed = edited(good, lambda cell: cell["metadata"].pop("nbgrader", None))
    yield Student("k08_no_metadata", renamed)


def hostile(chapter: Chapter, pool: Pool) -> Iterator[Student]:
    """Fourteen who try something."""
    wrong = answered(released(chapter), chapter, {**pool.solution, "3.1": pool.wrong["3.1"][0]})
    yield Student("m01_two_of_one", two_of_one(chapter, pool), ("3_1_hello/app.py is written by more than one cell",))
    yield Student("m02_points", edited(wrong, more_points))
    yield Student("m03_cell_types", edited(wrong, other_type), ("is no code cell any more",))
    yield Student("m04_no_checks", without(wrong, lambda grade_id: grade_id.startswith("check-")))
    yield Student("m05_grade_ids", edited(wrong, other_ids))
    yield Student("m06_outputs", edited(wrong, large_outputs))
    yield Student("m07_script", edited(wrong, written_script))
    for name, (files, *says) in attacks(pool.solution["3.1"]).items():
        yield Student(name, answered(released(chapter), chapter, {"3.1": files}), tuple(says))


def attacks(solution: Files) -> dict[str, tuple[Any, ...]]:
    """Answers to 3.1 that break something, and what must be said."""
    template, app = solution["template.yaml"], solution["app.py"]
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


def released(chapter: Chapter) -> Notebook:
    """The chapter's notebook as learners get it."""
    path = chapter.course.generated / chapter.stem / f"{chapter.stem}.ipynb"
    notebook: Notebook = json.loads(path.read_text("utf-8"))
    return notebook


def answered(notebook: Notebook, chapter: Chapter, answers: Mapping[str, Files]) -> Notebook:
    """A copy with answers in its answer cells."""
    cells = {
        f"answer-{dashed(exercise.id)}-{dashed(name)}": writing(f"{exercise.slug}/{name}", text)
        for exercise in chapter.exercises
        for name, text in answers.get(exercise.id, {}).items()
    }

    def write(cell: dict[str, Any]) -> None:
        if grade_id(cell) in cells:
            cell["source"] = cells[grade_id(cell)]

    return edited(notebook, write)


def edited(notebook: Notebook, edit: Callable[[dict[str, Any]], object]) -> Notebook:
    """A copy in which every cell was edited."""
    changed = copy.deepcopy(notebook)
    for cell in changed["cells"]:
        edit(cell)
    return changed


def without(notebook: Notebook, gone: Callable[[str], bool]) -> Notebook:
    """A copy without the cells of some grade ids."""
    return {**notebook, "cells": [cell for cell in notebook["cells"] if not gone(grade_id(cell))]}


def grade_id(cell: Mapping[str, Any]) -> str:
    """nbgrader's name of a cell, empty for cells that it does not know."""
    return str(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))


def two_of_one(chapter: Chapter, pool: Pool) -> Notebook:
    """Two cells of one name: first a wrong answer, then the right one; and the check copied, too."""
    first = answered(released(chapter), chapter, {**pool.solution, "3.1": pool.wrong["3.1"][0]})
    second = answered(released(chapter), chapter, pool.solution)
    copies = [cell for cell in second["cells"] if grade_id(cell) in ("answer-3-1-app-py", "check-3-1")]
    copies += [cell for cell in second["cells"] if grade_id(cell) == "answer-3-1-template-yaml"]
    return {**first, "cells": [*first["cells"], *copies]}


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


def other_ids(cell: dict[str, Any]) -> None:
    """The check of 3.1 is called like the easiest one, and what it was called is something else now."""
    swapped = {"check-3-1": "check-3-4", "check-3-4": "check-3-1", "answer-3-1-app-py": "why-3-2"}
    if grade_id(cell) in swapped:
        cell["metadata"]["nbgrader"]["grade_id"] = swapped[grade_id(cell)]


def large_outputs(cell: dict[str, Any]) -> None:
    """The locked cell says what its writer likes to read, over five megabytes of output."""
    if grade_id(cell) == "check-3-1":
        text = {"output_type": "stream", "name": "stdout", "text": "x" * 5_000_000}
        number = {"output_type": "execute_result", "data": {"text/plain": "7"}, "metadata": {}, "execution_count": 1}
        cell.update(source="7", outputs=[text, number])


def written_script(cell: dict[str, Any]) -> None:
    """HTML and JavaScript in the written answer, in an answer cell's output, and attached."""
    if grade_id(cell) == "why-3-2":
        cell["source"] = f"Because.\n\n{SCRIPT}\n\n[mail me](javascript:alert(1)) ![x](https://evil.example/x.png)"
        cell["attachments"] = {"x.svg": {"image/svg+xml": "<svg onload='alert(1)'/>"}}
    elif grade_id(cell) == "answer-3-1-app-py":
        cell["source"] += f"\n# {SCRIPT}"
