"""The near end: a Dask scheduler to which answers are sent as values, and from which verdicts come back as values."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any

from grader.classroom.cluster import worker
from grader.classroom.cluster.worker import Demand
from grader.errors import CourseError
from grader.grading.client import AnswerJudge, Replies
from grader.grading.course import Chapter
from grader.grading.edition import edition_of
from grader.grading.isolation import ENOUGH
from grader.grading.request import AnswerRequest

if TYPE_CHECKING:
    from distributed import Client

LOCAL = "local"
RESUME = "What is graded is kept: go on with the same command and --resume."
NOBODY_SURVIVES = "Each worker that was given this answer was lost; look at the workers' logs."
CONNECT_SECONDS = 15.0
LOOK_SECONDS = 5.0
PATIENCE_SECONDS = 120.0  # a batch system may need a while for the next worker
NOISY = ("distributed", "distributed.client", "distributed.core", "tornado.application", "asyncio")
AHEAD = 2  # answers for each thread: one that is judged, one that waits for it


class Cluster(AnswerJudge):
    """Judges answers on the workers of a Dask scheduler; safe to use from several threads.

    A worker that is lost is no harm: Dask gives its answers to another one, and each answer's thread here takes
    exactly one result.
    """

    def __init__(self, client: Client, demand: Demand, isolation: int) -> None:
        self._client = client
        self._demand = demand
        self._isolation = isolation

    def isolation(self) -> int:
        """The lowest isolation level among the workers."""
        return self._isolation

    @property
    def workers(self) -> dict[str, int]:
        """The threads of each worker, by its address."""
        found: dict[str, int] = self._client.nthreads()
        return found

    @property
    def places(self) -> int:
        """How many answers are worth sending at once."""
        return AHEAD * sum(self.workers.values())

    def processes(self) -> dict[str, int]:
        """The process id of each worker, by its address: what a person ends who wants to see what happens then."""
        found: dict[str, int] = self._client.run(os.getpid)
        return found

    def replies_to(self, request: AnswerRequest) -> Replies:
        """Send a learner's answers and wait for what a worker says of them.

        Raises
        ------
        CourseError
            When the cluster is lost, or a worker that has come later must not judge.
        """
        from distributed.scheduler import KilledWorker

        future = self._client.submit(worker.judge, self._demand, request, pure=False)
        try:
            told = self._wait(future)
        except KilledWorker:  # whoever judges it dies: a grader error of these answers, nobody else's
            return {name: {"results": [], "died": 1, "words": NOBODY_SURVIVES} for name in request.answers}
        except CourseError:
            raise
        except Exception as problem:  # a full disk, a worker that came later and has no grader: not this answer's fault
            what = f"A worker failed: {type(problem).__name__}: {_first_line(problem)}"
            raise CourseError(what, None, f"Take it out, or mend it. {RESUME}") from None
        if "unfit" in told:
            raise _refused({told["worker"]: told["unfit"]}, RESUME)
        replies: Replies = told["replies"]
        return replies

    def close(self) -> None:
        """End the run's warm processes on the workers."""
        with contextlib.suppress(Exception):  # whoever is lost has none
            self._client.run(worker.finish, self._demand.run, on_error="ignore")

    def _wait(self, future: Any) -> Any:
        seen = time.monotonic()
        while True:
            try:
                return future.result(timeout=LOOK_SECONDS)
            except (CancelledError, OSError) as problem:  # a time-out, too, is an OSError
                if future.status == "error":  # it is not the line that is broken, but what runs at its end
                    raise
                if not isinstance(problem, TimeoutError):
                    raise _lost(problem) from None
            if self._has_workers():
                seen = time.monotonic()
            elif time.monotonic() - seen > PATIENCE_SECONDS:
                what = f"The cluster has had no worker for {PATIENCE_SECONDS:.0f} seconds."
                raise CourseError(what, self._client.scheduler.addr, RESUME)

    def _has_workers(self) -> bool:
        try:
            return bool(self.workers)
        except Exception as lost:  # whatever it is, nobody answers
            raise _lost(lost) from None


@contextlib.contextmanager
def open_cluster(
    address: str, chapters: Sequence[Chapter], *, hidden: bool = False, allow_weak_isolation: bool = False
) -> Iterator[Cluster]:
    """Reach a scheduler, get its workers warm, and compare them with this machine.

    Parameters
    ----------
    address
        ``tcp://host:8786``, ``tls://host:8786``, or ``local``, ``local:4`` for workers on this machine.
    chapters
        What will be judged: each worker must have the same of it.

    Raises
    ------
    CourseError
        When nobody is there, or when a worker is not the same as this machine, or not safe.
    """
    try:
        import distributed
    except ImportError:
        raise CourseError("Dask is not installed.", None, "Install the teacher's packages: make class") from None
    with contextlib.ExitStack() as ending:
        ending.enter_context(_quiet())
        where = ending.enter_context(_local_cluster(distributed, address)) if _is_local(address) else address
        client = ending.enter_context(_connected(distributed, where))
        editions = {chapter.stem: edition_of(chapter, hidden) for chapter in chapters}
        course = str(chapters[0].course.root) if chapters else ""
        least = 0 if allow_weak_isolation else ENOUGH
        demand = Demand(uuid.uuid4().hex, course, hidden, editions, least)
        cluster = Cluster(client, demand, _least_isolation(client, demand))
        ending.callback(cluster.close)
        yield cluster


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Dask says at length what is said here in a sentence."""
    before = {name: logging.getLogger(name).level for name in NOISY}
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


def _is_local(address: str) -> bool:
    return address.partition(":")[0] == LOCAL


def _local_cluster(distributed: Any, address: str) -> Any:
    """Workers on this machine: one thread each, so that one that is lost takes little with it."""
    number = address.partition(":")[2]
    if number and not (number.isdecimal() and int(number) > 0):
        raise CourseError(f"{address} is no cluster.", None, "Write local, or how many workers: local:4")
    with _deaf_to_interrupts():
        return distributed.LocalCluster(
            n_workers=int(number) if number else None, threads_per_worker=1, dashboard_address=":0",
            silence_logs=logging.CRITICAL,
        )  # fmt: skip


@contextlib.contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Processes that are started meanwhile do not hear Ctrl-C: this one does, and ends them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def _connected(distributed: Any, where: Any) -> Iterator[Client]:
    name = where if isinstance(where, str) else where.scheduler_address
    try:
        asyncio.run(_knock(distributed, name))  # a client that reaches nobody leaves a thread behind
        client = distributed.Client(where, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as problem:
        next_step = "Start one with: dask scheduler. Its address is in its first lines. Or: --cluster local"
        what = f"No Dask scheduler answers: {_first_line(problem)}"
        raise CourseError(what, name, next_step) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except TimeoutError:
            next_step = f"Start some, in the course's folder and with its Python: dask worker {name}"
            raise CourseError("The Dask scheduler has no workers.", name, next_step) from None
        yield client


async def _knock(distributed: Any, address: str) -> None:
    arguments = distributed.Security().get_connection_args("client")
    line = await distributed.comm.connect(address, timeout=CONNECT_SECONDS, **arguments)
    await line.close()


def _least_isolation(client: Client, demand: Demand) -> int:
    """Ask every worker how it stands to the demand; the lowest level of isolation."""
    found: dict[str, Any] = client.run(worker.fitness, demand, on_error="return")
    unfit = {address: _why(told) for address, told in found.items()}
    if refused := {address: why for address, why in unfit.items() if why}:
        raise _refused(refused)
    level: int = min(told["isolation"] for told in found.values())
    return level


def _why(told: Any) -> list[str]:
    if isinstance(told, BaseException):
        return [f"{type(told).__name__}: {told}"]
    why: list[str] = told["unfit"]
    return why


def _refused(unfit: dict[str, list[str]], then: str = "") -> CourseError:
    lines = [f"{address}: {'; '.join(why)}" for address, why in sorted(unfit.items())]
    is_weak = any("isolation" in line for line in lines)
    next_step = (
        "grader doctor on that machine says why. Take it out, or accept it: --allow-weak-isolation"
        if is_weak
        else "Bring the same course and packages to every machine (git pull, make class), and start its workers again."
    )
    what = "A worker must not judge for this machine." if len(unfit) == 1 else f"{len(unfit)} workers must not judge."
    return CourseError(what, " | ".join(lines), f"{next_step} {then}".strip())


def _lost(problem: BaseException) -> CourseError:
    return CourseError(f"The connection to the cluster is lost: {_first_line(problem)}", None, RESUME)


def _first_line(problem: BaseException) -> str:
    return (str(problem) or type(problem).__name__).splitlines()[0]
