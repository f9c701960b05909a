"""Invoke and the EventInvokeConfig operations, as boto3 sees them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError


def test_a_synchronous_invocation_answers_200(account: Any) -> None:
    account.function("f", lambda event, _: {"got": event})
    answer = account.client("lambda").invoke(FunctionName="f", Payload=b'{"n": 1}', LogType="Tail")
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    assert (answer["StatusCode"], answer["ExecutedVersion"], "FunctionError" in answer) == (200, "$LATEST", False)
    assert json.loads(answer["Payload"].read()) == {"got": {"n": 1}}
    tail = base64.b64decode(answer["LogResult"]).decode().splitlines()
    assert tail[0] == f"START RequestId: {headers['x-amzn-requestid']} Version: $LATEST"
    assert tail[-1].startswith("REPORT RequestId: ")


def test_a_failing_function_answers_200_and_says_unhandled(account: Any) -> None:
    account.function("f", lambda event, _: 1 / 0)
    answer = account.client("lambda").invoke(FunctionName="f")
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert json.loads(answer["Payload"].read()) == {
        "errorMessage": "division by zero",
        "errorType": "ZeroDivisionError",
    }


def test_an_event_answers_202_and_runs_later(account: Any) -> None:
    account.function("f")
    answer = account.client("lambda").invoke(FunctionName="f", InvocationType="Event", Payload=b'{"n": 1}')
    assert (answer["StatusCode"], answer["Payload"].read(), account.calls) == (202, b"", [])
    account.cloud.run_until_idle()
    assert account.called("f") == [{"n": 1}]
    assert account.calls[0][2] == answer["ResponseMetadata"]["RequestId"]


def test_a_dry_run_answers_204_and_runs_nothing(account: Any) -> None:
    account.function("f")
    answer = account.client("lambda").invoke(FunctionName="f", InvocationType="DryRun")
    assert (answer["StatusCode"], account.calls) == (204, [])


@pytest.mark.parametrize(
    ("arguments", "code", "status"),
    [
        ({"FunctionName": "gone"}, "ResourceNotFoundException", 404),
        ({"FunctionName": "f", "Payload": b"{no json"}, "InvalidRequestContentException", 400),
        ({"FunctionName": "f", "Payload": b"NaN"}, "InvalidRequestContentException", 400),
        ({"FunctionName": "f", "Payload": b'"' + b"x" * 6 * 2**20 + b'"'}, "RequestTooLargeException", 413),
        (
            {"FunctionName": "f", "Payload": b'"' + b"x" * 2**20 + b'"', "InvocationType": "Event"},
            "RequestTooLargeException",
            413,
        ),
    ],
)
def test_refusals_are_awss(account: Any, arguments: dict[str, Any], code: str, status: int) -> None:
    account.function("f")
    with pytest.raises(ClientError) as refused:
        account.client("lambda").invoke(**arguments)
    answer = refused.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
    assert account.calls == []


def test_throttling_answers_429(account: Any) -> None:
    account.function("f")
    client = account.cloud.session.client("lambda", config=Config(retries={"max_attempts": 0}))
    client.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    with pytest.raises(ClientError) as refused:
        client.invoke(FunctionName="f")
    answer = refused.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == ("TooManyRequestsException", 429)


def test_event_invoke_configs_are_kept_for_each_qualifier(account: Any) -> None:
    account.function("f")
    client = account.client("lambda")
    client.publish_version(FunctionName="f")
    client.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    queue = "arn:aws:sqs:us-east-1:123456789012:q"
    client.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=0)
    client.put_function_event_invoke_config(
        FunctionName="f", Qualifier="live", DestinationConfig={"OnFailure": {"Destination": queue}}
    )
    client.update_function_event_invoke_config(FunctionName="f", Qualifier="live", MaximumEventAgeInSeconds=60)
    found = client.get_function_event_invoke_config(FunctionName="f", Qualifier="live")
    del found["ResponseMetadata"], found["LastModified"]
    assert found == {
        "FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:f:live",
        "MaximumEventAgeInSeconds": 60,
        "DestinationConfig": {"OnSuccess": {}, "OnFailure": {"Destination": queue}},
    }
    listed = client.list_function_event_invoke_configs(FunctionName="f")["FunctionEventInvokeConfigs"]
    assert [one["FunctionArn"].split(":")[-1] for one in listed] == ["$LATEST", "live"]
    client.delete_function_event_invoke_config(FunctionName="f")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_function_event_invoke_config(FunctionName="f")
