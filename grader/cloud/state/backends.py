"""moto's part of an account: one backend for each service and Region that was used."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from moto.core.base_backend import AccountSpecificBackend, BackendDict, BaseBackend

Place = tuple[Any, ...]


def backends_in_use() -> Iterator[tuple[Place, BaseBackend]]:
    """Every backend by its place: the module of its class, service, account, Region."""
    for service in BackendDict._instances:
        module = str(service.backend.__module__)
        for account, region, backend in service.iter_backends():
            yield ("moto", module, service.service_name, account, region), backend


def place_of(thing: Any) -> Place | None:
    """The place of a backend, or of what leads to backends."""
    if isinstance(thing, BaseBackend):
        return next((place for place, backend in backends_in_use() if backend is thing), None)
    if isinstance(thing, BackendDict):
        return ("moto", thing.backend.__module__, thing.service_name)
    if isinstance(thing, AccountSpecificBackend):
        return ("moto", thing.backend.__module__, thing.service_name, thing.account_id)
    return None


def at_place(place: Place) -> Any:
    """What is at a place; a backend that is not there yet is made."""
    _, module, service, *path = place
    import_module(module)
    found: Any = next(
        one
        for one in vars(sys.modules[module]).values()
        if isinstance(one, BackendDict) and one.service_name == service and one.backend.__module__ == module
    )
    for step in path:
        found = found[step]
    return found
