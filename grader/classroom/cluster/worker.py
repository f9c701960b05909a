"""The far end: what runs in a Dask worker. It judges nothing itself; student code runs two processes further on."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from grader.errors import CourseError
from grader.grading.client import AnswerZygote, answer_zygotes
from grader.grading.course import Course
from grader.grading.edition import Edition, differences, edition_of
from grader.grading.isolation import level_of
from grader.grading.request import AnswerRequest

FORGOTTEN_AFTER = 900.0


@dataclass(frozen=True)
class Demand:
    """What a run asks of each worker; sent with every answer, because a worker may have come a moment ago.

    Attributes
    ----------
    run
        The run's name; each run has warm processes of its own, which know the checks as they are now.
    editions
        By chapter: what judges on the teacher's machine, and so must judge here.
    isolation
        The least level of isolation.
    """

    run: str
    course: str
    hidden: bool
    editions: dict[str, Edition]
    isolation: int


@dataclass
class WarmProcesses:
    """The warm processes of one run on this worker, one for each of its threads."""

    level: int
    idle: queue.LifoQueue[AnswerZygote]
    editions: dict[str, list[str]] = field(default_factory=dict)
    used: float = field(default_factory=time.monotonic)

    def close(self) -> None:
        """End those that are idle."""
        while not self.idle.empty():
            self.idle.get().close()


_runs: dict[str, WarmProcesses] = {}
_lock = threading.Lock()


async def fitness(demand: Demand, dask_worker: Any = None) -> dict[str, Any]:
    """Get warm, and say how this worker stands to a run's demand: ``{"isolation", "unfit"}``."""
    return await asyncio.to_thread(_fitness, demand, dask_worker.state.nthreads)


def judge(demand: Demand, request: AnswerRequest) -> dict[str, Any]:
    """Have answers judged in a warm process: ``{"replies"}``, or ``{"unfit"}`` when this worker must not."""
    from distributed import get_worker

    worker = get_worker()
    processes = _warm(demand.run, worker.state.nthreads)
    if unfit := _unfit(demand, processes, [request.chapter]):
        return {"unfit": unfit, "worker": worker.address}
    processes.used = time.monotonic()
    zygote = processes.idle.get(timeout=FORGOTTEN_AFTER)  # there is one for each thread
    try:
        course = _course(demand.course)
        return {"replies": zygote.replies_to(replace(request, course=str(course.root)))}
    finally:
        processes.used = time.monotonic()
        processes.idle.put(zygote)


def finish(run: str) -> None:
    """End a run's warm processes."""
    with _lock:
        processes = _runs.pop(run, None)
    if processes is not None:
        processes.close()


def _fitness(demand: Demand, threads: int) -> dict[str, Any]:
    processes = _warm(demand.run, threads)
    return {"isolation": processes.level, "unfit": _unfit(demand, processes, list(demand.editions))}


def _warm(run: str, threads: int) -> WarmProcesses:
    """The run's warm processes, started by the first who asks."""
    with _lock:
        _forget_what_nobody_ended()
        if run not in _runs:
            zygotes = answer_zygotes(threads)
            level = level_of(zygotes[0])
            _runs[run] = WarmProcesses(level, queue.LifoQueue())
            for zygote in zygotes:
                _runs[run].idle.put(zygote)
        return _runs[run]


def _forget_what_nobody_ended() -> None:
    """The teacher's machine may have been switched off in the middle of a run."""
    for run, processes in list(_runs.items()):
        if time.monotonic() - processes.used > FORGOTTEN_AFTER:
            del _runs[run]
            processes.close()


def _unfit(demand: Demand, processes: WarmProcesses, chapters: list[str]) -> list[str]:
    """Why this worker must not judge; empty when it may."""
    weak = [f"isolation level {processes.level} only: an answer could read that machine's files"]
    for chapter in chapters:
        if chapter not in processes.editions:
            processes.editions[chapter] = _differences(demand, chapter)
    others = [line for chapter in chapters for line in processes.editions[chapter]]
    return list(dict.fromkeys([*(weak if processes.level < demand.isolation else ()), *others]))


def _differences(demand: Demand, chapter: str) -> list[str]:
    try:
        there = edition_of(_course(demand.course).chapter(chapter), demand.hidden)
    except CourseError as missing:
        return [missing.what]
    return differences(demand.editions[chapter], there)


def _course(named: str) -> Course:
    """The course at the same place as on the teacher's machine; else the one in which the worker was started."""
    here = Path(named)
    return Course.find(here if (here / "pyproject.toml").is_file() else None)
