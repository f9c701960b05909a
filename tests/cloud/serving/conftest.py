"""A served cloud, and clients of it as another program would make them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import botocore.session
import pytest

from grader.cloud.iam.identity import DEVELOPER_KEY, DEVELOPER_SECRET
from grader.cloud.serving import ServedCloud
from grader.cloud.session import CURRENT

PATIENCE_SECONDS = 60.0


@pytest.fixture
def lines() -> list[str]:
    """What the person at the terminal has read."""
    return []


@pytest.fixture
def served(lines: list[str]) -> Iterator[ServedCloud]:
    with ServedCloud(report=lines.append) as served:
        yield served
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith(("deliverer", "door"))] == []


def outside_client(address: str, service: str, secret: str = DEVELOPER_SECRET) -> Any:
    """boto3 as it is in other programs: over the network, past the way that leads this process's own to its cloud."""
    session = botocore.session.Session()
    session.unregister("before-send", CURRENT.answer)
    keys = {"aws_access_key_id": DEVELOPER_KEY, "aws_secret_access_key": secret, "region_name": "us-east-1"}
    return boto3.Session(botocore_session=session, **keys).client(service, endpoint_url=address)  # type: ignore[call-overload]


def until(true: Callable[[], Any]) -> Any:
    """What ``true`` gives once it gives something; real time passes meanwhile."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not (found := true()):
        assert time.monotonic() < end, "It did not happen."
        time.sleep(0.02)
    return found
