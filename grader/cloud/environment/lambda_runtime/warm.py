"""What the zygote loads before anyone asks: boto3, and the service models that lessons use."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from typing import Any

from . import (
    addresses,
    default_session,
    endpoint,
    kernel,
    layout,
    limits,
    memory,
    mounts,
    ready_clients,
    ready_packages,
    rehearsal,
    seccomp,
    sharing,
)  # now: later this folder is out of reach

SERVICES = ("s3", "dynamodb", "sqs", "sns", "lambda", "sts", "ssm", "logs", "cloudformation")
RESOURCES = ("s3", "dynamodb", "sqs", "sns")
# Of each that is named, a client is made ready; a function that makes two of S3 has both.
READY = ("s3", "s3", "dynamodb", "sqs", "sns", "lambda", "ssm", "secretsmanager", "codedeploy")
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
    if settings["warm"]:
        use_boto3_once()
    if settings["level"] == 3:
        ready_packages.import_ready(settings["ready"])
    settings["layout"] = layout.Layout()
    if settings["warm"]:
        make_clients_ready()
    settings["layout"].forget([name for name in sys.modules if name.split(".")[0] == __package__])
    if sys.platform == "linux":
        kernel.drop_bounding()  # of no use to this process, and its forks need not do it
    if settings["level"] == 3:
        seccomp.compiled()
    root = mounts.OLD if settings["level"] == 3 else ""
    memory.settle(root)
    settings["baseline"] = limits.address_space(root)
    gc.enable()


def use_boto3_once() -> None:
    """Import boto3 and make clients."""
    import boto3

    "".encode("idna")  # the first connection asks for the codec, which takes a while to import
    endpoint.install()
    addresses.install()
    sharing.share()
    session = boto3.Session()
    for service in SERVICES:
        rehearsal.rehearse(session.client(service, **NOBODY))  # type: ignore[call-overload]
    for service in RESOURCES:
        session.resource(service, **NOBODY)  # type: ignore[call-overload]


def make_clients_ready() -> None:
    """Make what functions will ask for; after virtual time has come, as the locks of a client are part of it."""
    import boto3
    from botocore.config import Config

    memory.fill_gaps()
    os.environ["AWS_EXECUTION_ENV"] = "AWS_Lambda_python"  # part of the user agent of the session made now
    boto3.setup_default_session()
    session = default_session.DefaultSession(boto3.DEFAULT_SESSION)
    shelf = ready_clients.Shelf(session)
    with session:
        for service in READY:
            rehearsal.rehearse(shelf.make_client(service))
        rehearsal.rehearse(shelf.make_client("s3", Config(signature_version="s3v4")))
        rehearsal.rehearse(shelf.make_resource("s3").meta.client)
        table = shelf.make_resource("dynamodb").Table("warm")
        rehearsal.rehearse(table.meta.client)
    shelf.open()
