"""A download of submissions becomes folders, whatever is in it."""

from __future__ import annotations

import json
import zipfile
from dataclasses import asdict
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from grader.classroom.archive import MAX_ENTRIES
from grader.classroom.collecting import Collected, Intake, collect
from grader.classroom.downloads import feedback_name
from grader.classroom.receipts import Receipt, read_receipts
from grader.classroom.roster import Roster
from grader.errors import CourseError
from grader.notebooks.tree import files_below
from tests.classroom.lms_files import CANVAS, CHAPTER, MOODLE, write_link, write_zip

NOTEBOOK = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
ADA = f"submitted/ada/{CHAPTER}/{CHAPTER}.ipynb"


@pytest.fixture
def roster(tmp_path: Path) -> Roster:
    (tmp_path / "roster.csv").write_text(CANVAS)
    return Roster.read(tmp_path / "roster.csv")


def canvas(tmp_path: Path, roster: Roster, files: dict[str, str | bytes], **options: bool) -> Collected:
    download = write_zip(tmp_path / "submissions.zip", files)
    return collect(download, roster, Intake(tmp_path / "course", CHAPTER, "canvas", **options))


def said(found: Collected) -> dict[str, list[str]]:
    return {kind: lines for kind, lines in asdict(found).items() if lines}


def test_canvas_download_is_taken_apart_by_the_class_list(tmp_path: Path, roster: Roster) -> None:
    files: dict[str, str | bytes] = {
        f"lovelaceada_1001_77_{CHAPTER}.ipynb": "old",
        f"lovelaceada_1001_78_{CHAPTER}-1.ipynb": NOTEBOOK,
        "lovelaceada_1001_79_photo.png": b"\x89PNG",
        f"hoppergrace_LATE_1002_80_{CHAPTER}.ipynb": NOTEBOOK,
        f"strangerx_9999_81_{CHAPTER}.ipynb": NOTEBOOK,
        "readme.txt": "hello",
    }
    assert said(canvas(tmp_path, roster, files)) == {
        "taken": ["ada", "grace"],
        "missing": ["eve"],
        "repeated": [f"ada: {CHAPTER}.ipynb besides {CHAPTER}-1.ipynb", f"ada: photo.png besides {CHAPTER}-1.ipynb"],
        "unmatched": [
            f"strangerx_9999_81_{CHAPTER}.ipynb: nobody in the class list has the number 9999",
            "readme.txt has no name of Canvas's making",
        ],
    }
    root = tmp_path / "course"
    assert sorted(files_below(root / "submitted")) == [f"{who}/{CHAPTER}/{CHAPTER}.ipynb" for who in ("ada", "grace")]
    assert (root / ADA).read_text() == NOTEBOOK
    assert read_receipts(root, CHAPTER) == {
        "ada": Receipt("canvas", f"lovelaceada_1001_78_{CHAPTER}-1.ipynb", "1001", None, False),
        "grace": Receipt("canvas", f"hoppergrace_LATE_1002_80_{CHAPTER}.ipynb", "1002", None, True),
    }


@pytest.mark.parametrize("gap", ["_/", "/", "_"])
def test_moodle_downloads_of_every_version_are_taken_apart(tmp_path: Path, gap: str) -> None:
    (tmp_path / "worksheet.csv").write_text(MOODLE)
    name = f"Ada Lovelace_501_assignsubmission_file{gap}{CHAPTER}.ipynb"
    text = "Ada Lovelace_501_assignsubmission_onlinetext_/onlinetext.html"
    download = write_zip(tmp_path / "all.zip", {name: NOTEBOOK, text: "<p>"})
    intake = Intake(tmp_path, CHAPTER, "moodle", zone=ZoneInfo("Europe/Berlin"))
    found = collect(download, Roster.read(tmp_path / "worksheet.csv"), intake)
    assert (found.taken, found.missing) == (["ada@example.edu"], ["grace@example.edu"])
    assert found.repeated == [f"ada@example.edu: what was typed into Moodle (onlinetext.html) besides {CHAPTER}.ipynb"]
    stamp = tmp_path / "submitted" / "ada@example.edu" / CHAPTER / "timestamp.txt"
    assert stamp.read_text() == "2026-11-03 09:30:00.000000 UTC"
    assert read_receipts(tmp_path, CHAPTER)["ada@example.edu"].handed_in == "2026-11-03T10:30:00+01:00"


def test_collecting_twice_changes_nothing_and_a_new_notebook_waits_for_a_word(tmp_path: Path, roster: Roster) -> None:
    name = f"lovelaceada_1001_77_{CHAPTER}.ipynb"
    canvas(tmp_path, roster, {name: NOTEBOOK})
    assert canvas(tmp_path, roster, {name: NOTEBOOK}).unchanged == ["ada"]
    newer = f"lovelaceada_1001_99_{CHAPTER}.ipynb"
    assert canvas(tmp_path, roster, {newer: "new"}).kept == ["ada"]
    assert (tmp_path / "course" / ADA).read_text() == NOTEBOOK
    assert read_receipts(tmp_path / "course", CHAPTER)["ada"].entry == name
    assert canvas(tmp_path, roster, {newer: "new"}, replaces=True).taken == ["ada"]
    assert (tmp_path / "course" / ADA).read_text() == "new"
    assert read_receipts(tmp_path / "course", CHAPTER)["ada"].entry == newer


def test_a_trial_writes_nothing(tmp_path: Path, roster: Roster) -> None:
    assert canvas(tmp_path, roster, {f"a_1001_77_{CHAPTER}.ipynb": NOTEBOOK}, is_trial=True).taken == ["ada"]
    assert not (tmp_path / "course").exists()


@pytest.mark.parametrize(
    "name",
    [
        f"../../a_1001_77_{CHAPTER}.ipynb",
        f"/etc/a_1001_77_{CHAPTER}.ipynb",
        f"C:/a_1001_77_{CHAPTER}.ipynb",
        f"..\\a_1001_77_{CHAPTER}.ipynb",
        f"a_1001_77_x\x1b[2J{CHAPTER}.ipynb",
    ],
)
def test_a_hostile_name_is_refused_and_the_others_are_taken(tmp_path: Path, roster: Roster, name: str) -> None:
    found = canvas(tmp_path, roster, {name: "owned", f"b_1002_78_{CHAPTER}.ipynb": NOTEBOOK})
    assert found.taken == ["grace"] and found.missing == ["ada", "eve"]
    assert len(found.refused) == 1 and "\x1b" not in found.refused[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["course", "roster.csv", "submissions.zip"]


def test_links_bombs_and_damaged_entries_are_refused(tmp_path: Path, roster: Roster) -> None:
    path = write_zip(tmp_path / "submissions.zip", {f"b_1002_78_{CHAPTER}.ipynb": NOTEBOOK * 50})
    write_link(path, f"a_1001_77_{CHAPTER}.ipynb", "/etc/passwd")
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open(zipfile.ZipInfo(f"e_1003_79_{CHAPTER}.ipynb"), "w", force_zip64=True) as bomb,
    ):
        for _ in range(60):
            bomb.write(b"\0" * 1_000_000)
    damaged = path.read_bytes().replace(NOTEBOOK.encode() * 50, NOTEBOOK.encode() * 49 + b"x" * len(NOTEBOOK))
    path.write_bytes(damaged)
    found = collect(path, roster, Intake(tmp_path / "course", CHAPTER, "canvas"))
    assert found.taken == [] and not (tmp_path / "course" / "submitted").exists()
    assert [line.partition("; ")[0] for line in found.refused] == [
        f"a_1001_77_{CHAPTER}.ipynb is a link or a device",
        f"grace: {CHAPTER}.ipynb is damaged or has more than 50 MB.",
        f"eve: {CHAPTER}.ipynb is damaged or has more than 50 MB.",
    ]


def test_nothing_is_written_through_a_link_that_lies_there(tmp_path: Path, roster: Roster) -> None:
    (tmp_path / "secret").write_text("mine")
    place = tmp_path / "course" / ADA
    place.parent.mkdir(parents=True)
    place.symlink_to(tmp_path / "secret")
    assert canvas(tmp_path, roster, {f"a_1001_77_{CHAPTER}.ipynb": NOTEBOOK}).kept == ["ada"]
    assert canvas(tmp_path, roster, {f"a_1001_77_{CHAPTER}.ipynb": NOTEBOOK}, replaces=True).taken == ["ada"]
    assert (tmp_path / "secret").read_text() == "mine" and not place.is_symlink()


def test_who_hands_in_no_notebook_is_named(tmp_path: Path, roster: Roster) -> None:
    assert canvas(tmp_path, roster, {"a_1001_77_work.zip": "PK"}).refused == [
        f"ada handed in no notebook, but work.zip. If it is in there, put it to {ADA}"
    ]


def test_a_notebook_in_a_zip_file_is_found_and_its_feedback_finds_its_way(tmp_path: Path, roster: Roster) -> None:
    packed = write_zip(
        tmp_path / "work.zip",
        {
            f"work/{CHAPTER}.ipynb": NOTEBOOK,
            "work/other.ipynb": "other",
            f"work/.ipynb_checkpoints/{CHAPTER}.ipynb": "older",
            f"__MACOSX/work/._{CHAPTER}.ipynb": "litter",
        },
    )
    entry = "lovelaceada_1001_77_work.zip"
    found = canvas(tmp_path, roster, {entry: packed.read_bytes()})
    assert said(found) == {
        "taken": ["ada"],
        "missing": ["grace", "eve"],
        "repeated": [f"ada: other.ipynb besides {CHAPTER}.ipynb"],
    }
    assert (tmp_path / "course" / ADA).read_text() == NOTEBOOK
    receipt = read_receipts(tmp_path / "course", CHAPTER)["ada"]
    assert receipt.entry == entry
    assert feedback_name(entry, "canvas", CHAPTER) == "lovelaceada_1001_77_work.html"


@pytest.mark.parametrize("litter_first", [True, False])
def test_a_download_packed_again_on_a_mac_is_the_same_download(
    tmp_path: Path, roster: Roster, litter_first: bool
) -> None:
    name = f"lovelaceada_1001_77_{CHAPTER}.ipynb"
    litter: dict[str, str | bytes] = {f"__MACOSX/submissions/._{name}": b"\0\5", f"__MACOSX/._{name}": b"\0\5"}
    whole: dict[str, str | bytes] = {f"submissions/{name}": NOTEBOOK, "submissions/.DS_Store": b"x"}
    found = canvas(tmp_path, roster, {**litter, **whole} if litter_first else {**whole, **litter})
    assert said(found) == {"taken": ["ada"], "missing": ["grace", "eve"]}
    assert (tmp_path / "course" / ADA).read_text() == NOTEBOOK
    assert feedback_name(f"submissions/{name}", "canvas", CHAPTER) == name.replace(".ipynb", ".html")
    moodle = f"Chapter 3-99/Ada Lovelace_501_assignsubmission_file_/{CHAPTER}.ipynb"
    (tmp_path / "worksheet.csv").write_text(MOODLE)
    download = write_zip(
        tmp_path / "all.zip", {moodle: NOTEBOOK, f"__MACOSX/{moodle.replace('file_/', 'file_/._')}": "x"}
    )
    found = collect(download, Roster.read(tmp_path / "worksheet.csv"), Intake(tmp_path / "moodle", CHAPTER, "moodle"))
    assert said(found) == {"taken": ["ada@example.edu"], "missing": ["grace@example.edu"]}
    assert feedback_name(moodle, "moodle", CHAPTER).startswith("Ada Lovelace_501_assignsubmission_file_/")


def test_no_folder_of_a_students_own_is_taken_for_somebody_elses(tmp_path: Path) -> None:
    (tmp_path / "worksheet.csv").write_text(MOODLE)
    inner = f"Grace Hopper_502_assignsubmission_file_/{CHAPTER}.ipynb"
    download = write_zip(tmp_path / "all.zip", {f"Ada Lovelace_501_assignsubmission_file_/{inner}": NOTEBOOK})
    found = collect(download, Roster.read(tmp_path / "worksheet.csv"), Intake(tmp_path, CHAPTER, "moodle"))
    assert (found.taken, found.missing) == (["ada@example.edu"], ["grace@example.edu"])


def test_of_copies_that_nobody_dates_the_one_with_the_highest_number_counts(tmp_path: Path) -> None:
    (tmp_path / "worksheet.csv").write_text(MOODLE)
    folder = "Ada Lovelace_501_assignsubmission_file_"
    files = [f"{CHAPTER}.ipynb", f"{CHAPTER} (10).ipynb", f"{CHAPTER} (2).ipynb"]
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for name in files:
            archive.writestr(zipfile.ZipInfo(f"{folder}/{name}"), name)
    collect(tmp_path / "all.zip", Roster.read(tmp_path / "worksheet.csv"), Intake(tmp_path, CHAPTER, "moodle"))
    taken = tmp_path / "submitted" / "ada@example.edu" / CHAPTER / f"{CHAPTER}.ipynb"
    assert taken.read_text() == files[1]


def test_what_was_typed_into_canvas_is_somebodys(tmp_path: Path, roster: Roster) -> None:
    found = canvas(tmp_path, roster, {"lovelaceada_1001_text.html": "<p>", "hoppergrace_late_1002_link.html": "<a>"})
    assert not found.unmatched and found.missing == ["eve"]
    assert found.refused[0].startswith("ada handed in no notebook, but what was typed into Canvas (text.html).")
    assert found.refused[1].startswith("grace handed in no notebook, but what was typed into Canvas (link.html).")


def test_what_is_no_download_is_said(tmp_path: Path, roster: Roster) -> None:
    intake = Intake(tmp_path / "course", CHAPTER, "canvas")
    (tmp_path / "x.zip").write_text("no archive")
    many = {f"{number}": "" for number in range(MAX_ENTRIES + 1)}
    for path, words in (
        (tmp_path / "none.zip", "The archive cannot be read: No such file"),
        (tmp_path / "x.zip", "This is no ZIP file"),
        (write_zip(tmp_path / "other.zip", {"a.ipynb": NOTEBOOK}), "None of these names are Canvas's"),
        (write_zip(tmp_path / "many.zip", many), "more than 20,000 entries"),
    ):
        with pytest.raises(CourseError, match=words):
            collect(path, roster, intake)
