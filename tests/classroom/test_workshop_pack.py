"""An offline installer: the right wheels for each system, from wherever pip looks, and nothing that is secret."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from rich.console import Console

from grader.classroom.workshop_pack import SYSTEMS, Missing, Wheels, bring_wheels, chosen_systems, write_pack
from grader.classroom.workshop_pack.systems import pins_for
from grader.cli import main
from grader.errors import CourseError
from grader.grading.course import Course
from grader.notebooks.build import build_course
from tests.notebooks.conftest import course

__all__ = ["course"]  # the course of one chapter, as the notebooks' tests have it

LINUX, MAC = SYSTEMS["linux-x86_64"], SYSTEMS["macos-arm64"]
LOCK = """tinypure==1.0
tinyfast==2.0
tinyold==1.0 ; python_full_version < '3.11.5'
tinyold==2.0 ; python_full_version >= '3.11.5'
tinymac==1.0 ; sys_platform == 'darwin'
stranger==1.0
"""
WHEELS = (
    "tinypure-1.0-py3-none-any",
    "tinyfast-2.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64",
    "tinyfast-2.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64",
    "tinyfast-2.0-cp312-cp312-macosx_11_0_arm64",
    "tinyold-1.0-py3-none-any",
    "tinyold-2.0-py3-none-any",
    "tinymac-1.0-py3-none-macosx_10_9_universal2",
)


@pytest.fixture
def small(course: Course) -> Course:
    """A built course whose lock names packages that nobody has published."""
    project = course.root / "pyproject.toml"
    names = ["tinypure", "tinyfast", "tinyold", "tinymac; sys_platform == 'darwin'"]
    project.write_text(project.read_text().replace('version = "1"', f'version = "1"\ndependencies = {names}'), "utf-8")
    (course.root / "requirements.lock").write_text(LOCK, "utf-8")
    build_course(course=course)
    return course


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of tiny wheels, and a pip that looks there and nowhere else."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name in WHEELS:
        write_wheel(folder, name)
    for variable in ("PIP_CONSTRAINT", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def write_wheel(folder: Path, name: str) -> None:
    """The smallest wheel that pip takes."""
    project, version, tag = name.split("-", 2)
    about = f"{project}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}.whl", "w") as archive:
        archive.writestr(f"{project}.py", "")
        archive.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {project}\nVersion: {version}\n")
        archive.writestr(f"{about}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n")
        archive.writestr(f"{about}/RECORD", "")


def names(wheels: Wheels) -> list[str]:
    return [path.name.removesuffix(".whl") for path in wheels.files]


def test_the_lock_is_read_for_the_system_and_both_ends_of_a_python(small: Course) -> None:
    assert pins_for(LINUX, "3.11", small.root) == {
        "3.11.0": ("tinyfast==2.0", "tinyold==1.0", "tinypure==1.0"),
        "3.11.99": ("tinyold==2.0",),
    }
    assert pins_for(MAC, "3.12", small.root) == {
        "3.12.0": ("tinyfast==2.0", "tinymac==1.0", "tinyold==2.0", "tinypure==1.0"),
        "3.12.99": (),
    }


def test_a_pack_gets_the_wheels_of_its_system_and_pythons_and_no_others(
    small: Course, index: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "linux"
    folder.mkdir()
    for other in ("tinyfast-1.9-cp311-cp311-linux_x86_64", "tinyfast-2.0-cp313-cp313-linux_x86_64"):
        write_wheel(folder, other)  # of another lock, and for another Python

    found = bring_wheels(LINUX, ("3.11",), small.root, folder)

    assert (found.pythons, found.missing, found.built) == (("3.11",), (), ())
    assert names(found) == [WHEELS[1], WHEELS[4], WHEELS[5], WHEELS[0]]


def test_a_package_without_a_wheel_is_named_and_the_other_pythons_are_served(
    small: Course, index: Path, tmp_path: Path
) -> None:
    found = bring_wheels(MAC, ("3.13", "3.12"), small.root, tmp_path / "mac")

    assert found.missing == (Missing("tinyfast==2.0", MAC, "3.13"),)
    assert str(found.missing[0]) == "tinyfast==2.0 has no wheel for macOS, arm64, Python 3.13"
    assert (found.pythons, names(found)) == (("3.12",), [WHEELS[3], WHEELS[6], WHEELS[5], WHEELS[0]])


def test_an_archive_holds_the_course_the_wheels_and_three_steps(small: Course, tmp_path: Path) -> None:
    wheel = tmp_path / f"{WHEELS[0]}.whl"
    write_wheel(tmp_path, WHEELS[0])
    wheels = Wheels(("3.12", "3.13"), (wheel,), (), ())

    pack = write_pack(small, LINUX, wheels, tmp_path / "out")
    again = write_pack(small, LINUX, wheels, tmp_path / "again")

    assert (pack.digest, pack.wheels, pack.size) == (again.digest, 1, pack.path.stat().st_size)
    with zipfile.ZipFile(pack.path) as archive:
        inside = {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}
    assert {name.partition("/")[0] for name in archive.namelist()} == {"running-serverless-linux-x86_64"}
    assert inside[f"wheels/{wheel.name}"] == wheel.read_bytes()
    about = json.loads(inside["wheels/pack.json"])
    assert about == {"title": "Linux, x86_64", "system": "Linux", "machine": "x86_64", "pythons": ["3.12", "3.13"]}
    assert [step for step in ("1. ", "2. ", "3. ", "4. ") if f"\n{step}" in inside["README.txt"].decode()][-1] == "3. "
    assert "Python 3.12, 3.13." in inside["README.txt"].decode()
    assert not [name for name in inside if name.startswith("solutions/")]
    assert "course/ch90_doubling/ch90_doubling.ipynb" in inside


def test_solutions_come_open_and_without_what_is_the_trainers(small: Course, tmp_path: Path) -> None:
    pack = write_pack(small, MAC, Wheels(("3.12",), (), (), ()), tmp_path / "out", with_solutions=True)
    with zipfile.ZipFile(pack.path) as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / "running-serverless-macos-arm64"
    opened = Course.find(folder)

    assert opened.open_solutions
    given = sorted(path.name for path in (folder / "solutions").rglob("*") if path.is_file())
    assert given == ["app.py", "one.json", "template.yaml"]
    assert "README.txt" in {path.name for path in folder.iterdir()}


def test_systems_without_a_pack_are_told_what_to_do(small: Course) -> None:
    assert [one.name for one in chosen_systems([])] == list(SYSTEMS)
    with pytest.raises(CourseError, match=r"does not run on Windows itself(?s:.*)WSL 2"):
        chosen_systems(["windows-x86_64"])
    console = Console(file=io.StringIO(), width=120, color_system=None)
    assert main(["--course", str(small.root), "workshop", "pack", "amiga"], console) == 2
    assert isinstance(console.file, io.StringIO) and "There are: linux-x86_64" in console.file.getvalue()


def test_the_command_writes_a_digest_for_every_archive(
    small: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacks = Missing("tinyfast==2.0", MAC, "3.12")
    brought = {LINUX: Wheels(("3.12",), (), (), ()), MAC: Wheels((), (), (lacks,), ())}
    monkeypatch.setattr("grader.classroom.workshop_pack.bring_wheels", lambda system, *rest: brought[system])
    console = Console(file=io.StringIO(), width=200, color_system=None)
    out = tmp_path / "sticks"

    assert main(["--course", str(small.root), "workshop", "pack", LINUX.name, MAC.name, "-o", str(out)], console) == 1
    assert isinstance(console.file, io.StringIO)
    said = console.file.getvalue()
    assert str(lacks) in said and "there is no pack for macOS, arm64" in said
    digest, _, name = (out / "SHA256SUMS").read_text().strip().partition("  ")
    assert name == "running-serverless-linux-x86_64.zip" and digest in said


def test_an_index_that_cannot_be_reached_is_not_taken_for_missing_wheels(
    small: Course, tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "WARNING: NewConnectionError …\nERROR: No matching distribution found for tinyfast==2.0"
    monkeypatch.setattr("grader.classroom.workshop_pack.wheels._pip", lambda words: said)
    with pytest.raises(CourseError, match="cannot be brought"):
        bring_wheels(LINUX, ("3.12",), small.root, tmp_path / "x")
