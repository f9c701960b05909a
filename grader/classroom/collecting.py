"""``grader collect``: an LMS's download becomes ``submitted/<student>/<chapter>/``, and a list of what did not fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path, PurePosixPath

from grader.checks.failure import readable
from grader.classroom.archive import Archive, open_archive
from grader.classroom.downloads import Handed, handed_in
from grader.classroom.intake import TIMESTAMP
from grader.classroom.receipts import Receipt, read_receipts, write_receipts
from grader.classroom.roster import Person, Roster
from grader.errors import CourseError
from grader.grading.answers import MAX_NOTEBOOK_BYTES
from grader.grading.files import write_atomically

SUBMITTED = "submitted"


@dataclass
class Collected:
    """What became of a download; each list has its own kind of sentence or name.

    Attributes
    ----------
    taken
        The students whose notebook is new in ``submitted/``.
    unchanged
        Those whose notebook was there already, byte for byte.
    kept
        Those with another notebook there, which was left.
    missing
        Those of the class from whom nothing came.
    repeated
        What somebody handed in besides the notebook that counts.
    unmatched
        Files of nobody in the class.
    refused
        Files that were not taken, with the reason.
    """

    taken: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Intake:
    """Where a download goes.

    Attributes
    ----------
    root
        The course's folder.
    chapter
        The chapter's stem.
    replaces
        Whether a notebook that is there already gives way to another one.
    is_trial
        Whether nothing is written.
    zone
        Whose time Moodle's worksheet shows; None for this machine's.
    """

    root: Path
    chapter: str
    kind: str
    replaces: bool = False
    is_trial: bool = False
    zone: tzinfo | None = None

    def notebook_of(self, student: str) -> Path:
        """Where nbgrader and ``grader grade`` look for a student's notebook."""
        return self.root / SUBMITTED / student / self.chapter / f"{self.chapter}.ipynb"


def collect(download: Path, roster: Roster, intake: Intake) -> Collected:
    """Take a download apart.

    Raises
    ------
    CourseError
        When it is no archive, or none of its names are the LMS's.
    """
    found = Collected()
    receipts = read_receipts(intake.root, intake.chapter)
    with open_archive(download) as archive:
        found.refused += archive.refused
        files = _by_person(archive, roster, intake, found)
        for person in roster.people:
            if person not in files:
                found.missing.append(person.student)
                continue
            chosen = _chosen(files[person], archive, intake.chapter, person, found)
            if chosen is not None and _take(archive, chosen, person, intake, found):
                receipts[person.student] = _receipt(chosen, person, intake)
    if not intake.is_trial:
        write_receipts(intake.root, intake.chapter, receipts)
    return found


def _by_person(archive: Archive, roster: Roster, intake: Intake, found: Collected) -> dict[Person, list[Handed]]:
    """The files of each of the class; the others are listed."""
    files: dict[Person, list[Handed]] = {}
    readable_names = 0
    for entry in archive.entries:
        handed = handed_in(entry, intake.kind)
        if handed is None:
            found.unmatched.append(f"{readable(entry.name)} has no name of {intake.kind.title()}'s making")
            continue
        readable_names += 1
        person = roster.by_lms(handed.lms)
        if person is None:
            found.unmatched.append(f"{readable(entry.name)}: nobody in the class list has the number {handed.lms}")
        else:
            files.setdefault(person, []).append(handed)
    if archive.entries and not readable_names:
        raise CourseError(
            f"None of these names are {intake.kind.title()}'s.", readable(archive.entries[0].name),
            "Download all submissions of one assignment; do not unpack, rename or pack them again.",
        )  # fmt: skip
    return files


def _chosen(files: Sequence[Handed], archive: Archive, chapter: str, person: Person, found: Collected) -> Handed | None:
    """The notebook that counts: of those called like the chapter the one that was uploaded last."""
    notebooks = [one for one in files if one.is_notebook] or _in_archives(files, archive)
    if not notebooks:
        names = ", ".join(readable(one.file) for one in files)
        where = f"{SUBMITTED}/{person.student}/{chapter}/{chapter}.ipynb"
        found.refused.append(
            f"{person.student} handed in no notebook, but {names}. If it is in there, put it to {where}"
        )
        return None

    def rank(one: Handed) -> tuple[object, ...]:
        return chapter in one.file.lower(), one.order, one.entry.dated or datetime.min, one.copy, one.file

    best = max(notebooks, key=rank)
    every = [*files, *(one for one in notebooks if one.inside)]
    others = [one for one in every if one.entry != best.entry or one.inside not in ("", best.inside)]
    found.repeated += [f"{person.student}: {readable(one.file)} besides {readable(best.file)}" for one in others]
    return best


def _in_archives(files: Sequence[Handed], archive: Archive) -> list[Handed]:
    """The notebooks in the ZIP files that somebody handed in."""
    packed = [
        (one, archive.within(one.entry, MAX_NOTEBOOK_BYTES)) for one in files if one.file.lower().endswith(".zip")
    ]
    return [
        handed
        for one, inner in packed
        for entry in (inner.entries if inner is not None else ())
        if (handed := replace(one, file=PurePosixPath(entry.name).name, inside=entry.name)).is_notebook
    ]


def _content(archive: Archive, chosen: Handed) -> bytes | None:
    """The notebook's bytes; None when they are damaged or too many."""
    if not chosen.inside:
        return archive.read(chosen.entry, MAX_NOTEBOOK_BYTES)
    inner = archive.within(chosen.entry, MAX_NOTEBOOK_BYTES)
    entry = next((one for one in inner.entries if one.name == chosen.inside), None) if inner is not None else None
    return inner.read(entry, MAX_NOTEBOOK_BYTES) if inner is not None and entry is not None else None


def _take(archive: Archive, chosen: Handed, person: Person, intake: Intake, found: Collected) -> bool:
    """Put a notebook where it belongs; whether it lies there now."""
    content = _content(archive, chosen)
    if content is None:
        most = f"{MAX_NOTEBOOK_BYTES / 1e6:,.0f} MB"
        found.refused.append(f"{person.student}: {readable(chosen.file)} is damaged or has more than {most}.")
        return False
    path = intake.notebook_of(person.student)
    if path.is_symlink() or path.is_file():
        if not path.is_symlink() and path.read_bytes() == content:
            found.unchanged.append(person.student)
            return True
        if not intake.replaces:
            found.kept.append(person.student)
            return False
    found.taken.append(person.student)
    if not intake.is_trial:
        _write(path, content, _moment(person, intake.zone))
    return True


def _write(path: Path, content: bytes, moment: datetime | None) -> None:
    write_atomically(path, content)  # never through a link, and never a part
    stamp = path.with_name(TIMESTAMP)
    stamp.unlink(missing_ok=True)
    if moment is not None:
        stamp.write_text(f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC")


def _receipt(chosen: Handed, person: Person, intake: Intake) -> Receipt:
    moment = _moment(person, intake.zone)
    said = moment.isoformat() if moment is not None else None
    return Receipt(intake.kind, chosen.entry.name, chosen.lms, said, chosen.is_late)


def _moment(person: Person, zone: tzinfo | None) -> datetime | None:
    """When it was handed in. Only Moodle's worksheet says it: the dates in an archive may be those of the download."""
    from dateutil import parser

    try:
        moment: datetime = parser.parse(person.handed_in)
        return moment.replace(tzinfo=zone) if zone is not None and moment.tzinfo is None else moment.astimezone()
    except (ValueError, OverflowError):
        return None
