"""State files are read with care: no class from elsewhere, large contents apart, functions by their place."""

from __future__ import annotations

import io
import itertools
import os
import pickle
import threading
from functools import partial
from typing import Any

import pytest

from grader.cloud.cloudwatch.metrics import Metrics
from grader.cloud.events.outbox import Mail
from grader.cloud.state.pickles import Reader, Untrusted, Writer


def through(thing: Any, places: dict[str, Any] | None = None) -> Any:
    """The thing, written and read again."""
    known = places or {}
    stream = io.BytesIO()
    writer = Writer(stream, lambda one: next((name for name, place in known.items() if place is one), None))
    writer.dump(thing)
    return Reader(io.BytesIO(stream.getvalue()), known.__getitem__, writer.blobs).load()


def test_values_come_back() -> None:
    mail = Mail("a@example.com", "s", "t", "arn", 1.5)
    assert through({"mail": mail, "numbers": [1, 2.5, None], "set": {1}}) == {
        "mail": mail, "numbers": [1, 2.5, None], "set": {1},
    }  # fmt: skip


def test_large_bytes_lie_apart_and_once() -> None:
    stream = io.BytesIO()
    writer = Writer(stream, lambda one: None)
    large = b"x" * 100_000
    writer.dump([large, bytes(bytearray(large)), b"small"])

    assert (len(writer.blobs), len(stream.getvalue()) < 1000) == (1, True)
    assert Reader(io.BytesIO(stream.getvalue()), {}.__getitem__, writer.blobs).load() == [large, large, b"small"]


def test_what_is_there_already_stays_where_it_is() -> None:
    service = Metrics()
    first, second = through([service, {"same": service}], {"metrics": service})

    assert (first is service, second["same"] is service) == (True, True)


def test_locks_are_free_again_and_counters_go_on() -> None:
    lock = threading.Lock()
    lock.acquire()
    counter = itertools.count(5)
    next(counter)
    free, going_on, event = through([lock, counter, threading.Event()])

    assert (free.acquire(blocking=False), next(going_on), next(counter), event.is_set()) == (True, 6, 6, False)


@pytest.mark.parametrize(
    "attack",
    [
        b"cos\nsystem\n(S'true'\ntR.",
        b"cbuiltins\neval\n(S'1'\ntR.",
        b"csubprocess\nrun\n(S'true'\ntR.",
        b"cgrader.cloud.state.file\nos.system\n(S'true'\ntR.",
        b"cmoto.core.utils\nos\n.",
        pickle.dumps(partial(os.getenv, "HOME")),
    ],
)
def test_a_file_that_names_other_classes_is_refused(attack: bytes) -> None:
    with pytest.raises((Untrusted, pickle.UnpicklingError, AttributeError)):
        Reader(io.BytesIO(attack), {}.__getitem__, {}).load()


def test_no_double_underscore_is_called_later() -> None:
    stream = io.BytesIO()
    Writer(stream, lambda one: None).dump([].__class__.__subclasses__)
    with pytest.raises((ValueError, pickle.UnpicklingError)):
        Reader(io.BytesIO(stream.getvalue()), {}.__getitem__, {}).load()
