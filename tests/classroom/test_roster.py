"""Class lists as schools' systems export them."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.classroom.roster import Roster
from grader.errors import CourseError
from tests.classroom.lms_files import CANVAS, MOODLE


def read(folder: Path, text: str | bytes) -> Roster:
    path = folder / "roster.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return Roster.read(path)


def who(roster: Roster) -> list[tuple[str, str, str]]:
    return [(one.student, one.name, one.lms) for one in roster.people]


def test_canvas_gradebook_names_its_students_and_not_its_other_rows(tmp_path: Path) -> None:
    roster = read(tmp_path, CANVAS)
    assert roster.kind == "canvas"
    assert who(roster) == [
        ("ada", "Lovelace, Ada", "1001"), ("grace", "Hopper, Grace", "1002"), ("eve", "=cmd|calc, Eve", "1003")
    ]  # fmt: skip


def test_moodles_worksheet_is_read_with_commas_or_semicolons_and_a_byte_order_mark(tmp_path: Path) -> None:
    expected = [("ada@example.edu", "Ada Lovelace", "501"), ("grace@example.edu", "Grace Hopper", "502")]
    assert who(read(tmp_path, MOODLE)) == expected
    assert who(read(tmp_path, "\ufeffIdentifier;Full name;Email address\nParticipant 501;Ada Lovelace;ada@example.edu\n"
                    "Participant 502;Grace Hopper;grace@example.edu\n")) == expected  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffsep=;\r\nStudent;ID;SIS Login ID\r\n\r\n;;\r\nZoë;1;zoe\r\n".encode(),
        "Student\tID\tSIS Login ID\r\nZoë\t1\tzoe\r\n".encode("utf-16"),
        "\ufeff\ufeffStudent,ID,SIS Login ID\r\nZoë,1,zoe\r\n".encode(),
    ],
)
def test_what_excel_makes_of_a_table_is_read(tmp_path: Path, content: bytes) -> None:
    assert who(read(tmp_path, content)) == [("zoe", "Zoë", "1")]


def test_canvas_own_test_student_is_none(tmp_path: Path) -> None:
    assert who(read(tmp_path, 'Student,ID\nAda,1\n"Student, Test",30\n')) == [("participant-1", "Ada", "1")]


def test_anonymous_participants_are_named_by_their_number(tmp_path: Path) -> None:
    assert who(read(tmp_path, "Identifier,Status\nParticipant 7,Submitted\n")) == [("participant-7", "", "7")]


def test_gradescope_and_nbgrader_are_known(tmp_path: Path) -> None:
    assert who(read(tmp_path, "First Name,Last Name,SID,Email\nAda,Lovelace,S-1,ada@example.edu\n")) == [
        ("ada@example.edu", "Ada Lovelace", "")
    ]
    assert who(read(tmp_path, "id,first_name,last_name,email,lms_user_id\nada,Ada,Lovelace,a@example.edu,9\n")) == [
        ("ada", "Ada Lovelace", "9")
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "The table is empty"),
        ("Student;ID\nZo\xe9;1\n".encode("latin-1"), "not UTF-8 text (byte 14)"),
        (b"a,b\n1,2\n", "Nobody can tell whose class list this is"),
        (b"Student,ID\nAda,\n", "names nobody"),
        (b"id,email\nada,a@x\nADA,b@x\n", "'ada' more than once"),
        (b"Student,ID,SIS Login ID\nAda,7,ada\nBen,7,ben\n", "'7' more than once"),
        ("ID;Vollständiger Name;E-Mail-Adresse\n".encode(), "headings must be English"),
        (b'id,email\n"' + b"x" * 200_000, "This is no table"),
    ],
)
def test_what_is_no_class_list_is_said(tmp_path: Path, text: bytes, words: str) -> None:
    with pytest.raises(CourseError) as refused:
        read(tmp_path, text)
    assert words in str(refused.value)
    assert "roster.csv" in str(refused.value)


@pytest.mark.parametrize("student", ["../../etc", ".hidden", "a/b", "", "x" * 200, "-rf"])
def test_no_login_becomes_a_path_of_its_own_choice(tmp_path: Path, student: str) -> None:
    roster = read(tmp_path, f"id,email,lms_user_id\n{student},ada@example.edu,7\n")
    assert [one.student for one in roster.people] == ["ada@example.edu"]
