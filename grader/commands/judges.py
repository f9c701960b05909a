"""Who judges for ``grader grade``: warm processes of this machine or a cluster's workers, and what they said before."""

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


@contextlib.contextmanager
def judges_for(
    jobs: Sequence[Job], course: Course, options: argparse.Namespace, folder: Path
) -> Iterator[Sequence[AnswerJudge]]:
    """As many judges as there may be answers judged at once; they are ended with the block.

    Parameters
    ----------
    folder
        Where what they say is kept, for the same answer by the same checks.
    """
    chapters = [course.chapter(stem) for stem in sorted({job.chapter for job in jobs if job.chapter})]
    editions = {chapter.stem: edition_of(chapter, options.hidden) for chapter in chapters}
    there = _on_cluster(jobs, chapters, options) if options.cluster is not None else _on_this_machine(jobs, options)
    with there as judges:
        kept = KeptReplies(folder / FOLDER)
        reusing = {judge: ReusingJudge(judge, kept, editions, fresh=options.fresh) for judge in set(judges)}
        yield [reusing[judge] for judge in judges]


@contextlib.contextmanager
def _on_this_machine(jobs: Sequence[Job], options: argparse.Namespace) -> Iterator[Sequence[AnswerJudge]]:
    with contextlib.ExitStack() as ending:
        zygotes = zygotes_for(jobs, options.workers)
        for zygote in zygotes:
            ending.callback(zygote.close)
        require_isolation(zygotes[0], "--allow-weak-isolation", options.allow_weak_isolation)
        yield zygotes


@contextlib.contextmanager
def _on_cluster(
    jobs: Sequence[Job], chapters: Sequence[Chapter], options: argparse.Namespace
) -> Iterator[Sequence[AnswerJudge]]:
    if options.workers:
        raise CourseError("A cluster brings its own workers.", None, "Leave out --workers, or write --cluster local:2")
    from grader.classroom.cluster import open_cluster  # brings Dask with it

    weak: bool = options.allow_weak_isolation
    with open_cluster(options.cluster, chapters, hidden=options.hidden, allow_weak_isolation=weak) as cluster:
        yield [cluster] * min(len(jobs), cluster.places)
