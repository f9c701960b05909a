"""What every new cloud has from the start: its services. State is kept as *their* contents, by their place."""

from __future__ import annotations

import random
import threading
import types
from collections import deque
from collections.abc import Iterator
from dataclasses import is_dataclass
from typing import Any

Place = tuple[Any, ...]
CONTAINERS = (dict, list, set, deque)
_WIRING = (
    types.FunctionType, types.MethodType, types.BuiltinFunctionType, types.ModuleType, type, random.Random,
    type(threading.Lock()), type(threading.RLock()), threading.Thread, threading.local, threading.Condition,
    threading.Event,
)  # fmt: skip


class Fixtures:
    """The services of a new cloud by their place in it (``("cloud", "functions", "queue")``).

    Parameters
    ----------
    cloud
        One in which nothing has happened yet.
    """

    def __init__(self, cloud: Any) -> None:
        self.services: dict[Place, Any] = {}
        self._attributes: dict[Place, tuple[str, ...]] = {}
        self._places: dict[int, Place] = {}
        waiting = deque([(("cloud",), cloud)])
        while waiting:  # breadth first, so that each gets its shortest name
            waiting.extend(self._note(*waiting.popleft()))

    def place_of(self, thing: Any) -> Place | None:
        """The place of a service; None for everything else."""
        return self._places.get(id(thing))

    def contents(self, place: Place) -> Iterator[tuple[str, Any]]:
        """The attributes of a service that are state: those it had from the start, and that hold no wiring."""
        service = self.services[place]
        for name in self._attributes[place]:
            yield name, getattr(service, name, None)

    def _note(self, place: Place, thing: Any) -> Iterator[tuple[Place, Any]]:
        """Note a service; returns what is inside."""
        if isinstance(thing, dict):
            yield from (((*place, key), item) for key, item in thing.items())
        elif isinstance(thing, list | tuple):
            yield from (((*place, number), item) for number, item in enumerate(thing))
        elif _is_value(thing):
            yield from (((*place, name), value) for name, value in vars(thing).items())
        elif _is_service(thing) and id(thing) not in self._places:
            self.services[place] = thing  # holding it also keeps its id from being given to another
            self._places[id(thing)] = place
            self._attributes[place] = tuple(name for name, value in vars(thing).items() if not _is_wiring(value))
            yield from (((*place, name), value) for name, value in vars(thing).items())


def _is_wiring(value: Any) -> bool:
    """Whether a value of a new cloud is what holds it together: a function, a lock, a service, or a table of such."""
    if isinstance(value, dict):
        return any(map(_is_wiring, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_is_wiring, value))
    if _is_value(value):
        return any(map(_is_wiring, vars(value).values()))
    return isinstance(value, _WIRING) or _is_service(value)


def _is_service(thing: Any) -> bool:
    """Whether it is a living part of the cloud."""
    own = type(thing).__module__.startswith("grader.cloud") and not isinstance(thing, type)
    return own and hasattr(thing, "__dict__") and not _is_value(thing)


def _is_value(thing: Any) -> bool:
    """Whether it is a frozen dataclass: others hold it, it is no place that holds."""
    return (
        is_dataclass(thing) and not isinstance(thing, type) and bool(vars(type(thing))["__dataclass_params__"].frozen)
    )
