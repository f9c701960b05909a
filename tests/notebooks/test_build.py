"""From a chapter's text to a notebook that nbgrader, JupyterLab and learners accept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from grader.errors import CourseError
from grader.grading.course import Course
from grader.notebooks.build import build_chapter, build_course, instructor_notebook, write_source_folder

pytest.importorskip("nbgrader", reason="building needs the class packages")


def built(course: Course) -> dict[str, bytes]:
    return build_chapter(course.chapter("90"))


def notebook(course: Course) -> Any:
    return json.loads(built(course)["ch90_doubling/ch90_doubling.ipynb"])


def cell(course: Course, name: str) -> Any:
    [found] = [cell for cell in notebook(course)["cells"] if cell["id"] == name]
    return found


def source(course: Course, name: str) -> str:
    return "".join(cell(course, name)["source"])


def test_chapter_becomes_these_files(course: Course) -> None:
    assert sorted(built(course)) == [
        "ch90_doubling/90_1_double/events/one.json",
        "ch90_doubling/90_1_double/src/app.py",
        "ch90_doubling/90_1_double/template.yaml",
        "ch90_doubling/ch90_doubling.ipynb",
        "ch90_doubling/demo_hello/app.py",
    ]


def test_two_builds_give_the_same_bytes(course: Course) -> None:
    assert built(course) == built(course)


def test_answer_cells_write_what_lies_in_the_starting_files(course: Course) -> None:
    for name, path in {"answer-90-1-src-app-py": "src/app.py", "answer-90-1-template-yaml": "template.yaml"}.items():
        line, _, body = source(course, name).partition("\n")
        assert line == f"%%writefile 90_1_double/{path}"
        assert f"{body}\n".encode() == built(course)[f"ch90_doubling/90_1_double/{path}"]


def test_yaml_gets_no_python_stub(course: Course) -> None:
    assert source(course, "answer-90-1-template-yaml") == (
        "%%writefile 90_1_double/template.yaml\nResources:\n  # YOUR TEMPLATE HERE"
    )


def test_points_cell_is_locked_and_counts_hidden_points(course: Course) -> None:
    locked = cell(course, "check-90-1")
    assert "".join(locked["source"]) == 'check("90.1")'
    assert {name: locked["metadata"][name] for name in ("deletable", "editable")} == {
        "deletable": False,
        "editable": False,
    }
    assert {**locked["metadata"]["nbgrader"], "checksum": "…"} == {
        "cell_type": "code",
        "checksum": "…",
        "grade": True,
        "grade_id": "check-90-1",
        "locked": True,
        "points": 3,
        "schema_version": 3,
        "solution": False,
        "task": False,
    }


def test_question_for_a_teacher_is_one_line_of_text(course: Course) -> None:
    assert "Why not triple?" in "".join("".join(cell["source"]) for cell in notebook(course)["cells"])
    graded = cell(course, "why-90-1")["metadata"]["nbgrader"]
    assert (graded["points"], graded["grade"], graded["solution"], graded["locked"]) == (2, True, True, False)


def test_learners_get_no_answers_notes_or_traces_of_ours(course: Course) -> None:
    text = built(course)["ch90_doubling/ch90_doubling.ipynb"].decode()
    assert not [word for word in ("return 2 * n", "BEGIN SOLUTION", "doubling is easy", '"starter"') if word in text]


def test_trainer_gets_notes(course: Course) -> None:
    cells = instructor_notebook(course.chapter("90"), notes=True).cells
    assert [cell.source for cell in cells if cell.metadata.get("tags") == ["instructor"]] == [
        "> **For the trainer**\n>\n> Say that doubling is easy."
    ]


def test_numbers_come_from_the_facts(course: Course) -> None:
    [prose] = [cell for cell in notebook(course)["cells"] if "A function may run" in "".join(cell["source"])]
    assert "A function may run 15 minutes; ours takes 3 ms." in "".join(prose["source"])


def test_only_python_fences_become_code(course: Course) -> None:
    code = ["".join(cell["source"]) for cell in notebook(course)["cells"] if cell["cell_type"] == "code"]
    assert code[0] == "from grader.notebooks import Cloud, check"
    assert not [cell for cell in code if "sam build" in cell]
    assert "```bash\nsam build\n```" in "\n".join("".join(cell["source"]) for cell in notebook(course)["cells"])


def test_nbgrader_finds_the_notebook_in_order(course: Course) -> None:
    import nbformat
    from nbgrader.nbgraderformat import MetadataValidator
    from nbgrader.utils import compute_checksum

    text = built(course)["ch90_doubling/ch90_doubling.ipynb"].decode()
    parsed = nbformat.reads(text, as_version=4)
    nbformat.validate(parsed)
    MetadataValidator().validate_nb(parsed)
    marked = [cell for cell in parsed.cells if "nbgrader" in cell.metadata]
    assert [cell.metadata.nbgrader.checksum for cell in marked] == [compute_checksum(cell) for cell in marked]


def test_stock_source_folder_holds_answers_but_no_hidden_checks(course: Course, tmp_path: Path) -> None:
    folder = write_source_folder(course.chapter("90"), tmp_path / "source")
    names = sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())
    assert "hidden_checks.py" not in names and "chapter.md" not in names
    assert "return 2 * n" in (folder / "ch90_doubling.ipynb").read_text("utf-8")


def test_check_names_what_differs_and_changes_nothing(course: Course) -> None:
    assert not build_course(course=course).is_fresh
    assert build_course(course=course, check=True).is_fresh
    (course.generated / "ch90_doubling/demo_hello/app.py").write_text("hello = 2\n")
    (course.generated / "ch90_doubling/left_over.txt").write_text("old\n")
    (course.generated / "ch90_doubling/90_1_double/events/one.json").unlink()
    assert str(build_course(course=course, check=True)).splitlines() == [
        "missing  ch90_doubling/90_1_double/events/one.json",
        "changed  ch90_doubling/demo_hello/app.py (from line 1)",
        "stale    ch90_doubling/left_over.txt",
    ]
    assert (course.generated / "ch90_doubling/left_over.txt").exists()
    build_course(course=course)
    assert build_course(course=course, check=True).is_fresh


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("<!-- exercise 90.1 -->", "", "must be declared in the checks and have one directive"),
        ("<!-- exercise 90.1 -->", "<!-- exercise ninety -->", "Write <!-- exercise 3.1 -->"),
        ("<!-- /instructor -->", "", "Instructor notes are opened, closed"),
        ("{fact:lambda.timeout.max.minutes}", "{fact:no.such}", "There is no fact 'no.such'"),
        ("title: Doubling", "name: Doubling", "no title"),
    ],
)
def test_authors_mistake_is_named_with_its_place(course: Course, old: str, new: str, message: str) -> None:
    file = course.solutions / "ch90_doubling/chapter.md"
    file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(CourseError, match="(?s)" + message) as caught:
        built(course)
    assert "ch90_doubling/chapter.md" in str(caught.value.where)


def test_marked_file_that_no_cell_writes_is_refused(course: Course) -> None:
    file = course.solutions / "ch90_doubling/90_1_double/other.py"
    file.write_text("### BEGIN SOLUTION\nx = 1\n### END SOLUTION\n")
    with pytest.raises(CourseError, match="not an answer file"):
        built(course)


def test_committed_course_is_what_the_solutions_make() -> None:
    result = build_course(check=True)
    assert result.is_fresh, f"run `make build`:\n{result}"


def test_a_folder_that_an_exercise_left_behind_is_not_given_to_learners(course: Course) -> None:
    left = course.solutions / "ch90_doubling" / "90_2_gone" / "app.py"
    left.parent.mkdir()
    left.write_text("### BEGIN SOLUTION\nx = 1\n### END SOLUTION\n")

    with pytest.raises(CourseError, match="holds a solution"):
        build_course(course=course)


def test_what_students_get_is_not_built_and_nothing_is_taken_from_them(course: Course) -> None:
    build_course(course=course)
    before = sorted(course.generated.rglob("*"))
    course.solutions.rename(course.root / "elsewhere")

    with pytest.raises(CourseError, match="nothing to build from"):
        build_course(course=course)
    assert sorted(course.generated.rglob("*")) == before


def test_two_prices_in_a_line_are_no_mathematics(course: Course) -> None:
    """JupyterLab would set what stands between two dollars as a formula."""
    path = course.root / "solutions" / "ch90_doubling" / "chapter.md"
    prose = "First $1, then $2, in `${Code}`.\n\n| $3 | $4 |\n\n```yaml\nName: $5 and $6\n```\n"
    path.write_text(path.read_text("utf-8").replace("## Do it\n", f"## Do it\n\n{prose}"), "utf-8")

    shown = "".join("".join(cell["source"]) for cell in notebook(course)["cells"] if cell["cell_type"] == "markdown")
    assert r"First \$1, then <span>\$</span>2, in `${Code}`." in shown
    assert r"| \$3 | \$4 |" in shown
    assert "Name: $5 and $6" in shown
