"""How things that pickle refuses are kept: locks anew, counters by their number, keys in their own format."""

from __future__ import annotations

import itertools
import threading
import types
import weakref
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from grader.cloud.clock import Clock
from grader.cloud.state.closures import describe, is_importable, rebuild
from grader.cloud.traces import Gate, Trace

Reduced = tuple[Callable[..., Any], tuple[Any, ...]]
_LOCK, _RLOCK = type(threading.Lock()), type(threading.RLock())


def reduced(thing: Any) -> Reduced | None:
    """What rebuilds a thing, and from what; None when pickle knows by itself."""
    by_type = _BY_TYPE.get(type(thing))
    if by_type is not None:
        return by_type(thing)
    if isinstance(thing, dict) and type(thing).items is not dict.items:
        return whole_dictionary, (type(thing), list(dict.items(thing)), vars(thing))
    if hasattr(thing, "private_bytes"):  # the classes of keys are the cryptography package's own affair
        return load_key, (thing.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),)
    return None


def load_key(content: bytes) -> Any:
    """A private key."""
    return load_der_private_key(content, None)


def whole_dictionary(kind: type[dict[Any, Any]], items: list[tuple[Any, Any]], attributes: dict[str, Any]) -> Any:
    """A dictionary whose own ``items`` hides something: S3's keys show their latest version only."""
    made = kind.__new__(kind)
    for key, value in items:
        dict.__setitem__(made, key, value)
    vars(made).update(attributes)
    return made


def new_lock() -> Any:
    """A lock that nobody holds: who held it is gone."""
    return threading.Lock()


def new_rlock() -> Any:
    """A lock that nobody holds and that may be taken again."""
    return threading.RLock()


def new_condition() -> threading.Condition:
    """A condition that nobody waits for: who waited is gone."""
    return threading.Condition()


def new_event(is_set: bool) -> threading.Event:
    """An event that has happened, or not."""
    event = threading.Event()
    if is_set:
        event.set()
    return event


def new_local() -> threading.local:
    """What each thread will know for itself, and none does yet."""
    return threading.local()


def bound(owner: Any, name: str) -> Any:
    """An object's method."""
    if name.startswith("__"):
        raise ValueError(f"{name} is no method to be called later.")
    return getattr(owner, name)


def resumed_trace(id: str, kind: str, title: str, clock: Clock, started: float, gates: list[Gate]) -> Trace:
    """A trace that goes on without what set it off."""
    return Trace(id, kind, title, clock, started, list(gates))


def weak_values(items: dict[Any, Any]) -> Any:
    """A dictionary that does not keep its values."""
    return weakref.WeakValueDictionary(items)


def _function(function: types.FunctionType) -> Reduced | None:
    return None if is_importable(function) else (rebuild, describe(function))


def _count(counter: Any) -> Reduced:
    # Python 3.14 no longer pickles counters; their text says where they stand
    return itertools.count, (int(repr(counter).removeprefix("count(").rstrip(")").split(",")[0]),)


def _trace(trace: Trace) -> Reduced:
    return resumed_trace, (trace.id, trace.kind, trace.title, trace.clock, trace.started, trace.gates)


_BY_TYPE: dict[type, Callable[[Any], Reduced | None]] = {
    types.FunctionType: _function,
    types.MethodType: lambda method: (bound, (method.__self__, method.__name__)),
    types.MappingProxyType: lambda proxy: (types.MappingProxyType, (dict(proxy),)),
    weakref.WeakValueDictionary: lambda values: (weak_values, (dict(values),)),
    _LOCK: lambda lock: (new_lock, ()),
    _RLOCK: lambda lock: (new_rlock, ()),
    threading.Condition: lambda condition: (new_condition, ()),
    threading.Event: lambda event: (new_event, (event.is_set(),)),
    threading.local: lambda local: (new_local, ()),
    itertools.count: _count,
    Trace: _trace,
}
