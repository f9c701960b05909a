"""What the zygote loads before anyone asks: boto3, and the service models that lessons use."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import sys
from collections.abc import Iterator
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
    seccomp,
    sharing,
)  # now: later this folder is out of reach

SERVICES = ("s3", "dynamodb", "sqs", "sns", "lambda", "sts", "ssm", "logs", "cloudformation")
RESOURCES = ("s3", "dynamodb", "sqs", "sns")
# Of each that is named, a client is made ready; a function that makes two of S3 has both.
READY = ("s3", "s3", "dynamodb", "sqs", "sns", "lambda", "ssm", "secretsmanager", "codedeploy")
CALLS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("s3", "get_object", {"Bucket": "warm", "Key": "up"}),
    ("s3", "put_object", {"Bucket": "warm", "Key": "up", "Body": b"", "ContentType": "text/plain"}),
    ("s3", "list_objects_v2", {"Bucket": "warm"}),
    ("dynamodb", "get_item", {"TableName": "warm", "Key": {"id": {"S": "up"}}}),
    ("dynamodb", "put_item", {"TableName": "warm", "Item": {"id": {"S": "up"}}}),
    ("dynamodb", "update_item", {"TableName": "warm", "Key": {"id": {"S": "up"}}, "UpdateExpression": "ADD n :n"}),
    ("sqs", "send_message", {"QueueUrl": "http://127.0.0.1:9/warm", "MessageBody": "up"}),
    ("sns", "publish", {"TopicArn": "arn:aws:sns:us-east-1:123456789012:warm", "Message": "up"}),
)
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
    settings["layout"] = layout.Layout()
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
        session.client(service, **NOBODY)  # type: ignore[call-overload]
    for service, operation, arguments in CALLS:
        call_nobody(session.client(service, **NOBODY), operation, arguments)  # type: ignore[call-overload]
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
            use(shelf.make_client(service))
        use(shelf.make_client("s3", Config(signature_version="s3v4")))
        use(shelf.make_resource("s3").meta.client)
        table = shelf.make_resource("dynamodb").Table("warm")
        use(table.meta.client)
    shelf.open()


def use(client: Any) -> None:
    """Make a client's calls without a connection: it then has what it makes when it is used first."""
    connections = client._endpoint.http_session
    connections.send = answer_at_once
    for service, operation, arguments in CALLS:
        if service == client.meta.service_model.service_name:
            with contextlib.suppress(Exception):
                getattr(client, operation)(**arguments)
    del connections.send


def call_nobody(client: Any, operation: str, arguments: dict[str, Any]) -> None:
    """Make a call to its end without a connection: what it imports, compiles and looks up is there for all forks."""
    client.meta.events.register_first("before-send", answer_at_once)
    with contextlib.suppress(Exception):  # an answer that says nothing may be none; all that matters is done by then
        getattr(client, operation)(**arguments)


def answer_at_once(request: Any, **_: Any) -> Any:
    """botocore's ``before-send``: an empty answer, as if a server had given it."""
    from botocore.awsrequest import AWSResponse
    from botocore.compat import HTTPHeaders

    return AWSResponse(request.url, 200, HTTPHeaders(), Silence())


class Silence:
    """The body of an empty answer."""

    def stream(self) -> Iterator[bytes]:
        """Nothing comes."""
        return iter(())

    def read(self, amount: int | None = None) -> bytes:
        """Nothing is read."""
        return b""
