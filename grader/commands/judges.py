"""Who judges a class: warm processes of this machine or a cluster's workers, and what they said before."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from grader.errors import CourseError
from grader.grading.batch import Job, zygotes_for
from grader.grading.client import AnswerJudge
from grader.grading.course import Chapter, Course
from grader.grading.edition import edition_of
from grader.grading.isolation import require_isolation
from grader.grading.reuse import FOLDER, KeptReplies, ReusingJudge

CLUSTER_HELP = "judge on a Dask scheduler's workers: tcp://host:8786, tls://…, or local[:N]"


@contextlib.contextmanager
def judges_for(
    jobs: Sequence[Job], course: Course, options: argparse.Namespace, *, hidden: bool
) -> Iterator[Sequence[AnswerJudge]]:
    """As many judges as there may be answers judged at once; they are ended with the block."""
    if options.cluster is None:
        with _on_this_machine(jobs, options) as judges:
            yield judges
    else:
        with _on_cluster(jobs, chapters_of(jobs, course), options, hidden) as judges:
            yield judges


def reusing(
    judges: Sequence[AnswerJudge], chapters: Sequence[Chapter], folder: Path, *, hidden: bool, fresh: bool
) -> list[AnswerJudge]:
    """The same judges, who are asked only for what was not judged before.

    Parameters
    ----------
    folder
        Where what they say is kept, for the same answer by the same checks.
    fresh
        Whether they are asked for everything.
    """
    kept = KeptReplies(folder / FOLDER)
    editions = {chapter.stem: edition_of(chapter, hidden) for chapter in chapters}
    made = {judge: ReusingJudge(judge, kept, editions, fresh=fresh) for judge in set(judges)}
    return [made[judge] for judge in judges]


def chapters_of(jobs: Sequence[Job], course: Course) -> list[Chapter]:
    """The chapters of the jobs, each once."""
    return [course.chapter(stem) for stem in sorted({job.chapter for job in jobs if job.chapter})]


@contextlib.contextmanager
def _on_this_machine(jobs: Sequence[Job], options: argparse.Namespace) -> Iterator[Sequence[AnswerJudge]]:
    with contextlib.ExitStack() as ending:
        zygotes = zygotes_for(jobs, options.workers)
        for zygote in zygotes:
            ending.callback(zygote.close)
        if zygotes:
            require_isolation(zygotes[0], "--allow-weak-isolation", options.allow_weak_isolation)
        yield zygotes


@contextlib.contextmanager
def _on_cluster(
    jobs: Sequence[Job], chapters: Sequence[Chapter], options: argparse.Namespace, hidden: bool
) -> Iterator[Sequence[AnswerJudge]]:
    if options.workers:
        raise CourseError("A cluster brings its own workers.", None, "Leave out --workers, or write --cluster local:2")
    from grader.classroom.cluster import open_cluster  # brings Dask with it

    weak: bool = options.allow_weak_isolation
    with open_cluster(options.cluster, chapters, hidden=hidden, allow_weak_isolation=weak) as cluster:
        yield [cluster] * min(len(jobs), cluster.places)
