"""One soak from the empty account to the last process that ends, and what must be true of it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from grader.cloud import Cloud
from grader.cloud.environment import shared_zygote
from grader.cloud.environment.lambda_runtime.nursery import MOST_ROOMS
from tests.soak.application import write_application, write_many
from tests.soak.census import Census
from tests.soak.traffic import Traffic

ROUND = 500
# From when on memory is compared: logs, traces and caches are filling until then, up to their bounds.
FULL = 0.6
# A request, beyond that: what an account keeps, as on AWS (an object for each upload, a figure for each minute of each
# metric); a third of what one forgotten trace would leave behind.
GROWTH_KB = 1.0
PATIENCE_S = 30.0


class Soak:
    """A soak.

    Parameters
    ----------
    folder
        Takes the application.

    Attributes
    ----------
    censuses
        One after each round.
    idle
        What there is before the account and after it: the environments' zygote with as many rooms as it ever keeps for
        those who come later, and no more.
    """

    def __init__(self, folder: Path, requests: int, *, clients: int = 4, seed: int = 0) -> None:
        self._folder, self._template, self._requests = folder, write_application(folder), requests
        self._clients, self._seed = clients, seed
        self.counts: Counter[tuple[str, str]] = Counter()
        self.censuses: list[Census] = []
        self.idle: tuple[Census, Census] | None = None
        self._wrong: list[str] = []

    def run(self) -> Iterator[int]:
        """Soak; gives the number of requests that are done after each round."""
        shared_zygote()  # it stays when the account goes, and keeps rooms
        fill_rooms(self._folder)
        before = settled()
        with Cloud(seed=self._seed) as cloud:
            traffic = Traffic(cloud, cloud.deploy(self._template), clients=self._clients, seed=self._seed)
            self.counts = traffic.counts
            for done in range(0, self._requests, ROUND):
                number = min(ROUND, self._requests - done)
                traffic.round(number)
                self.censuses.append(Census.take())
                yield done + number
            traffic.finish()
            self._wrong = traffic.book.wrong()
        self.idle = before, settled(before)

    def problems(self) -> list[str]:
        """Everything that is not as it must be."""
        return [*self._wrong[:20], *self._left_over(), *self._grown()]

    def _left_over(self) -> Iterator[str]:
        assert self.idle is not None
        before, after = self.idle
        for what in ("processes", "descriptors", "threads"):
            there, now = getattr(before, what), getattr(after, what)
            if now > there:
                yield f"{now - there} {what} are left over: {there} before, {now} after"

    def _grown(self) -> Iterator[str]:
        """Memory, over the last part of the run."""
        first = int(len(self.censuses) * FULL)
        later = self.censuses[first:]
        requests = (len(later) - 1) * ROUND
        if requests < 20_000:  # too few to tell growth from noise
            return
        growth = 1000 * (later[-1].memory_mb - later[0].memory_mb) / requests
        if growth > GROWTH_KB:
            yield f"memory grows by {growth:.2f} KB a request: {later[0]}, then {later[-1]}"


def fill_rooms(folder: Path) -> None:
    """Have more environments at once, and end them, than the zygote keeps rooms of."""
    with Cloud() as cloud:
        cloud.deploy(write_many(folder, MOST_ROOMS + 2))
        for number in range(MOST_ROOMS + 2):
            cloud.invoke(f"Work{number}", {"mode": "ok", "id": "0"})


def settled(wanted: Census | None = None) -> Census:
    """What there is when what is ending has ended and what is getting ready is ready."""
    deadline = time.monotonic() + PATIENCE_S
    last, same = Census.take(), 0
    while time.monotonic() < deadline and same < 5:
        time.sleep(0.1)  # other processes decide
        now = Census.take()
        is_same = (now.processes, now.descriptors, now.threads) == (last.processes, last.descriptors, last.threads)
        fits = wanted is None or now.processes <= wanted.processes
        same = same + 1 if is_same and fits else 0
        last = now
    return last
