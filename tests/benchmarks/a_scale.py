"""Grading many: does the thousandth cost what the first did, do two workers do twice as much, and what of a cluster?

Nothing is reused here. One core is one core: processes are bound to as many as the row says.
"""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path

from grader.classroom.cluster import open_cluster
from grader.grading.batch import Job, Terms, find_jobs, grade_all, zygotes_for
from grader.grading.client import AnswerJudge
from grader.grading.course import Chapter, Course
from grader.grading.report import Grades, Submission
from tests.benchmarks.cores import bound_to
from tests.benchmarks.row import Row
from tests.soak.census import Census
from tests.students import Student, answers_of, honest

CHAPTERS = ("ch03_web_service", "ch09_events")
STUDENTS, MANY = 30, 1000
DEARER = 1.1
TWICE = 1.8
ROUNDS = 3  # what else the machine does meanwhile changes a single one by a tenth
POOL_GIB = 1.5
LOOK_SECONDS = 0.5
GIB_IN_MB = 1024**3 / 1e6


def measure(course: Course, students: int = STUDENTS, many: int = MANY) -> Iterator[Row]:
    """``students`` of two chapters on one worker and on two, here and on a cluster; then ``many`` of one chapter."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        chapters = [course.chapter(name) for name in CHAPTERS]
        jobs = [job for chapter in chapters for job in handed_in(chapter, students, Path(folder, "few"), course)]
        yield from workers_of_this_machine(course, jobs)
        yield from workers_of_a_cluster(course, chapters, jobs)
        yield from a_thousand(course, students, handed_in(chapters[0], many, Path(folder, "many"), course))


def handed_in(chapter: Chapter, number: int, folder: Path, course: Course) -> list[Job]:
    """As many notebooks as asked for, of thirty students whose answers come again and again."""
    honest_ones = honest(chapter, answers_of(chapter), number=min(number, STUDENTS))
    for at, student in enumerate(islice(cycle(list(honest_ones)), number)):
        Student(f"s{at:04}", student.notebook).hand_in(folder / chapter.stem, chapter.stem)
    return find_jobs([folder / chapter.stem], course)


def workers_of_this_machine(course: Course, jobs: Sequence[Job]) -> Iterator[Row]:
    """One warm process, then two, by turns, and the memory of all that belongs to them."""
    rounds = [tuple(seconds_with_workers(course, jobs, workers) for workers in (1, 2)) for _ in range(ROUNDS)]
    yield twice_as_much("two workers as one", f"{len(jobs)} notebooks of {' and '.join(CHAPTERS)}", rounds)
    with watched_memory() as peaks:
        _, again = seconds_with_workers(course, jobs, 2)
    assert scores(again) == scores(rounds[0][0][1])
    how = "two workers, their environments and the command itself, shared pages shared out (PSS), at most"
    yield Row("memory of the pool", how, (max(peaks) / GIB_IN_MB,), "GiB", POOL_GIB)


def workers_of_a_cluster(course: Course, chapters: Sequence[Chapter], jobs: Sequence[Job]) -> Iterator[Row]:
    """The same on Dask workers of this machine; then with one of them killed when half is graded."""
    rounds = [tuple(seconds_on_cluster(course, chapters, jobs, workers) for workers in (1, 2)) for _ in range(ROUNDS)]
    yield twice_as_much("two Dask workers as one", "the same notebooks", rounds)
    expected = rounds[0][0][1]
    three, broken = seconds_on_cluster(course, chapters, jobs, 2, kill_after=len(jobs) // 2)
    differing = sum(mine != theirs for mine, theirs in zip(scores(broken), scores(expected), strict=True))
    how = f"one of two killed after {len(jobs) // 2} of {len(jobs)}: {three:.3g} s, each graded once"
    yield Row("scores that a killed Dask worker changes", how, (float(differing),), "scores", 0)


def twice_as_much(what: str, how: str, rounds: Sequence[Sequence[tuple[float, Grades]]]) -> Row:
    """How many times as much two get done as one; a round is one's seconds and then two's, each with its grades."""
    for one, two in rounds:
        assert scores(one[1]) == scores(two[1])
    told = ", ".join(f"{one[0]:.3g} and {two[0]:.3g} s" for one, two in rounds)
    times = tuple(one[0] / two[0] for one, two in rounds)
    return Row(what, f"{how}, by turns: {told}", times, "×", TWICE, is_less_better=False)


def a_thousand(course: Course, few: int, jobs: Sequence[Job]) -> Iterator[Row]:
    """What a notebook costs among a few, and among many, with the same warm processes."""
    with pool(jobs, 0) as zygotes:
        times: list[float] = []
        begun = time.perf_counter()
        run(course, jobs, zygotes, lambda submission: times.append(time.perf_counter() - begun))
    first, last = times[few - 1] / few, (times[-1] - times[-few - 1]) / few if len(times) > few else times[-1] / few
    whole = times[-1] / len(times)
    how = f"{len(jobs):,} of {CHAPTERS[0]}, {len(zygotes)} workers: {first:.3g} s each of the first {few}, "
    how += f"{last:.3g} s each of the last {few}, {whole:.3g} s each of all"
    yield Row("cost of one among many", how, (whole / first,), "×", DEARER)


def seconds_with_workers(course: Course, jobs: Sequence[Job], workers: int) -> tuple[float, Grades]:
    """How long warm processes of this machine take."""
    with bound_to(workers), pool(jobs, workers) as zygotes:
        return run(course, jobs, zygotes)


def seconds_on_cluster(
    course: Course, chapters: Sequence[Chapter], jobs: Sequence[Job], workers: int, kill_after: int = 0
) -> tuple[float, Grades]:
    """How long Dask workers of this machine take, once they are warm; one may be killed on the way."""
    graded: list[Submission] = []
    with bound_to(workers), open_cluster(f"local:{workers}", chapters, allow_weak_isolation=True) as cluster:

        def hear(submission: Submission) -> None:
            graded.append(submission)
            if len(graded) == kill_after:
                os.kill(next(iter(cluster.processes().values())), signal.SIGKILL)

        took, grades = run(course, jobs, [cluster] * min(len(jobs), cluster.places), hear)
    assert len({(one.student, one.chapter) for one in graded}) == len(graded) == len(jobs)
    return took, grades


def run(
    course: Course,
    jobs: Sequence[Job],
    judges: Sequence[AnswerJudge],
    on_graded: Callable[[Submission], None] = lambda submission: None,
) -> tuple[float, Grades]:
    """Grade, nothing reused; no notebook may be left without a score, or what was measured is not the work."""
    begun = time.perf_counter()
    grades = grade_all(jobs, course, Terms(), zygotes=judges, on_graded=on_graded)
    took = time.perf_counter() - begun
    assert not grades.has_grader_error, [one for one in grades.submissions if one.score is None]
    return took, grades


def scores(grades: Grades) -> list[float | None]:
    """Every notebook's score."""
    return [one.score for one in grades.submissions]


@contextlib.contextmanager
def pool(jobs: Sequence[Job], workers: int) -> Iterator[list[AnswerJudge]]:
    """Warm processes, waited for."""
    zygotes = zygotes_for(jobs, workers)
    try:
        for zygote in zygotes:
            zygote.isolation()
        yield list(zygotes)
    finally:
        for zygote in zygotes:
            zygote.close()


@contextlib.contextmanager
def watched_memory() -> Iterator[list[float]]:
    """The memory of this process and its descendants in MB, looked at again and again."""
    found: list[float] = []
    done = threading.Event()

    def look() -> None:
        while not done.wait(LOOK_SECONDS):
            now = Census.take()
            found.append(now.memory_mb + now.children_mb)

    watching = threading.Thread(target=look)
    watching.start()
    try:
        yield found
    finally:
        done.set()
        watching.join()
        found.append(0.0)
