"""``python -m tests.soak answers [--times N] [--workers N] [--load N] [--only 3]``: no right answer ever fails.

Every solution and every other right answer is judged so often: those of a chapter as made-up learners hand them in, a
learner's in random order, learners in random order, each with another seed for what checks draw at random, by several
processes at once, and next to others that only use up the processor. Ends with 1 when any of them did not have all of
its points.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from grader.grading.course import Course
from grader.grading.verify.answer_file import written_answers
from grader.grading.verify.answers import Case, judge_learners, learners, own_answers
from grader.grading.verify.finding import Finding

BUSY = "while True: pass"


def right_cases(only: str = "") -> list[Case]:
    """Every solution and other right answer, or those of the exercises whose ids begin so."""
    course = Course.find(Path(__file__))
    return [
        Case(chapter, exercise, answer)
        for chapter in course.chapters
        for exercise in chapter.exercises
        if exercise.id.startswith(only)
        for answer in (*own_answers(chapter, exercise), *written_answers(chapter, exercise))
        if answer.kind in ("solution", "right")
    ]


def soak(
    cases: Sequence[Case], times: int, workers: int, seed: int = 0, on_judged: Callable[[Finding], None] = print
) -> Iterator[Finding]:
    """Judge all of them so often, in random order; gives those that did not have all of their points."""
    todo = list(_drawn(cases, times, random.Random(seed)))
    for (_, its_seed), findings in zip(todo, judge_learners(todo, workers), strict=True):
        for finding in [_marked(one, its_seed) for one in findings]:
            on_judged(finding)
            if not finding.holds:
                yield finding


def _drawn(cases: Sequence[Case], times: int, draw: random.Random) -> Iterator[tuple[list[Case], int]]:
    """Learners with their seeds, so many that each answer comes so often, all in random order."""
    found = [learner for _ in range(times) for learner in learners(draw.sample(cases, len(cases)))]
    draw.shuffle(found)
    yield from ((learner, draw.randrange(2**32)) for learner in found)


def _marked(finding: Finding, seed: int) -> Finding:
    problems = tuple(f"{problem} (seed {seed})" for problem in finding.problems)
    return Finding(finding.subject, finding.what, problems)


@contextlib.contextmanager
def load(processes: int) -> Iterator[None]:
    """Keep the processor busy."""
    busy = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(processes)]
    try:
        yield
    finally:
        for one in busy:
            one.kill()
            one.wait()


def main(arguments: list[str]) -> int:
    """Soak, and say what failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak answers", description=__doc__)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2 * (os.cpu_count() or 1))
    parser.add_argument("--load", type=int, default=0, help="processes that only use up the processor (default: none)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="exercises whose ids begin so")
    parser.add_argument("--sample", type=int, help="only so many of the answers, drawn by the seed")
    options = parser.parse_args(arguments)
    cases = right_cases(options.only)
    if options.sample:
        cases = random.Random(options.seed).sample(cases, min(options.sample, len(cases)))
    done, failed = 0, 0

    def count(finding: Finding) -> None:
        nonlocal done
        done += 1
        if done % 50 == 0:
            print(f"{done:,} of {len(cases) * options.times:,}", flush=True)

    with load(options.load):
        for finding in soak(cases, options.times, options.workers, options.seed, count):
            failed += 1
            print(f"✗ {finding.subject} {finding.what}: {'; '.join(finding.problems)}", flush=True)
    print(f"{len(cases)} right answers, {done:,} judgements, {failed} failures")
    return 1 if failed else 0
