"""What moto knows but would never do anything, and what it does not know, is refused by name."""

from __future__ import annotations

from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from grader.cloud import Cloud

QUEUE, ROLE = "arn:aws:sqs:us-east-1:123456789012:jobs", "arn:aws:iam::123456789012:role/piping"


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("kinesis", "CreateStream", {"StreamName": "clicks", "ShardCount": 1}),
        ("pipes", "CreatePipe", {"Name": "from-here", "Source": QUEUE, "Target": QUEUE, "RoleArn": ROLE}),
        ("cognito-identity", "CreateIdentityPool", {"IdentityPoolName": "us", "AllowUnauthenticatedIdentities": False}),
        ("cognito-idp", "CreateUserPool", {"PoolName": "us"}),
    ],
)
def test_a_service_that_would_do_nothing_is_refused_by_name(
    service: str, operation: str, parameters: dict[str, Any]
) -> None:
    with Cloud() as cloud:
        client = cloud.client(service)
        with pytest.raises(ClientError) as refused:
            getattr(client, xform_name(operation))(**parameters)

    told = refused.value.response["Error"]
    assert (told["Code"], f"does not imitate {service}:{operation}." in told["Message"]) == ("NotSupported", True)


def test_a_connection_of_a_websocket_is_refused() -> None:
    with Cloud() as cloud, pytest.raises(ClientError, match="does not imitate the service execute-api"):
        cloud.client("apigatewaymanagementapi").post_to_connection(ConnectionId="abc", Data=b"hello")
