"""What the zygote loads before anyone asks: boto3, and the service models that lessons use."""

from __future__ import annotations

import functools
import gc
import importlib
import sys

from . import endpoint  # now: later this folder is out of reach

SERVICES = ("s3", "dynamodb", "sqs", "sns", "lambda", "sts", "ssm", "logs")
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


def warm() -> None:
    """Import boto3 and make clients once, so that a forked child finds everything in memory."""
    import boto3

    endpoint.install()
    _share_loader()
    session = boto3.Session()
    for service in SERVICES:
        session.client(service, **NOBODY)  # type: ignore[call-overload]
    for service in RESOURCES:
        session.resource(service, **NOBODY)  # type: ignore[call-overload]
    gc.collect()
    gc.freeze()


def _share_loader() -> None:
    """Every session gets the same loader, whose JSON is parsed already; signatures are inspected once."""
    import botocore.hooks
    import botocore.loaders
    import botocore.session

    loader = botocore.loaders.create_loader()
    botocore.session.create_loader = lambda search_path_string=None: loader
    botocore.hooks.accepts_kwargs = functools.lru_cache(maxsize=None)(botocore.hooks.accepts_kwargs)
