"""Calls that clients make in the zygote, to nobody: forks find there what a call imports, compiles and looks up."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from typing import Any

CALLS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("s3", "get_object", {"Bucket": "warm", "Key": "up"}),
    ("s3", "put_object", {"Bucket": "warm", "Key": "up", "Body": b"up", "ContentType": "text/plain"}),
    ("s3", "list_objects_v2", {"Bucket": "warm"}),
    ("dynamodb", "get_item", {"TableName": "warm", "Key": {"id": {"S": "up"}}}),
    ("dynamodb", "put_item", {"TableName": "warm", "Item": {"id": {"S": "up"}}}),
    ("dynamodb", "update_item", {"TableName": "warm", "Key": {"id": {"S": "up"}}, "UpdateExpression": "ADD n :n"}),
    ("sqs", "send_message", {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/1/warm", "MessageBody": "up"}),
    ("sns", "publish", {"TopicArn": "arn:aws:sns:us-east-1:123456789012:warm", "Message": "up"}),
    ("lambda", "invoke", {"FunctionName": "warm", "Payload": b"{}"}),
    ("ssm", "get_parameter", {"Name": "warm"}),
    ("secretsmanager", "get_secret_value", {"SecretId": "warm"}),
)
HEAD = "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nContent-Length: {}\r\nx-amzn-RequestId: warm\r\n\r\n{}"
BODIES = {"application/json": "{}", "application/xml": "<a><PublishResult/></a>"}
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Line(socket.socket):
    """A connection to nobody: each request is answered as it is sent."""

    def __init__(self) -> None:
        ours, self._theirs = socket.socketpair()
        super().__init__(fileno=ours.detach())

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send, and let an empty answer come."""
        sent = bytes(data)
        kind = "application/json" if b"json" in sent else "application/xml"
        answer = HEAD.format(kind, len(BODIES[kind]), BODIES[kind]).encode()
        self._theirs.sendall(CONTINUE if b"100-continue" in sent else answer)

    def close(self) -> None:
        """Both ends."""
        self._theirs.close()
        super().close()


@contextlib.contextmanager
def lines() -> Iterator[None]:
    """Within, whatever urllib3 connects to is nobody."""
    from urllib3.util import connection

    real = connection.create_connection
    connection.create_connection = lambda *_, **__: Line()
    try:
        yield
    finally:
        connection.create_connection = real


def rehearse(client: Any) -> None:
    """Make the calls of its service; its connections are closed, its pools of them stay."""
    from botocore.exceptions import BotoCoreError, ClientError

    service = client.meta.service_model.service_name
    with lines():
        for operation, arguments in [(name, arguments) for owner, name, arguments in CALLS if owner == service]:
            with contextlib.suppress(BotoCoreError, ClientError):
                answer = getattr(client, operation)(**arguments)
                [body.read() for body in answer.values() if hasattr(body, "read")]
    pools = client._endpoint.http_session._manager.pools
    addresses = pools.keys()
    for address in addresses:
        hang_up(pools[address])


def hang_up(pool: Any) -> None:
    """Have a pool of connections as if it had not made one."""
    connection = pool.pool.get(block=False)
    if connection is not None:
        connection.close()
    pool.pool.put(None, block=False)
    pool.num_connections = pool.num_requests = 0
