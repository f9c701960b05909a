"""What holds for every test: no network beyond this machine, no real credentials, a private home."""

from __future__ import annotations

import gc
import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.cloud.session import CURRENT
from grader.garbage import look_seldom

# From the longest: with a process for each core, what begins last should be short.
LONG = ("test_course_verifies_itself", "test_right_answers", "test_notebooks_run", "test_sam_projects", "test_nbgrader")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Journeys first, the longest before the others."""
    items.sort(key=lambda item: (_place_of(item.path.stem), "journeys" not in item.path.parts))


def pytest_collection_finish() -> None:
    """What is there when the tests begin stays: to look through it for garbage again and again takes its time."""
    gc.collect()
    gc.freeze()
    look_seldom()


def _place_of(stem: str) -> int:
    return LONG.index(stem) if stem in LONG else len(LONG)


class NetworkBlocked(RuntimeError):
    """A test reached for an address outside this machine."""


def _is_local(address: object) -> bool:
    if not isinstance(address, tuple):  # Unix sockets
        return True
    host = str(address[0])
    if host in ("localhost", ""):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Refuse every connection that leaves this machine."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def refuse_remote(real):  # type: ignore[no-untyped-def]
        def guarded(self: socket.socket, address: object) -> object:
            if not _is_local(address):
                raise NetworkBlocked(f"A test tried to reach {address!r}; the course must work without a network.")
            return real(self, address)

        return guarded

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse_remote(connect))
        patch.setattr(socket.socket, "connect_ex", refuse_remote(connect_ex))
        yield


@pytest.fixture(autouse=True, scope="session")
def private_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep the tests away from the developer's own AWS and Jupyter settings."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_") and name != "AWS_CA_BUNDLE"]:
            patch.delenv(name)
        patch.setenv("HOME", str(home))
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv("SAM_CLI_TELEMETRY", "0")
        yield home


@pytest.fixture(autouse=True, scope="module")
def no_cloud_of_another_module() -> Iterator[None]:
    """An account left open would lend its clock and its keys to every client that later tests make."""
    CURRENT.close()
    yield


@pytest.fixture(scope="module")
def hasty_gradebook() -> Iterator[None]:
    """nbgrader's database in this process does not wait for the disk a thousand times: no power fails here."""
    from sqlalchemy import Engine, event

    def hurry(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA synchronous = OFF")

    event.listen(Engine, "connect", hurry)
    yield
    event.remove(Engine, "connect", hurry)
