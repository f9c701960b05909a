"""A cloud's contents at one moment, taken and put into another cloud."""

from __future__ import annotations

import io
import pickle
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from moto.core.base_backend import BaseBackend

from grader.cloud.cloud import Cloud
from grader.cloud.state import backends
from grader.cloud.state.fixtures import CONTAINERS, Fixtures, Place
from grader.cloud.state.pickles import Reader, Writer

ATTEMPTS = 5
# Services whose contents belong to this process: living environments, unpacked code, what threads are doing, the
# endpoint's clients, and the chances that identifiers are drawn from (they must not repeat).
NOT_KEPT = (
    ("cloud", "ids"),
    ("cloud", "moto", "lock"),
    ("cloud", "traces"),
    ("cloud", "functions", "pool"),
    ("cloud", "functions", "code"),
    ("cloud", "functions", "cold_start"),
    ("cloud", "functions", "_causes"),
    ("cloud", "functions", "hooks"),
    ("cloud", "events", "_hooks"),
    ("cloud", "events", "bridge_hooks"),
    ("cloud", "stacks", "operations"),
    ("cloud", "_runs"),
    ("cloud", "workflows", "queries"),
    ("cloud", "http"),
    ("cloud", "door", "injections"),
)
NOT_KEPT_ATTRIBUTES = {("cloud",): {"_stops"}, ("cloud", "clock"): {"_now"}}


class NotKeepable(Exception):
    """Something in the account cannot be written to a file."""


@dataclass(frozen=True)
class Snapshot:
    """Contents of a cloud.

    Attributes
    ----------
    content
        A pickle.
    blobs
        Objects of S3, code packages and the like by their SHA-256.
    """

    content: bytes
    blobs: Mapping[str, bytes]


class Snapshots:
    """Takes snapshots of a cloud, and puts one back.

    Parameters
    ----------
    cloud
        A new one: what it has now is what every new cloud has.
    """

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._fixtures = Fixtures(cloud)

    def take(self) -> Snapshot:
        """The contents now. Other threads may go on; moto stands still meanwhile."""
        for attempt in range(ATTEMPTS):
            try:
                with self._cloud.moto.lock:
                    return self._take()
            except RuntimeError as changed:  # a dictionary changed size while it was written
                if attempt == ATTEMPTS - 1 or "changed" not in str(changed):
                    raise
        raise AssertionError("unreachable")

    def put(self, snapshot: Snapshot) -> None:
        """Fill the cloud with the contents of a snapshot."""
        reader = Reader(io.BytesIO(snapshot.content), self._at_place, snapshot.blobs)
        with self._cloud.moto.lock:
            for place, contents in reader.load().items():
                owner = self._at_place(place)
                for name, value in contents.items():
                    _put_into(owner, name, value)
        for place, service in self._fixtures.services.items():
            if _is_kept(place) and hasattr(service, "resume"):
                service.resume()

    def _take(self) -> Snapshot:
        stream = io.BytesIO()
        containers = {id(value): (*place, name) for place, name, value in self._parts() if _is_container(value)}
        writer = Writer(stream, lambda thing: containers.get(id(thing)) or self._place_of(thing))
        contents: dict[Place, dict[str, Any]] = defaultdict(dict)
        for place, name, value in self._parts():
            first = _is_container(value) and containers[id(value)] == (*place, name)
            contents[place][name] = _copied(value) if first else value
        try:
            writer.dump(dict(contents))
        except (TypeError, AttributeError, pickle.PicklingError) as refused:
            raise NotKeepable(self._culprit(writer, contents) or str(refused)) from refused
        return Snapshot(stream.getvalue(), writer.blobs)

    def _culprit(self, like: Writer, contents: Mapping[Place, Mapping[str, Any]]) -> str:
        """Which attribute cannot be kept, and why: for the maintainer who reads the report."""
        for place, attributes in contents.items():
            for name, value in attributes.items():
                try:
                    Writer(io.BytesIO(), like.place_of).dump(value)
                except Exception as refused:
                    return f"{'.'.join(map(str, place))}.{name}: {refused}"
        return ""

    def _parts(self) -> Iterator[tuple[Place, str, Any]]:
        """Every attribute that is state, with its owner's place."""
        for place in self._fixtures.services:
            if _is_kept(place):
                for name, value in self._fixtures.contents(place):
                    if name not in NOT_KEPT_ATTRIBUTES.get(place, ()):
                        yield place, name, value
        for place, backend in backends.backends_in_use():
            for name, value in vars(backend).items():
                yield place, name, value

    def _place_of(self, thing: Any) -> Place | None:
        return self._fixtures.place_of(thing) or backends.place_of(thing)

    def _at_place(self, place: Place) -> Any:
        if place in self._fixtures.services:
            return self._fixtures.services[place]
        if place[0] == "moto" and len(place) <= 5:
            return backends.at_place(place)
        return getattr(self._at_place(place[:-1]), place[-1])


@dataclass(frozen=True)
class Contents:
    """What a container held; it goes into the container that is there."""

    items: Any


def _is_kept(place: Place) -> bool:
    return not any(place[: len(left_out)] == left_out for left_out in NOT_KEPT)


def _is_container(value: Any) -> bool:
    return isinstance(value, CONTAINERS) and not isinstance(value, BaseBackend)


def _copied(container: Any) -> Contents:
    return Contents(dict(dict.items(container)) if isinstance(container, dict) else list(container))


def _put_into(owner: Any, name: str, value: Any) -> None:
    if not isinstance(value, Contents):
        setattr(owner, name, value)
        return
    there = getattr(owner, name, None)
    if isinstance(there, dict):
        there.clear()
        there.update(value.items)
    elif isinstance(there, list | deque):
        there.clear()
        there.extend(value.items)
    elif isinstance(there, set):
        there.clear()
        there.update(value.items)
    else:
        setattr(owner, name, value.items)
