"""What the zygote loads before anyone asks: boto3, and the service models that lessons use."""

from __future__ import annotations

import gc
import importlib
import sys

SERVICES = ("s3", "dynamodb", "sqs", "sns", "lambda", "sts", "ssm", "logs")


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
    import botocore.loaders
    import botocore.session

    loader = botocore.loaders.create_loader()
    session = botocore.session.Session()
    session.register_component("data_loader", loader)
    for service in SERVICES:
        _client(boto3.Session(botocore_session=session), service)
    _share(loader)
    gc.collect()
    gc.freeze()


def _client(session: object, service: str) -> None:
    session.client(  # type: ignore[attr-defined]
        service,
        region_name="us-east-1",
        endpoint_url="http://127.0.0.1:9",
        aws_access_key_id="warm",
        aws_secret_access_key="warm",
    )


def _share(loader: object) -> None:
    """Every later session gets this loader: its JSON is parsed already."""
    import botocore.loaders

    def create_loader(search_path_string: str | None = None) -> object:
        return loader

    botocore.loaders.create_loader = create_loader  # type: ignore[assignment]  # a loader all the same
