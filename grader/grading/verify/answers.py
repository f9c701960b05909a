"""Every starter, solution, wrong and other right answer, judged as a class would be."""

from __future__ import annotations

import contextlib
import queue
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from grader.checks.exercise import Exercise
from grader.errors import CourseError
from grader.grading.client import AnswerJudge, AnswerZygote, Verdict, answer_zygotes
from grader.grading.course import Chapter
from grader.grading.report import CheckResult, ExerciseReport
from grader.grading.sources import solution_regions
from grader.grading.verify.answer_file import FEWEST_RIGHT, FEWEST_WRONG, WrittenAnswer, written_answers
from grader.grading.verify.finding import Finding

HINTS = 3


@dataclass(frozen=True)
class Case:
    """One answer and what must become of it."""

    chapter: Chapter
    exercise: Exercise
    answer: WrittenAnswer


def verify_answers(
    pairs: Iterable[tuple[Chapter, Exercise]], workers: int, on_judged: Callable[[int], None] = lambda waiting: None
) -> list[Finding]:
    """Judge all answers to the exercises with ``workers`` warm processes.

    ``on_judged`` hears how many answers still wait, before the first and after each learner.
    """
    findings: list[Finding] = []
    cases: list[Case] = []
    for chapter, exercise in pairs:
        try:
            findings.append(Finding(exercise.id, "hints", tuple(_hint_problems(chapter, exercise))))
            answers = written_answers(chapter, exercise)
            findings.append(Finding(exercise.id, "number of answers", tuple(_number_problems(answers))))
            cases += [Case(chapter, exercise, one) for one in (*own_answers(chapter, exercise), *answers)]
        except CourseError as problem:
            findings.append(Finding(exercise.id, "sources and answers", (str(problem),)))
    return findings + _judged(cases, workers, on_judged)


def judge_learner(cases: Sequence[Case], judge: AnswerJudge, seed: int = 0) -> list[Finding]:
    """Judge answers to different exercises of a chapter as one learner's, and say whether what must come came."""
    answers = [(case.exercise, case.answer.files) for case in cases]
    verdicts = judge.judge_all(cases[0].chapter, answers, hidden=True, seed=seed)
    return [_finding(*pair) for pair in zip(cases, verdicts, strict=True)]


def learners(cases: Iterable[Case]) -> list[list[Case]]:
    """The fewest learners who can have written them all: the second has the second answer to each exercise."""
    written: Counter[str] = Counter()
    found: dict[tuple[str, int], list[Case]] = {}
    for case in cases:
        found.setdefault((case.chapter.stem, written[case.exercise.id]), []).append(case)
        written[case.exercise.id] += 1
    return list(found.values())


def _finding(case: Case, verdict: Verdict) -> Finding:
    problems = {"starter": _starter_problems, "solution": _solution_problems, "wrong": _wrong_problems}.get(
        case.answer.kind, _right_problems
    )(case, verdict)
    name = f"{case.answer.kind}: {case.answer.name}" if case.answer.name else case.answer.kind
    return Finding(case.exercise.id, name, tuple(problems))


def judge_learners(everybody: Sequence[tuple[Sequence[Case], int]], workers: int) -> Iterator[list[Finding]]:
    """Judge learners, each with a seed, by so many warm processes side by side; gives their findings in this order."""
    zygotes: queue.SimpleQueue[AnswerZygote] = queue.SimpleQueue()

    def judge(learner: tuple[Sequence[Case], int]) -> list[Finding]:
        zygote = zygotes.get()
        try:
            return judge_learner(learner[0], zygote, learner[1])
        finally:
            zygotes.put(zygote)

    with contextlib.ExitStack() as ending, ThreadPoolExecutor(workers) as pool:
        for zygote in answer_zygotes(workers):
            ending.callback(zygote.close)
            zygotes.put(zygote)
        yield from pool.map(judge, everybody)


def _judged(cases: list[Case], workers: int, on_judged: Callable[[int], None]) -> list[Finding]:
    everybody = learners(cases)
    judged = judge_learners([(learner, 0) for learner in everybody], max(1, min(workers, len(everybody))))
    found: dict[int, Finding] = {}
    on_judged(len(cases))
    for learner, findings in zip(everybody, judged, strict=True):
        found |= {id(case): finding for case, finding in zip(learner, findings, strict=True)}
        on_judged(len(cases) - len(found))
    return [found[id(case)] for case in cases]


def own_answers(chapter: Chapter, exercise: Exercise) -> Iterator[WrittenAnswer]:
    """The starter and the solution, as answers."""
    sources = chapter.sources(exercise)
    for kind, files in (("starter", sources.starter), ("solution", sources.solution)):
        if missing := [name for name in exercise.files if name not in files]:
            raise CourseError(f"The solution folder has no {', '.join(missing)}.", f"{chapter.stem}/{exercise.slug}")
        yield WrittenAnswer(kind, "", {name: files[name].decode() for name in exercise.files})


def _starter_problems(case: Case, verdict: Verdict) -> Iterator[str]:
    report = verdict.report
    if report.outcome != "not_attempted" or report.score != 0:
        because = next((f": {check.because}" for check in report.checks if check.because), "")
        yield f"it should be not attempted with 0 points, and is {report.outcome} with {report.score}{because}"


def _solution_problems(case: Case, verdict: Verdict) -> Iterator[str]:
    yield from _right_problems(case, verdict)
    yield from (f"it warns: {warning}" for warning in verdict.warnings)


def _right_problems(case: Case, verdict: Verdict) -> Iterator[str]:
    for check in verdict.report.checks:
        if check.outcome in ("failed", "grader_error", "not_attempted"):
            yield _told(check)


def _wrong_problems(case: Case, verdict: Verdict) -> Iterator[str]:
    answer = case.answer
    named = _named(verdict.report, answer.fails)
    if named is None:
        yield f"there is no check {answer.fails!r}"
    elif named.outcome != "failed":
        yield f"{answer.fails} should fail, and is {named.outcome} {named.because}".strip()
    elif answer.message not in "\n".join((named.expected, named.found, named.hint)):
        yield f"the failure does not say {answer.message!r}: {_told(named)}"
    for check in verdict.report.checks:
        allowed = (answer.fails, *answer.also)
        if check.outcome == "grader_error" or (check.outcome == "failed" and check.name not in allowed):
            yield f"not listed: {_told(check)}"


def _named(report: ExerciseReport, name: str) -> CheckResult | None:
    return next((check for check in report.checks if check.name == name), None)


def _told(check: CheckResult) -> str:
    words = check.because or f"expected {check.expected}; found {check.found}; hint: {check.hint}"
    return f"{check.name} {check.outcome}: {words[:600]}"


def _number_problems(answers: list[WrittenAnswer]) -> Iterator[str]:
    for kind, fewest in (("wrong", FEWEST_WRONG), ("right", FEWEST_RIGHT)):
        there = sum(answer.kind == kind for answer in answers)
        if there < fewest:
            yield f"{there} {kind} answers; there should be at least {fewest}"
    names = [answer.name for answer in answers]
    yield from (f"two answers are named {name}" for name in sorted({name for name in names if names.count(name) > 1}))


def _hint_problems(chapter: Chapter, exercise: Exercise) -> Iterator[str]:
    if len(exercise.hints) != HINTS or not all(hint.strip() for hint in exercise.hints):
        yield f"{len(exercise.hints)} hints; there should be {HINTS}, none of them empty"
    solution = _solution_lines(chapter, exercise)
    for number, hint in enumerate(exercise.hints, start=1):
        if solution and all(line in hint for line in solution):
            yield f"hint {number} contains the solution"


def _solution_lines(chapter: Chapter, exercise: Exercise) -> list[str]:
    """The lines of all solution regions that say something."""
    folder = chapter.solution_folder(exercise)
    regions = (
        region
        for name in exercise.files
        for region in solution_regions((folder / name).read_text("utf-8"), f"{exercise.slug}/{name}")
    )
    return [line.strip() for region in regions for line in region.splitlines() if len(line.strip()) > 3]
