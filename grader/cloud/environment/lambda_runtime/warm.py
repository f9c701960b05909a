"""What the zygote loads before anyone asks: boto3, and the service models that lessons use."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from typing import Any

from . import addresses, endpoint, limits, memory, mounts, seccomp, sharing  # now: later this folder is out of reach

SERVICES = ("s3", "dynamodb", "sqs", "sns", "lambda", "sts", "ssm", "logs", "cloudformation")
RESOURCES = ("s3", "dynamodb", "sqs", "sns")
NOBODY = {
    "region_name": "us-east-1",
    "endpoint_url": "http://127.0.0.1:9",
    "aws_access_key_id": "warm",
    "aws_secret_access_key": "warm",
}


def import_time_machine(folder: str) -> None:
    """Import the package that patches the clock, and no pytest beside it."""
    sys.path.append(folder)
    sys.modules["pytest"] = None  # type: ignore[assignment]  # makes its ``import pytest`` fail
    importlib.import_module("time_machine")
    del sys.modules["pytest"]
    sys.path.pop()


def warm(settings: dict[str, Any]) -> None:
    """Have everything in memory that a forked child will need, and note in ``settings`` how much memory that is."""
    gc.disable()
    sys.path[:] = settings["path"]
    use_boto3_once()
    settings["modules"] = [name for name in sys.modules if name.split(".")[0] == __package__]
    if settings["level"] == 3:
        seccomp.compiled()
    root = mounts.OLD if settings["level"] == 3 else ""
    memory.settle(root)
    settings["baseline"] = limits.address_space(root)
    gc.enable()


def use_boto3_once() -> None:
    """Import boto3 and make clients."""
    import boto3

    endpoint.install()
    addresses.install()
    sharing.share()
    session = boto3.Session()
    for service in SERVICES:
        session.client(service, **NOBODY)  # type: ignore[call-overload]
    for service in RESOURCES:
        session.resource(service, **NOBODY)  # type: ignore[call-overload]
    os.environ["AWS_EXECUTION_ENV"] = "AWS_Lambda_python"  # part of the user agent of the session made now
    boto3.setup_default_session()
