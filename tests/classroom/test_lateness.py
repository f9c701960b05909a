"""Deadlines, extensions, and what being late costs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from grader.classroom.class_file import ClassFile
from grader.classroom.lateness import Lateness, LatePolicy, lateness
from grader.classroom.receipts import Receipt
from grader.errors import CourseError

CHAPTER = "ch03_web_service"
FILE = """
seed = 5
timezone = "UTC"
[deadlines]
ch03_web_service = 2026-11-02
[extensions.ada]
ch03_web_service = 2026-11-04T12:00:00
[handed_in.ben]
ch03_web_service = 2026-11-03T12:00:00+01:00
[late]
grace_minutes = 15
percent_a_day = 10
at_most_percent = 50
closed_after_days = 14
"""


@pytest.fixture
def known(tmp_path: Path) -> ClassFile:
    (tmp_path / "class.toml").write_text(FILE)
    return ClassFile.read(tmp_path)


@pytest.mark.parametrize(
    ("late", "penalty"),
    [
        (timedelta(), 0),
        (timedelta(minutes=15), 0),
        (timedelta(minutes=16), 0.7),
        (timedelta(days=1), 0.7),
        (timedelta(days=1, seconds=1), 1.4),
        (timedelta(days=9), 3.5),
        (timedelta(days=14), 3.5),
        (timedelta(days=14, seconds=1), 7),
    ],
)
def test_each_begun_day_costs_its_part_of_what_was_earned(known: ClassFile, late: timedelta, penalty: float) -> None:
    assert known.late.penalty(7, late) == penalty


def test_without_a_class_file_nothing_is_due_and_nothing_costs(tmp_path: Path) -> None:
    known = ClassFile.read(tmp_path)
    assert known == ClassFile()
    assert lateness(known, "ada", CHAPTER, stamp=datetime(2030, 1, 1, tzinfo=UTC)) == Lateness()
    assert LatePolicy().penalty(7, timedelta(days=100)) == 0


def test_the_later_of_deadline_and_extension_counts(known: ClassFile) -> None:
    stamp = datetime(2026, 11, 4, 13, 0, tzinfo=UTC)
    assert lateness(known, "ada", CHAPTER, stamp=stamp).words == "1 hour late"
    assert lateness(known, "eve", CHAPTER, stamp=stamp).words == "1 day 14 hours late"
    assert lateness(known, "ada", CHAPTER, stamp=stamp.replace(hour=12, minute=4, second=1)).words == "5 minutes late"
    assert lateness(known, "eve", "ch04_troubleshooting", stamp=stamp) == Lateness()


def test_a_teachers_word_is_stronger_than_the_download_and_the_exchange(known: ClassFile) -> None:
    receipt = Receipt("moodle", "x", "1", "2026-11-20T00:00:00+00:00")
    assert lateness(known, "ben", CHAPTER, receipt).words == "12 hours late"
    assert lateness(known, "eve", CHAPTER, receipt).words == "17 days 1 hour late"


def test_canvas_says_late_but_not_by_how_much(known: ClassFile) -> None:
    late, early = Receipt("canvas", "x", "1", None, True), Receipt("canvas", "x", "1", None, False)
    much = datetime(2027, 1, 1, tzinfo=UTC)
    assert lateness(known, "eve", CHAPTER, early, much) == Lateness()
    found = lateness(known, "eve", CHAPTER, late, much)
    assert known.late.penalty(10, found.late) == 1 and found.words == "late" and "nobody says by how much" in found.note
    assert lateness(known, "ada", CHAPTER, late, much).late == timedelta()
    assert "has an extension" in lateness(known, "ada", CHAPTER, late, much).note


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("seed = 'x'", "seed must be a whole number"),
        ("own_seeds = 1", "own_seeds must be true or false"),
        ("timezone = 'Mars/Base'", "timezone must be a name like"),
        ("timezone = '../../etc/passwd'", "timezone must be a name like"),
        ("late = 5", "late must be a table"),
        ("[late]\npercent = 5", "Nobody understands late.percent"),
        ("[late]\npercent_a_day = -5", "late.percent_a_day must be a number that is not negative"),
        ("[late]\npercent_a_day = nan", "late.percent_a_day must be a number that is not negative"),
        ("[deadlines]\nch03 = 'tomorrow'", "deadlines.ch03 must be a date"),
        ("[extensions]\nada = 2026-11-02", "extensions.ada must be a table of chapters"),
        ("dead lines = 1", "The class file cannot be read"),
        ("[extensions.ada@example.edu]\nch03_web_service = 2026-11-02", "needs quotes"),
        ("[extensions.anna.schmidt]\nch03_web_service = 2026-11-02", "needs quotes"),
        ("[deadlines]\nch03 = 2026-11-02", "Nobody understands deadlines.ch03.\n"),
        ("[extensions.ada]\nch3_web_service = 2026-11-02", "Nobody understands extensions.ada.ch3_web_service"),
        ("deadline = 1", "Nobody understands deadline"),
    ],
)
def test_what_nobody_understands_is_said_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "class.toml").write_text(text)
    (tmp_path / "solutions" / CHAPTER).mkdir(parents=True)
    (tmp_path / "solutions" / CHAPTER / "chapter.md").touch()
    with pytest.raises(CourseError) as refused:
        ClassFile.read(tmp_path)
    assert words in str(refused.value) and "class.toml" in str(refused.value)


def test_students_get_seeds_of_their_own_when_the_class_says_so() -> None:
    same, own = ClassFile(seed=5).terms(), ClassFile(seed=5, own_seeds=True).terms()
    assert (same.seed_of("ada"), same.seed_of("ben")) == (5, 5)
    assert own.seed_of("ada") != own.seed_of("ben") and own.seed_of("ada") == own.seed_of("ada")
    assert ClassFile(seed=6, own_seeds=True).terms().seed_of("ada") != own.seed_of("ada")
    assert ClassFile(seed=5, own_seeds=True).terms(9).seed_of("ada") == 9
