"""Saves an account when something has changed, at most once a second, and once more at the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from grader.cloud.cloud import Cloud
from grader.cloud.state.file import StateFile, explained
from grader.cloud.state.snapshot import Snapshots

EVERY_SECONDS = 1.0
# Half a deployment is not worth saving; one that takes long, a canary for example, is.
LONGEST_WAIT_SECONDS = 30.0


class Keeper:
    """Keeps a cloud in a file.

    Parameters
    ----------
    cloud
        A new cloud; ``restore`` fills it.
    file
        Where it is kept; closed with the keeper.
    report
        Told when a save fails. The account goes on, and the next save is tried.
    """

    def __init__(self, cloud: Cloud, file: StateFile, report: Callable[[str], None]) -> None:
        self._cloud, self._file, self._report = cloud, file, report
        self._snapshots = Snapshots(cloud)
        self._changed, self._ended = threading.Event(), threading.Event()
        self._told = ""
        self._thread = threading.Thread(target=self._work, name="keeper", daemon=True)

    def restore(self) -> bool:
        """Fill the cloud with what is in the file; False when that is nothing.

        Raises
        ------
        StateError
            When the file does not fit this version of the pocket AWS.
        """
        snapshot = self._file.load()
        if snapshot is None:
            return False
        try:
            self._snapshots.put(snapshot)
        except Exception as fault:  # whatever an old or damaged pickle does
            self._file.close()
            raise explained(self._file.path, fault) from fault
        return True

    def start(self) -> None:
        """Begin to save."""
        self._thread.start()

    def note_change(self) -> None:
        """Something may have changed: save soon."""
        self._changed.set()

    def close(self) -> None:
        """Save what is unsaved, and let go of the file."""
        self._ended.set()
        self._changed.set()
        if self._thread.is_alive():
            self._thread.join()
        self._save()
        self._file.close()

    def _work(self) -> None:
        while not self._ended.is_set():
            self._changed.wait()
            self._wait_for_stacks()
            self._changed.clear()
            if not self._ended.is_set():
                self._save()
            self._ended.wait(EVERY_SECONDS)

    def _wait_for_stacks(self) -> None:
        end = time.monotonic() + LONGEST_WAIT_SECONDS
        while any(stack.lock.locked() for stack in self._cloud.stacks) and time.monotonic() < end:
            if self._ended.wait(EVERY_SECONDS / 10):
                return

    def _save(self) -> None:
        try:
            self._file.save(self._snapshots.take())
            self._told = ""
        except Exception as fault:  # a full disk, or a thing that cannot be kept: say so, and go on
            words = f"The state could not be saved: {type(fault).__name__}: {fault}"
            if words != self._told:
                self._report(words)
            self._told = words
