"""A new exercise: the guide followed to the letter, from the scaffold to the grades of a class; and what is refused."""

from __future__ import annotations

import io
import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from grader.classroom.exercise_scaffold import NewExercise, new_exercise
from grader.classroom.private_course import files_of, new_course
from grader.cli import main
from grader.errors import CourseError
from grader.grading.course import Course
from grader.grading.verify import templates
from tests.students import Student, answered, answers_of, released

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "own-exercise.md"
STEM = "ch09_events"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
FILE = re.compile(r"`((?:solutions|grader|tests)/[^`]+)`")
IDENTITY = ["-c", "user.name=Teacher", "-c", "user.email=teacher@localhost", "-c", "commit.gpgsign=false"]
OTHERS = ("make", "source")  # a machine of its own; this one has all packages


class Teacher:
    """Does what the guide says: types its commands, fills its files."""

    def __init__(self, home: Path) -> None:
        self.here = home
        self.said: list[tuple[str, int, str]] = []

    def type(self, line: str) -> None:
        words = shlex.split(line)
        if words[0] == "cd":
            self.here = (self.here / words[1]).resolve()
        elif words[0] == "git":
            subprocess.run([words[0], *IDENTITY, *words[1:]], cwd=self.here, check=True, capture_output=True)
        elif words[0] not in OTHERS:
            assert words[0] == "grader", f"nobody knows how to type {line!r}"
            self.said.append((line, *self.grader(words[1:])))

    def grader(self, words: list[str]) -> tuple[int, str]:
        words = (
            [*words, "--allow-weak-isolation"] if words[0] == "grade" else words
        )  # the guide's machine is a good one
        course = self.here if (self.here / "pyproject.toml").is_file() else ROOT
        console = Console(file=io.StringIO(), width=200, color_system=None, highlight=False)
        status = main(["--course", str(course), *words], console)
        assert isinstance(console.file, io.StringIO)
        return status, console.file.getvalue()

    def write(self, name: str, text: str) -> None:
        path = self.here / name
        if path.suffix == ".md":  # the guide's text takes the place of a line
            text, number = re.subn(r"(?m)^TODO.*\n", lambda _: text, path.read_text("utf-8"))
            assert number == 1
        path.write_text(text, "utf-8")


def steps() -> Iterator[tuple[str, str]]:
    """What the guide does, in its order: ``type`` a line, or fill the file that was named last."""
    text, end = GUIDE.read_text("utf-8"), 0
    name = ""
    for found in BLOCK.finditer(text):
        named = FILE.findall(text[end : found.start()])
        name, end = (named[-1] if named else name), found.end()
        if found[1] == "console":
            yield from (("type", line.removeprefix("$ ")) for line in found[2].splitlines())
        else:
            yield name, found[2]


def hand_in(course: Course) -> None:
    """Ada answers as the teacher would, Ben forgets the limit, Cem nothing."""
    chapter = course.chapter(STEM)
    pool = answers_of(chapter, only=("9.7",))
    forgets = next(one for one in pool.wrong["9.7"] if "min" not in one["app.py"] and "%" not in one["app.py"])
    notebook = released(chapter)
    for name, answers in (("ada", {"9.7": pool.solution["9.7"]}), ("ben", {"9.7": forgets}), ("cem", {})):
        Student(name, answered(notebook, chapter, answers)).hand_in(course.root / "submitted", STEM)


def test_the_guide_leads_from_a_scaffold_to_the_grades_of_a_class(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        templates, "sam_problems", lambda texts, workers=1: [""] * len(texts)
    )  # sam's own opinion takes seconds
    (tmp_path / "course").mkdir()
    teacher = Teacher(tmp_path / "course")
    monkeypatch.chdir(teacher.here)
    for what, text in steps():
        if what != "type":
            teacher.write(what, text)
            continue
        if text.startswith("grader grade "):
            hand_in(Course.find(teacher.here))
        teacher.type(text)
        monkeypatch.chdir(teacher.here)

    told = {line: (status, text) for line, status, text in teacher.said[:4]}
    assert told["grader verify 9.7"][0] == 1 and "app.py line 2:" in told["grader verify 9.7"][1]
    assert [(line, text) for line, status, text in teacher.said[4:] if status] == []
    assert teacher.said[5][0] == "grader verify 9.7"
    graded = json.loads((teacher.here / "grades.json").read_text("utf-8"))["submissions"]
    points = {
        one["student"]: next((each["score"], each["max_score"]) for each in one["exercises"] if each["id"] == "9.7")
        for one in graded
    }
    assert points == {"ada": (4, 4), "ben": (3, 4), "cem": (0, 4)}
    assert "How long to wait" in (teacher.here / "class-report" / "report.html").read_text("utf-8")
    assert "ada" in (teacher.here / "grades.csv").read_text("utf-8")


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Course:
    folder = tmp_path_factory.mktemp("teacher") / "private"
    new_course(folder, Course.find(ROOT))
    return Course.find(folder)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("9.7", "9_7_Back", "Back", 10), "no slug for exercise 9.7"),
        (("9.7", "9_8_back", "Back", 10), "no slug for exercise 9.7"),
        (("9.7", "9_7_../x", "Back", 10), "no slug for exercise 9.7"),
        (("9.7", "9_7_import", "Import", 10), "a word of Python's own"),
        (("9.6", "9_6_again", "Again", 10), "an exercise 9.6 already"),
        (("3.9", "3_9_back", "Back", 10), "no number for an exercise of ch09_events"),
        (("9.7", "9_7_buffer", "Buffer", 10), "called Buffer already"),
        (("9.7", "9_7_uploads", "Uploads", 10), "something here already"),
        (("9.7", "9_7_back", 'A "title"', 10), "one line without quotes"),
        (("9.7", "9_7_back", "Back", 0), "1 to 240 minutes"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(
    private: Course, names: tuple[str, str, str, int], words: str
) -> None:
    before = {name: path.stat().st_mtime_ns for name, path in files_of(private.root, ("solutions", "grader/checks"))}
    with pytest.raises(CourseError, match=re.escape(words)):
        new_exercise(private.chapter(STEM), NewExercise(*names))
    after = {name: path.stat().st_mtime_ns for name, path in files_of(private.root, ("solutions", "grader/checks"))}
    assert after == before


def test_a_second_exercise_joins_the_first(private: Course) -> None:
    for at in (6, 7):
        new_exercise(private.chapter("ch03"), NewExercise(f"3.{at}", f"3_{at}_try_{at}", "A try: # and {more}", 5))
    chapter = Course.find(private.root).chapter("ch03")

    assert [one.id for one in chapter.exercises][-2:] == ["3.6", "3.7"]
    assert chapter.exercises[-1].title == "A try: # and {more}"
    described = yaml.safe_load(chapter.sources(chapter.exercises[-1]).solution["template.yaml"])
    assert described["Description"] == "A try: # and {more}."
    assert [check.name for check in chapter.hidden_checks()["3.7"]] == ["answers_at_the_edge"]
    text = (chapter.folder / "chapter.md").read_text("utf-8")
    assert text.index("<!-- exercise 3.6 -->") < text.index("<!-- exercise 3.7 -->") < text.index("\n## Summary")
