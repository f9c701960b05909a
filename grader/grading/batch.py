"""Grading a class: many notebooks, several warm processes, results on disk as they come."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.errors import CourseError
from grader.grading.answers import read_answers
from grader.grading.client import AnswerJudge, AnswerZygote, answer_zygotes
from grader.grading.course import Chapter, Course
from grader.grading.files import naming
from grader.grading.json_report import submission_from, submission_json
from grader.grading.report import Grades, Submission
from grader.grading.submissions import Terms, grade_answers

__all__ = ["Job", "Terms", "find_jobs", "grade_all", "grade_answers", "grade_job"]

NO_CHAPTER = "Nobody can tell which chapter this notebook belongs to; put the chapter's name into its path."
_SKIPPED = {".ipynb_checkpoints", "__pycache__"}


@dataclass(frozen=True)
class Job:
    """One notebook to be graded.

    Attributes
    ----------
    student
        Whose it is; the file's name when nothing else says it.
    chapter
        The chapter's stem; empty when nobody can tell.
    """

    student: str
    chapter: str
    notebook: Path

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from all others of a run."""
        return self.student, self.chapter, str(self.notebook)


def find_jobs(paths: Sequence[Path], course: Course) -> list[Job]:
    """The notebooks at ``paths``: files, folders of notebooks, or nbgrader's ``submitted/<student>/<chapter>/``.

    Raises
    ------
    CourseError
        When a path is not there, or when there is no notebook at all.
    """
    jobs = [job for path in paths for job in _jobs_at(path, course)]
    if not jobs:
        raise CourseError(
            "There is no notebook here.", ", ".join(map(str, paths)), "Name a notebook or a folder of them."
        )
    return list({job.key: job for job in jobs}.values())


def grade_all(
    jobs: Sequence[Job],
    course: Course,
    terms: Terms,
    *,
    workers: int = 0,
    zygotes: Sequence[AnswerJudge] | None = None,
    results: Path | None = None,
    resume: bool = False,
    on_graded: Callable[[Submission], None] = lambda submission: None,
) -> Grades:
    """Grade every job; a result is on disk before the next one of its worker begins.

    Parameters
    ----------
    workers
        How many warm processes; 0 for one per core.
    zygotes
        The warm processes, when they are there already (see ``zygotes_for``); the caller ends them.
    results
        The file that takes the results, one JSON line each; None keeps nothing.
    resume
        Whether results that are already in that file, on the same terms and answers, are taken as they are.
    on_graded
        Hears of each submission, also of those taken from the file; called from several threads, one at a time.
    """
    log = ResultsLog(results)
    done = log.read() if resume else log.clear()
    chapters = {job.chapter: course.chapter(job.chapter) for job in jobs if job.chapter}
    graded: dict[tuple[str, str, str], Submission] = {}
    for job in jobs:
        kept = done.get(job.key)
        if kept is not None and _is_current(kept, job, chapters.get(job.chapter), terms):
            graded[job.key] = kept
            on_graded(kept)
    waiting = longest_first([job for job in jobs if job.key not in graded], chapters)
    with contextlib.ExitStack() as ending:
        if zygotes is None:
            zygotes = zygotes_for(waiting, workers)
            for zygote in zygotes:
                ending.callback(zygote.close)
        for job, submission in _graded_by_workers(waiting, chapters, terms, zygotes):
            log.append(submission)
            graded[job.key] = submission
            on_graded(submission)
    return Grades(tuple(graded[job.key] for job in jobs))


def longest_first(jobs: Sequence[Job], chapters: Mapping[str, Chapter]) -> list[Job]:
    """Chapters with many points take long to judge: the last process to end should end with a short one."""
    points = {name: sum(one.points for one in chapter.exercises) for name, chapter in chapters.items()}
    return sorted(jobs, key=lambda job: -points.get(job.chapter, 0.0))


def zygotes_for(jobs: Sequence[Job], workers: int = 0) -> list[AnswerZygote]:
    """As many warm processes as the jobs can use: ``workers``, 0 for one per core."""
    number = min(workers or os.cpu_count() or 1, len(jobs))
    return answer_zygotes(number) if number else []


def grade_job(job: Job, chapter: Chapter | None, terms: Terms, zygote: AnswerJudge) -> Submission:
    """Grade one notebook; whatever is in it, there is a submission with a score or a reason."""
    if chapter is None:
        return Submission(job.student, "", str(job.notebook), (), (NO_CHAPTER,))
    answers = read_answers(job.notebook, chapter.exercises)
    return grade_answers(
        chapter,
        answers,
        student=job.student,
        notebook=str(job.notebook),
        hidden=terms.hidden,
        seed=terms.seed_of(job.student),
        limit=terms.limit,
        zygote=zygote,
    )


class ResultsLog:
    """Results on disk, one JSON line each, each of them safe before the next begins."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def clear(self) -> dict[tuple[str, str, str], Submission]:
        """Begin anew."""
        if self._path is not None:
            with naming(self._path):
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._path.write_bytes(b"")
        return {}

    def read(self) -> dict[tuple[str, str, str], Submission]:
        """What was kept; a line that was cut off is dropped, also from the file, so that new lines begin well."""
        if self._path is None or not self._path.exists():
            return self.clear()
        kept: dict[tuple[str, str, str], Submission] = {}
        whole = 0
        content = self._path.read_bytes()
        for line in content.splitlines(keepends=True):
            try:
                submission = submission_from(json.loads(line))
            except (ValueError, KeyError, TypeError):
                break
            if not line.endswith(b"\n"):
                break
            kept[submission.student, submission.chapter, submission.notebook] = submission
            whole += len(line)
        os.truncate(self._path, whole)
        return kept

    def append(self, submission: Submission) -> None:
        """Write one result, and wait until it is on the disk."""
        if self._path is None:
            return
        with naming(self._path), self._path.open("ab") as file:
            file.write(json.dumps(submission_json(submission)).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())


def _graded_by_workers(
    jobs: Sequence[Job], chapters: dict[str, Chapter], terms: Terms, zygotes: Sequence[AnswerJudge]
) -> Iterator[tuple[Job, Submission]]:
    """The submissions as they come, each worker thread with a warm process of its own."""
    todo: queue.SimpleQueue[Job] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[Job, Submission | BaseException]] = queue.SimpleQueue()
    for job in jobs:
        todo.put(job)
    for zygote in zygotes:
        threading.Thread(target=_work, args=(zygote, todo, done, chapters, terms), daemon=True).start()
    for _ in jobs:
        job, result = done.get()
        if isinstance(result, BaseException):
            raise result
        yield job, result


def _work(
    zygote: AnswerJudge,
    todo: queue.SimpleQueue[Job],
    done: queue.SimpleQueue[tuple[Job, Submission | BaseException]],
    chapters: dict[str, Chapter],
    terms: Terms,
) -> None:
    while True:
        try:
            job = todo.get_nowait()
        except queue.Empty:
            return
        try:
            done.put((job, grade_job(job, chapters.get(job.chapter), terms, zygote)))
        except BaseException as problem:  # handed over to the thread that waits for it
            done.put((job, problem))
            return


def _is_current(kept: Submission, job: Job, chapter: Chapter | None, terms: Terms) -> bool:
    """Whether a kept result is what grading would give again."""
    return (
        chapter is not None
        and kept.score is not None
        and kept.seed == terms.seed_of(job.student)
        and kept.checks_digest == chapter.course.checks_digest(chapter, terms.hidden)
        and kept.answers_digest == read_answers(job.notebook, chapter.exercises).digest
    )


def _jobs_at(path: Path, course: Course) -> Iterator[Job]:
    if path.is_file():
        yield Job(_student_of(path, path.parent, course), _chapter_of(path, course), path)
        return
    if not path.is_dir():
        raise CourseError("There is no such file or folder.", str(path))
    for notebook in sorted(path.rglob("*.ipynb")):
        if not _SKIPPED.intersection(notebook.parts):
            yield Job(_student_of(notebook, path, course), _chapter_of(notebook, course), notebook)


def _student_of(notebook: Path, folder: Path, course: Course) -> str:
    """``<student>/<chapter>/x.ipynb`` and ``<student>/x.ipynb`` name the student; else the file's name does.

    Where nothing below ``folder`` does, the folders above are asked: one notebook of ``submitted/`` graded alone is the
    same student's, with the same seed, as when the whole class is graded.
    """
    parts = [part for part in notebook.relative_to(folder).parts[:-1] if not _stem_in(part, course)]
    return parts[0] if parts else _student_above(notebook, course) or notebook.stem


def _student_above(notebook: Path, course: Course) -> str:
    """The student in ``<student>/<chapter>/<chapter>.ipynb`` and ``submitted/<student>/<chapter>/x.ipynb``, else ""."""
    parts = notebook.absolute().parts
    if len(parts) < 4 or parts[-2] not in [chapter.stem for chapter in course.chapters]:
        return ""
    return parts[-3] if notebook.stem == parts[-2] or parts[-4] == "submitted" else ""


def _chapter_of(notebook: Path, course: Course) -> str:
    """The chapter that the path names, nearest to the file first; empty when it names none."""
    parts = (notebook.stem, *reversed(notebook.absolute().parts[:-1]))
    return next((stem for part in parts if (stem := _stem_in(part, course))), "")


def _stem_in(part: str, course: Course) -> str | None:
    """The chapter whose stem is the name, or part of the name (``anna_ch03_web_service``)."""
    names = [chapter.stem for chapter in course.chapters]
    return next((name for name in names if name == part or (name != "index" and name in part)), None)
