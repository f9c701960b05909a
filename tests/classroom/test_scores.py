"""Scores on their way into a school's books, and feedback on its way back."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pytest

from grader.classroom.receipts import Receipt, write_receipts
from grader.classroom.returning import feedback_archive
from grader.classroom.roster import Roster
from grader.classroom.score_sheets import canvas_doubts, score_sheet, without_place
from grader.classroom.scores import Score, scores_in_gradebook, scores_in_report
from grader.errors import CourseError
from grader.grading.course import Course
from grader.grading.report import CheckResult, ExerciseReport, Grades, Submission
from tests.classroom.lms_files import CANVAS, CHAPTER, MOODLE

CLASS = 'timezone = "UTC"\n[deadlines]\nch03_web_service = 2026-11-02\n[late]\npercent_a_day = 10\n'
SCORES = [Score("ada", CHAPTER, 27, 30, 2.7), Score("eve", CHAPTER, None, 30)]


def roster(folder: Path, text: str) -> Roster:
    (folder / "roster.csv").write_text(text)
    return Roster.read(folder / "roster.csv")


def table(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def submission(student: str, points: float | None, **more: object) -> Submission:
    outcome = "grader_error" if points is None else "passed" if points else "failed"
    shown = CheckResult("one", "One <b>bold</b>", outcome, points, 10, found="<script>alert(1)</script>")
    secret = CheckResult("two", "Secret", "failed", 0, 5, expected="THE SECRET", hidden=True)
    report = ExerciseReport("3.1", "Hello", (shown, secret))
    return Submission(student, CHAPTER, "x.ipynb", (report,), seed=4, **more)  # type: ignore[arg-type]


def test_canvas_gets_its_own_columns_back_with_points_and_without_formulas(tmp_path: Path) -> None:
    rows = table(score_sheet("canvas", roster(tmp_path, CANVAS), SCORES, "Chapter 3"))
    assert rows == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Chapter 3 (901)"],
        ["    Points Possible", "", "", "", "", "30"],
        ["Lovelace, Ada", "1001", "S-1", "ada", "Monday", "24.3"],
        ["Hopper, Grace", "1002", "S-2", "grace", "Monday", ""],
        ["'=cmd|calc, Eve", "1003", "S-3", "eve", "Monday", ""],
    ]


def test_canvas_is_not_given_points_on_another_scale_or_a_new_column_without_a_word(tmp_path: Path) -> None:
    known = roster(tmp_path, CANVAS)
    assert canvas_doubts(known, SCORES, "Chapter 3") == []
    (new,) = canvas_doubts(known, SCORES, "Chapter3")
    (other,) = canvas_doubts(known, [Score("ada", CHAPTER, 27, 39)], "Chapter 3")
    assert "new assignment" in new and "is out of 30 in Canvas, and these scores are out of 39" in other


def test_without_a_gradebook_none_is_made(course: Course) -> None:
    with pytest.raises(CourseError, match="no gradebook yet"):
        scores_in_gradebook(course.root, CHAPTER)
    assert not (course.root / "grades.db").exists()


def test_moodles_worksheet_comes_back_whole_on_moodles_scale(tmp_path: Path) -> None:
    scores = [Score("ada@example.edu", CHAPTER, 27, 30, 2.7)]
    before, after = table(MOODLE), table(score_sheet("moodle", roster(tmp_path, MOODLE), scores, ""))
    before[1][4] = "81"
    assert after == before


def test_gradescopes_columns_are_those_of_its_own_export(tmp_path: Path) -> None:
    assert table(score_sheet("gradescope", roster(tmp_path, CANVAS), SCORES, "", absent_as_zero=True)) == [
        ["First Name", "Last Name", "SID", "Email", "Total Score", "Max Points", "Status"],
        ["Ada", "Lovelace", "S-1", "", "24.3", "30", "Graded"],
        ["Grace", "Hopper", "S-2", "", "0", "30", "Graded"],
        ["Eve", "'=cmd|calc", "S-3", "", "", "30", "Ungraded"],
    ]


def test_a_class_list_of_another_system_is_refused_and_strangers_are_named(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="canvas's, not moodle's"):
        score_sheet("moodle", roster(tmp_path, CANVAS), SCORES, "")
    assert without_place(roster(tmp_path, CANVAS), [*SCORES, Score("mallory", CHAPTER, 30, 30)]) == ["mallory"]


def test_scores_are_what_was_earned_less_what_being_late_cost(tmp_path: Path) -> None:
    (tmp_path / "class.toml").write_text(CLASS)
    write_receipts(tmp_path, CHAPTER, {"ada": Receipt("canvas", "x", "1", None, True)})
    stamp = tmp_path / "submitted" / "ben" / CHAPTER / "timestamp.txt"
    stamp.parent.mkdir(parents=True)
    stamp.write_text("2026-11-04 09:00:00.000000 UTC")
    grades = Grades(tuple(submission(name, points) for name, points in (("ada", 10), ("ben", 10), ("eve", None))))
    found = scores_in_report(grades, tmp_path, CHAPTER)
    assert [(one.student, one.points, one.penalty) for one in found] == [("ada", 9, 1), ("ben", 8, 2), ("eve", None, 0)]
    assert found[1].note == "1 day 10 hours late" and found[2].note.startswith("the grader itself failed")
    with pytest.raises(CourseError, match="ada is in the report twice"):
        scores_in_report(Grades((submission("ada", 1), submission("ada", 2))), tmp_path, CHAPTER)


def feedback(course: Course, **entries: str) -> dict[str, str]:
    receipts = {student: Receipt("canvas" if "assignsub" not in entry else "moodle", entry, "1", None, True)
                for student, entry in entries.items()}  # fmt: skip
    write_receipts(course.root, CHAPTER, receipts)
    grades = Grades((submission("ada", 10), submission("ben", 0, problems=("<img src=x>",)), submission("zoe", 1)))
    returned = feedback_archive(grades, course.chapter(CHAPTER))
    assert returned == feedback_archive(grades, course.chapter(CHAPTER))
    assert returned.students == ("ada", "ben") and returned.left_out == ("zoe",)
    with zipfile.ZipFile(io.BytesIO(returned.archive)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


@pytest.fixture
def course(tmp_path: Path) -> Course:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1"\n[tool.grader]\n')
    (tmp_path / "class.toml").write_text(CLASS)
    return Course.find(tmp_path)


def test_feedback_goes_back_under_the_names_by_which_it_came(course: Course) -> None:
    moodle = "Ben B_502_assignsubmission_file_/sub/homework.ipynb"
    found = feedback(course, ada="lovelace_LATE_1001_77_ch03.ipynb", ben=moodle)
    assert list(found) == [
        "lovelace_LATE_1001_77_ch03.html",
        f"Ben B_502_assignsubmission_file_/{CHAPTER}_feedback.html",
    ]


def test_feedback_says_what_it_is_made_of_and_nothing_secret_or_alive(course: Course) -> None:
    pages = feedback(course, ada="a_1_2_x.ipynb", ben="b_3_4_x.ipynb")
    ada, ben = pages["a_1_2_x.html"], pages["b_3_4_x.html"]
    assert "Your score: 10 of 15 points." in ada and "seed 4" in ada
    assert "Handed in late: 1 point is taken off, and 9 count." in ada
    assert "&lt;img src=x&gt;" in ben and "&lt;script&gt;" in ben
    for text in (ada, ben):
        for danger in ("<script", "<img", "THE SECRET", "http://", "https://"):
            assert danger not in text


def test_without_a_download_there_is_nothing_to_return(course: Course) -> None:
    with pytest.raises(CourseError, match="Nothing of this chapter was collected"):
        feedback_archive(Grades(()), course.chapter(CHAPTER))
