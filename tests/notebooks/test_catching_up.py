"""Our answers for who arrives late: filled in, never counted, and never over an answer of the learner's."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from grader.cli import main
from grader.errors import CourseError
from grader.grading.course import Course
from grader.grading.record import ExerciseRecord, Record
from grader.grading.report import CheckResult, ExerciseReport
from grader.notebooks.build import build_course
from grader.notebooks.catching_up import catch_up
from grader.notebooks.merging import written_file
from grader.notebooks.overview import Links, overview_page
from grader.notebooks.standing import standing_in
from grader.notebooks.work import bring_course

FINISHED = "def double(n):\n    return 2 * n\n"
STEM = "ch90_doubling"
SECOND = '''

@exercise("90.2", "Halve", slug="90_2_halve", files=["half.py"], minutes=5, hints=["a", "b", "c"])
class Halve:
    @check(points=1)
    def halves(folder):
        """It halves."""
        expect(True).is_true()
'''


@pytest.fixture
def opened(course: Course) -> Course:
    """Two exercises, the learner before the first, solutions open."""
    with (course.root / "checks" / f"{STEM}.py").open("a") as file:
        file.write(SECOND)
    with (course.root / "pyproject.toml").open("a") as file:
        file.write("open_solutions = true\n")
    (course.solutions / STEM / "90_2_halve").mkdir()
    (course.solutions / STEM / "90_2_halve/half.py").write_text("### BEGIN SOLUTION\nhalf = 1\n### END SOLUTION\n")
    text = course.solutions / STEM / "chapter.md"
    text.write_text(text.read_text().replace("## Summary", "### Exercise 90.2\n\n<!-- exercise 90.2 -->\n\n## Summary"))
    found = Course.find(course.root)
    build_course(course=found)
    bring_course(found)
    return found


def app(course: Course) -> Path:
    return course.root / "work" / STEM / "90_1_double/src/app.py"


def notebook(course: Course) -> Path:
    return course.root / "work" / STEM / f"{STEM}.ipynb"


def cell_of(course: Course, path: str, text: str | None = None) -> str:
    """The source of the cell that writes a file; with ``text``, after it was written into it."""
    import nbformat

    found: Any = nbformat.read(notebook(course), as_version=4)
    cell = next(one for one in found.cells if written_file(one) == path)
    if text is not None:
        cell.source = f"%%writefile {path}\n{text}"
        nbformat.write(found, notebook(course))
    return str(cell.source).partition("\n")[2]


def outcomes(course: Course) -> list[tuple[str, str, str]]:
    found = catch_up(course, "90.2")
    return [(one.exercise.id, one.became, one.because) for one in found.exercises]


def say(course: Course, *words: str) -> tuple[int, str]:
    console = Console(file=io.StringIO(), width=120, color_system=None, highlight=False)
    status = main(["--course", str(course.root), *words], console)
    assert isinstance(console.file, io.StringIO)
    return status, console.file.getvalue()


def test_files_and_cells_are_filled_and_count_as_no_progress(opened: Course) -> None:
    assert outcomes(opened) == [("90.1", "filled in", "")]

    assert app(opened).read_text() == FINISHED
    assert cell_of(opened, "90_1_double/src/app.py") == FINISHED.rstrip()
    assert "YOUR CODE" in (opened.root / "work" / STEM / "90_2_halve/half.py").read_text()
    record = Record(opened.root / "work").of("90.1")
    assert (record.passed, record.tries, record.best, record.may_see_solution) == (False, (), 0, False)
    standing = standing_in(opened)
    assert standing.passed == 0 and standing.next is not None and standing.next[1].id == "90.2"
    page = overview_page(standing, Links(Path("work"), Path("work")))
    assert 'aria-label="90.1 caught up, 90.2 open"' in page.body and "0 of 2 done, 1 caught up" in page.body


def test_a_check_of_the_filled_answer_is_no_pass_and_a_changed_one_is_the_learners(opened: Course) -> None:
    catch_up(opened, "90.2")
    passed = ExerciseReport("90.1", "Double", (CheckResult("a", "A.", "passed", 2, 2),))
    files = {name: (app(opened).parents[1] / name).read_text() for name in ("template.yaml", "src/app.py")}

    assert not Record(opened.root / "work").note_try(passed, files).passed
    assert Record(opened.root / "work").note_try(passed, {**files, "src/app.py": "double = 2 .__mul__"}).passed


def test_a_second_time_changes_nothing(opened: Course) -> None:
    catch_up(opened, "90.2")
    before = notebook(opened).read_bytes(), notebook(opened).stat().st_mtime_ns

    assert outcomes(opened) == [("90.1", "caught up before", "")]
    assert (notebook(opened).read_bytes(), notebook(opened).stat().st_mtime_ns) == before


def test_what_the_learner_wrote_on_the_disk_stays_everywhere(opened: Course) -> None:
    app(opened).write_text("mine\n")
    before = notebook(opened).read_bytes()

    assert outcomes(opened) == [("90.1", "left alone", "you have written in 90_1_double/src/app.py")]
    assert (app(opened).read_text(), notebook(opened).read_bytes()) == ("mine\n", before)
    assert "Double" not in (app(opened).parents[1] / "template.yaml").read_text()
    assert Record(opened.root / "work").all() == {}


def test_what_stands_only_in_the_saved_notebook_stays(opened: Course) -> None:
    starter = app(opened).read_bytes()
    cell_of(opened, "90_1_double/src/app.py", "mine")

    assert outcomes(opened) == [("90.1", "left alone", "you have written in 90_1_double/src/app.py")]
    assert cell_of(opened, "90_1_double/src/app.py") == "mine"
    assert app(opened).read_bytes() == starter


def test_an_exercise_that_is_passed_stays(opened: Course) -> None:
    Record(opened.root / "work").note_try(
        ExerciseReport("90.1", "Double", (CheckResult("a", "A.", "passed", 2, 2),)), {"src/app.py": "mine"}
    )

    assert outcomes(opened) == [("90.1", "passed already", "")]


def test_a_reset_makes_it_open_again(opened: Course) -> None:
    catch_up(opened, "90.2")
    assert say(opened, "reset", "90.1")[0] == 0

    assert Record(opened.root / "work").of("90.1") == ExerciseRecord()


def test_without_a_work_folder_there_is_one_afterwards(opened: Course) -> None:
    (opened.root / "work").rename(opened.root / "elsewhere")

    assert outcomes(opened) == [("90.1", "filled in", "")]
    assert cell_of(opened, "90_1_double/src/app.py") == FINISHED.rstrip()


def test_the_command_says_what_became_of_each_and_progress_says_caught_up(opened: Course) -> None:
    status, text = say(opened, "catchup", "90.2")
    assert (status, text.splitlines()[0]) == (0, "90.1 Double: filled in.")
    assert "counts as no progress" in text
    assert "caught up" in say(opened, "progress", "ch90")[1] and "◇○" in say(opened, "progress")[1]
    assert say(opened, "catchup", "90.1") == (0, "Nothing comes before 90.1 in its chapter.\n")


@pytest.mark.parametrize(("name", "words"), [("90.9", "There is no exercise"), ("ch90", "There is no exercise")])
def test_an_unknown_id_is_told(opened: Course, name: str, words: str) -> None:
    status, text = say(opened, "catchup", name)
    assert (status, words in text) == (2, True)


def test_closed_solutions_stay_closed_and_absent_ones_are_told(opened: Course) -> None:
    project = opened.root / "pyproject.toml"
    project.write_text(project.read_text().replace("open_solutions = true", ""))
    status, text = say(opened, "catchup", "90.2")
    assert status == 2 and "open_solutions = true" in text
    opened.solutions.rename(opened.root / "hidden_away")
    with pytest.raises(CourseError, match="comes without solutions"):
        catch_up(Course.find(opened.root), "90.2")
    assert json.loads(notebook(opened).read_text())["cells"] and "YOUR CODE" in app(opened).read_text()
