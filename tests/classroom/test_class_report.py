"""The class report: figures, likeness, the page and the tables."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from grader.classroom.class_report import Alike, alike_answers, figures, report_page, tables
from grader.classroom.class_report.likeness import PUBLISHED, alike
from grader.classroom.class_report.tokens import _bound_names, plain_tokens
from grader.cli import main
from grader.grading.course import Course
from grader.grading.json_report import grades_json
from grader.grading.report import CheckResult, ExerciseReport, Grades, Outcome, Submission

ROOT = Path(__file__).resolve().parents[2]
CHAPTER = "ch03_web_service"
EVIL = '=1+1</td><script>alert("x")</script>'
PYTHON = '''
import boto3

def lambda_handler(event, context):
    """Answer."""
    table = boto3.resource("dynamodb").Table("t")  # the table
    items = [entry for entry in table.scan(Limit=10)["Items"]]
    return {"statusCode": 200, "body": str(items)}
'''
RENAMED = """
import boto3
def lambda_handler(e, c):
    'Answer.'
    t = boto3.resource( 'dynamodb' ).Table('t')
    found = [x for x in t.scan(Limit=10)['Items']]

    # quite another comment
    return {'statusCode': 200, 'body': str(found)}
"""


def report(name: str, outcome: Outcome, check: str = "First") -> ExerciseReport:
    points = None if outcome == "grader_error" else 2.0 if outcome == "passed" else 0.0
    return ExerciseReport(name, f"Title {name}", (CheckResult("one", check, outcome, points, 2),))


def submission(student: str, *reports: ExerciseReport, notebook: str = "") -> Submission:
    return Submission(student, CHAPTER, notebook, reports)


GRADES = Grades((
    submission("zoe", report("3.1", "passed"), report("3.2", "failed", "Second")),
    submission(EVIL, report("3.1", "failed", "First"), report("3.2", "failed", "Second")),
    submission("ada", report("3.1", "not_attempted"), report("3.2", "grader_error", "Second")),
))  # fmt: skip


def test_the_figures_count_who_tried_and_passed_and_what_failed_first() -> None:
    (found,) = figures(GRADES)
    assert [one.student for one in found.submissions] == [EVIL, "ada", "zoe"]
    assert [(one.id, one.tried, one.passed, one.share) for one in found.hardest] == [
        ("3.2", 3, 0, 0),
        ("3.1", 2, 1, 0.5),
    ]
    assert found.failures == [(3, "3.2", "Second"), (1, "3.1", "First")]
    assert sorted(found.shares) == [0, 0.5] and found.open_scores == 1


def test_the_page_shows_everything_loads_nothing_and_runs_nothing() -> None:
    (found,) = figures(GRADES)
    text = report_page([(found, "A chapter", [Alike("3.1", (EVIL, "zoe"), 0.934)])])
    assert text == report_page([(found, "A chapter", [Alike("3.1", (EVIL, "zoe"), 0.934)])])
    for words in ("1 without a score", "3.2: 0 of 3 passed, 3 tried", "93 %", "Second", "2 of 3", "✗</span> failed"):
        assert words in text
    assert "<script" not in text and EVIL not in text
    assert not re.findall(r'(?:src|href)="(?!data:image/svg\+xml;base64)', text)
    assert not re.findall(r"url\(|@import|\son\w+=", text)


def test_the_page_says_how_answers_were_kept_apart() -> None:
    for level, words in (
        (3, "Graded at isolation level 3."),
        (1, "isolation level 1 (weak: answers could read files)"),
    ):
        judged = Grades(tuple(replace(one, isolation=level) for one in GRADES.submissions))
        assert words in report_page([(figures(judged)[0], "A chapter", [])])
    assert "isolation" not in report_page([(figures(GRADES)[0], "A chapter", [])])  # nobody knows


def test_the_tables_hold_no_formula() -> None:
    (found,) = figures(GRADES)
    made = {name: list(csv.reader(io.StringIO(text))) for name, text in tables(found, []).items()}
    assert made["students.csv"] == [
        ["student", "score", "max_score", "3.1", "3.2", "3.1 outcome", "3.2 outcome", "notebook"],
        [f"'{EVIL}", "0", "4", "0", "0", "failed", "failed", ""],
        ["ada", "", "4", "0", "", "not attempted", "grader error", ""],
        ["zoe", "2", "4", "2", "0", "passed", "failed", ""],
    ]
    assert made["exercises.csv"][2] == ["3.2", "Title 3.2", "3", "3", "0", "0.0"]
    assert made["first-failures.csv"][1:] == [["3", "3.2", "Second"], ["1", "3.1", "First"]]
    assert made["alike.csv"] == [["exercise", "percent_alike", "students"]]


def test_renaming_requoting_and_commenting_leave_the_words_alone() -> None:
    words = plain_tokens("app.py", PYTHON)
    assert words == plain_tokens("app.py", RENAMED)
    assert "scan" in words and "Limit" in words and "table" not in words
    assert words != plain_tokens("app.py", PYTHON.replace("scan", "query"))
    template = (
        "Resources:\n  Mine:\n    Type: AWS::SQS::Queue\n  F:\n    Q: !GetAtt Mine.Arn\n    N: !Sub '${Mine}-x'\n"
    )
    other = template.replace("Mine", "Other") + "# a comment\n"
    assert plain_tokens("template.yaml", template) == plain_tokens("template.yaml", other)
    assert "AWS::SQS::Queue" in plain_tokens("template.yaml", template)


@pytest.mark.parametrize(
    "text", ["", "def (", "(" * 90_000, "[" * 90_000, "x = '", "\0", "\ud800", "a." * 40_000, "-" * 99_999,
             "1if 2else 3", "lambda:" * 5_000, "\\\n" * 50_000, "'\\d'"],
)  # fmt: skip
def test_any_text_has_words(text: str) -> None:
    for name in ("app.py", "template.yaml"):
        assert isinstance(plain_tokens(name, text), list)


def test_only_long_answers_that_share_what_is_rare_are_alike() -> None:
    def runs(*numbers: int) -> frozenset[tuple[str, ...]]:
        return frozenset((str(number),) for number in numbers)

    class_ = {f"s{at}": runs(*range(1000 * at, 1000 * at + 60)) for at in range(9)}
    class_ |= {
        "ada": runs(*range(60)),
        "ben": runs(*range(50), *range(900, 902)),
        "short": runs(1, 2),
        "brief": runs(1, 2),
    }
    assert alike("3.1", class_) == [Alike("3.1", ("ada", "s0"), 1.0), Alike("3.1", ("ada", "ben"), 0.806)]
    assert alike("3.1", {f"s{at}": runs(*range(60)) for at in range(20)}) == []


def test_a_copied_answer_and_the_published_one_are_found_in_notebooks(tmp_path: Path) -> None:
    chapter, exercise = Course.find(ROOT).exercise("3.5")
    solution = chapter.sources(exercise).solution["package.py"].decode()
    own = "|".join(_bound_names(solution))
    copied = re.sub(rf"(?<![\w.'\"])({own})\b(?!['\"])", r"my_\1", solution) + "\n# my own work\n"
    assert copied.count("my_") > 10
    students = []
    for student, text in (("ada", solution), ("ben", copied), ("eve", "def own():\n    return 1\n")):
        cells = [{"cell_type": "code", "source": f"%%writefile {exercise.slug}/package.py\n{text}"}]
        path = tmp_path / student / f"{CHAPTER}.ipynb"
        path.parent.mkdir()
        path.write_text(json.dumps({"cells": cells}))
        students.append(submission(student, report("3.5", "passed"), notebook=str(path)))
    found = alike_answers(chapter, students)
    assert [(one.exercise, set(one.students)) for one in found] == [("3.5", {PUBLISHED, "ada", "ben"})]


def test_the_command_writes_the_page_and_the_tables(tmp_path: Path) -> None:
    (tmp_path / "grades.json").write_text(json.dumps(grades_json(GRADES)))
    console = Console(file=io.StringIO(), width=200)
    words = ["--course", str(ROOT), "class", "report", str(tmp_path / "grades.json"), "-o", str(tmp_path / "out")]
    assert main(words, console) == 0
    names = sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.*"))
    assert names == [
        *(f"{CHAPTER}/{name}.csv" for name in ("alike", "exercises", "first-failures", "students")), "report.html"
    ]  # fmt: skip
