"""A whole class through nbgrader's own Python interface."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from grader.classroom.autograde import open_grades
from grader.classroom.scores import scores_in_gradebook
from grader.cli import main
from grader.grading.report import CheckResult, ExerciseReport, Submission
from grader.notebooks.cells import dashed
from grader.notebooks.tree import files_below
from tests.a_class import SCRIPT
from tests.students import CHAPTER

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::UserWarning", "ignore::sqlalchemy.exc.SAWarning"
)


@pytest.fixture(scope="module")
def generated(classroom: Any) -> dict[str, bytes]:
    """What ``generate_assignment`` made, beside what the build had made."""
    built = files_below(classroom.course.generated)
    result = classroom.nbgrader.generate_assignment(CHAPTER, force=True)
    assert result["success"], result
    assert files_below(classroom.course.generated) == built
    return built


@pytest.fixture(scope="module")
def autograding(classroom: Any, generated: dict[str, bytes]) -> dict[str, Any]:
    """nbgrader's own account of autograding the whole class."""
    result: dict[str, Any] = classroom.autograde()
    return result


def reports(notebook: dict[str, Any]) -> str:
    """All reports in an autograded notebook, as a person reads them."""
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", ())]
    pages = ["".join(output["data"].get("text/html", "")) for output in outputs]
    return html.unescape(re.sub("<[^>]+>", "", "\n".join(pages)))


def test_generate_assignment_makes_what_the_build_makes(classroom: Any, generated: dict[str, bytes]) -> None:
    assert f"{CHAPTER}/{CHAPTER}.ipynb" in generated


@pytest.mark.parametrize("chapter", ["ch01_serverless", "ch09_events"])
def test_so_it_is_for_other_chapters_after_grader_build(classroom: Any, chapter: str) -> None:
    root = classroom.course.root
    assert main(["--course", str(root), "build", chapter]) == 0
    built = files_below(root / "course" / chapter)
    assert f"{chapter}.ipynb" in built
    assert classroom.nbgrader.generate_assignment(chapter)["success"]
    assert files_below(root / "course" / chapter) == built


def test_hidden_checks_and_trainers_notes_never_reach_the_source_folder(classroom: Any) -> None:
    sources = files_below(classroom.course.root / "build" / "source")
    assert not [path for path in sources if "hidden" in path or path.endswith(".md")]
    assert b"For the trainer" not in b"".join(sources.values())


def test_nobody_stops_the_class(classroom: Any, autograding: dict[str, Any]) -> None:
    assert autograding["success"], autograding["log"]
    assert [student.name for student in classroom.students if not classroom.autograded(student.name)["cells"]] == []


def test_every_grade_is_the_one_that_grader_grade_gives(classroom: Any, autograding: dict[str, Any]) -> None:
    expected = {
        submission.student: {f"check-{dashed(report.id)}": report.score for report in submission.exercises}
        for submission in classroom.expected.submissions
    }
    found = {
        student.name: {name: auto for name, (auto, _, _) in classroom.grades(student.name).items() if name[:3] != "why"}
        for student in classroom.students
    }
    assert found == expected
    assert expected["ada"]["check-3-1"] == 7 and expected["ben"]["check-3-1"] == 0


def test_what_is_wrong_with_a_notebook_is_said_with_its_place(classroom: Any, autograding: dict[str, Any]) -> None:
    unsaid = {
        student.name: [words for words in student.says if words not in reports(classroom.autograded(student.name))]
        for student in classroom.students
    }
    assert {name: words for name, words in unsaid.items() if words} == {}


def test_tampering_changes_no_score(classroom: Any, autograding: dict[str, Any]) -> None:
    tamperers = ("m02_points", "m03_cell_types", "m04_no_checks", "m05_grade_ids", "m06_outputs")
    scores = {name: classroom.grades(name)["check-3-1"][0] for name in (*tamperers, "m07_script", "m01_two_of_one")}
    honest = scores.pop("m07_script")
    assert scores.pop("m01_two_of_one") == 7  # the last cell counts, and it is right
    assert honest < 7
    assert set(scores.values()) == {honest}


def test_an_autograded_notebook_holds_nothing_of_the_students_but_the_answers(
    classroom: Any, autograding: dict[str, Any]
) -> None:
    released = classroom.autograded("ben")["cells"]
    for name in ("m02_points", "m04_no_checks", "m06_outputs"):
        cells = classroom.autograded(name)["cells"]
        assert [cell["metadata"] for cell in cells] == [cell["metadata"] for cell in released]
        assert max(len(str(cell)) for cell in cells) < 100_000


def test_a_link_in_a_submission_brings_nothing_along(classroom: Any, autograding: dict[str, Any]) -> None:
    assert "submitted/ada/ch03_web_service/notes.txt is no ordinary file" in autograding["log"]
    assert not (classroom.course.root / "autograded" / "ada" / CHAPTER / "notes.txt").exists()


def test_grading_again_keeps_what_a_person_gave(classroom: Any, autograding: dict[str, Any]) -> None:
    with classroom.gradebook() as book:
        grade = book.find_grade("why-3-2", CHAPTER, CHAPTER, "m07_script")
        assert grade.needs_manual_grade
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        book.db.commit()
        before = book.find_submission(CHAPTER, "m07_script").score
    assert classroom.autograde("m07_script")["success"]
    assert classroom.grades("m07_script")["why-3-2"][1] == 1.5
    with classroom.gradebook() as book:
        assert book.find_submission(CHAPTER, "m07_script").score == before


def test_an_extension_given_after_autograding_counts_in_the_scores_and_is_said(
    classroom: Any, autograding: dict[str, Any]
) -> None:
    root = classroom.course.root
    late = "[deadlines]\nch03_web_service = 2020-01-01\n[late]\npercent_a_day = 10\nat_most_percent = 50\n"
    (root / "class.toml").write_text(late)
    assert classroom.autograde("ada")["success"]
    (root / "class.toml").write_text(f"{late}[extensions.ada]\nch03_web_service = 2999-01-01\n")
    ada = next(one for one in scores_in_gradebook(root, CHAPTER) if one.student == "ada")
    assert ada.points == ada.earned and "autograde again" in ada.note
    (root / "class.toml").unlink()
    with classroom.gradebook() as book:
        held = book.find_submission(CHAPTER, "ada").late_submission_penalty
    ada = next(one for one in scores_in_gradebook(root, CHAPTER) if one.student == "ada")
    assert ada.penalty == held > 0 and ada.note == ""
    assert classroom.autograde("ada")["success"]


def test_a_question_without_an_answer_needs_no_person(classroom: Any, autograding: dict[str, Any]) -> None:
    assert classroom.grades("ben")["why-3-2"] == (0, None, False)
    assert ("m07_script", "why-3-2") in open_grades(classroom.course.root, CHAPTER)


def test_where_the_grader_failed_the_grade_stays_open(
    classroom: Any, autograding: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.grading.batch.grade_answers", broken_grader)
    assert classroom.autograde("c03_mixed")["success"]
    assert classroom.grades("c03_mixed")["check-3-1"] == (None, None, True)
    assert classroom.grades("c03_mixed")["check-3-3"] == (2, None, False)
    assert ("c03_mixed", "check-3-1") in open_grades(classroom.course.root, CHAPTER)
    assert "The grader itself failed." in reports(classroom.autograded("c03_mixed"))
    monkeypatch.undo()
    assert classroom.autograde("c03_mixed")["success"]
    assert classroom.grades("c03_mixed")["check-3-1"][0] is not None


def broken_grader(
    chapter: Any, answers: Any, *, student: str, hidden: bool, seed: int, problems: tuple[str, ...]
) -> Submission:
    """A grader that breaks on every exercise but 3.3."""
    made = []
    for exercise in chapter.exercises:
        ours = exercise.id != "3.3"
        check = CheckResult("one", "One", "grader_error" if ours else "passed", None if ours else 2, 2, because="broke")
        made.append(ExerciseReport(exercise.id, exercise.title, (check,)))
    return Submission(student, chapter.stem, "", tuple(made), problems)


def test_a_machine_without_walls_grades_nobody(
    classroom: Any, autograding: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.grading.client.AnswerZygote.isolation", lambda zygote: 1)
    refused = classroom.autograde("c04_mixed")
    assert not refused["success"] and "isolation level 1 only" in refused["log"]
    classroom.nbgrader.config.GradeOutOfProcess.allow_weak_isolation = True
    assert classroom.autograde("c04_mixed")["success"]
    del classroom.nbgrader.config.GradeOutOfProcess


@pytest.mark.parametrize("student", ["m07_script", "k01_not_json", "n01_yaml_error"])
def test_feedback_holds_the_report_and_nothing_that_could_run(
    classroom: Any, autograding: dict[str, Any], student: str
) -> None:
    result = classroom.nbgrader.generate_feedback(CHAPTER, student)
    assert result["success"], result
    page = (classroom.course.root / "feedback" / student / CHAPTER / f"{CHAPTER}.html").read_text("utf-8")
    assert 'aria-label="Report on exercise 3.1"' in page
    assert "stolen" not in page.replace("alert(&quot;stolen&quot;)", "").replace('&lt;script&gt;alert("stolen")', "")
    for danger in (SCRIPT, "<script>alert", "<img src=x", "<iframe", 'href="javascript', "evil.example/x.png&quot;"):
        assert danger not in page


def test_feedback_is_released_also_to_those_who_never_used_the_exchange(
    classroom: Any, autograding: dict[str, Any]
) -> None:
    assert classroom.nbgrader.release_assignment(CHAPTER)["success"]
    assert classroom.nbgrader.generate_feedback(CHAPTER, "ada")["success"]
    result = classroom.nbgrader.release_feedback(CHAPTER)
    assert result["success"], result
    assert list((classroom.course.root / "exchange" / "running-serverless" / "feedback").glob("*.html"))


def test_feedback_does_not_say_what_hidden_checks_expected(classroom: Any, autograding: dict[str, Any]) -> None:
    secrets = {
        (submission.student, text)
        for submission in classroom.expected.submissions
        for report in submission.exercises
        for check in report.checks
        if check.hidden and check.outcome == "failed"
        for text in (check.expected, check.found, check.hint)
        if len(text) > 20
    }
    assert [text for student, text in secrets if text in reports(classroom.autograded(student))] == []
