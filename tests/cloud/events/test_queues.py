"""Queues that functions are fed from."""

from __future__ import annotations

import json
from typing import Any

import pytest

from grader.cloud.events.queue_records import failed_items

ACTIONS = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]


def connect(
    account: Any, handler: Any = None, *, actions: list[str] = ACTIONS, queue: dict[str, str] | None = None, **more: Any
) -> str:
    arn = account.queue("q", **(queue or {}))
    account.function("f", handler, {"Effect": "Allow", "Action": actions, "Resource": arn})
    made: str = account.client("lambda").create_event_source_mapping(FunctionName="f", EventSourceArn=arn, **more)[
        "UUID"
    ]
    return made


def bodies(account: Any) -> list[list[str]]:
    return [[record["body"] for record in event["Records"]] for event in account.called("f")]


def left(account: Any) -> int:
    url = account.client("sqs").get_queue_url(QueueName="q")["QueueUrl"]
    names = [
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
    ]
    found = account.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(found[name]) for name in names)


def test_a_record_is_awss_whole(account: Any) -> None:
    connect(account)
    sent = account.send("q", "hello", MessageAttributes={"n": {"DataType": "Number", "StringValue": "1"}})
    account.cloud.run_until_idle()
    (record,) = account.called("f")[0]["Records"]
    assert record.pop("receiptHandle") and record.pop("md5OfMessageAttributes")
    assert record == {
        "messageId": sent,
        "body": "hello",
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1793610000000",
            "SenderId": record["attributes"]["SenderId"],
            "ApproximateFirstReceiveTimestamp": "1793610000000",
        },
        "messageAttributes": {
            "n": {"stringListValues": [], "binaryListValues": [], "dataType": "Number", "stringValue": "1"}
        },
        "md5OfBody": "5d41402abc4b2a76b9719d911017c592",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:q",
        "awsRegion": "us-east-1",
    }
    assert left(account) == 0


def test_messages_come_in_batches(account: Any) -> None:
    connect(account, BatchSize=2)
    for n in range(5):
        account.send("q", str(n))
    account.cloud.run_until_idle()
    assert bodies(account) == [["0", "1"], ["2", "3"], ["4"]]
    assert left(account) == 0


def test_a_failed_batch_comes_back_and_ends_in_the_dead_letter_queue(account: Any) -> None:
    dead = account.queue("dead")
    redrive = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 3})
    connect(account, lambda event, _: 1 / 0, queue={"VisibilityTimeout": "60", "RedrivePolicy": redrive})
    account.send("q", "poison")
    account.clock.advance(minutes=10)
    assert account.moments("f") == [0, 60, 120]
    assert [message["Body"] for message in account.received("dead")] == ["poison"]
    assert left(account) == 0


def test_only_the_named_items_come_back(account: Any) -> None:
    def handler(event: Any, _: Any) -> Any:
        bad = [record["messageId"] for record in event["Records"] if record["body"] == "bad"]
        return {"batchItemFailures": [{"itemIdentifier": one} for one in bad]}

    connect(account, handler, FunctionResponseTypes=["ReportBatchItemFailures"])
    for body in ("good", "bad", "fine"):
        account.send("q", body)
    account.clock.advance(seconds=30)
    assert bodies(account) == [["good", "bad", "fine"], ["bad"]]


def test_without_response_types_the_report_is_not_read(account: Any) -> None:
    connect(account, lambda event, _: {"batchItemFailures": [{"itemIdentifier": event["Records"][0]["messageId"]}]})
    account.send("q", "once")
    account.clock.advance(minutes=5)
    assert bodies(account) == [["once"]]


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        (None, set()),
        ({}, set()),
        ({"batchItemFailures": []}, set()),
        ({"batchItemFailures": None}, set()),
        ({"batchItemFailures": [{"itemIdentifier": "a"}]}, {"a"}),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, None),
        ({"batchItemFailures": [{"itemIdentifier": None}]}, None),
        ({"batchItemFailures": [{"itemIdentifier": "stranger"}]}, None),
        ({"batchItemFailures": [{"id": "a"}]}, None),
        ({"batchItemFailures": ["a"]}, None),
        ({"batchItemFailures": "a"}, None),
        ([1], None),
    ],
)
def test_a_malformed_report_fails_the_whole_batch(answer: Any, failed: set[str] | None) -> None:
    assert failed_items(answer, {"a", "b"}) == failed


def test_the_batching_window_waits_for_company(account: Any) -> None:
    connect(account, BatchSize=3, MaximumBatchingWindowInSeconds=20)
    account.send("q", "a")
    account.clock.advance(seconds=10)
    account.send("q", "b")
    account.clock.advance(seconds=9)
    assert bodies(account) == []
    account.clock.advance(seconds=1)
    assert bodies(account) == [["a", "b"]]
    for body in "cde":
        account.send("q", body)
    account.cloud.run_until_idle()
    assert bodies(account)[1:] == [["c", "d", "e"]]


def test_a_delayed_message_is_polled_when_it_appears(account: Any) -> None:
    connect(account)
    account.send("q", "later", DelaySeconds=45)
    account.cloud.run_until_idle()
    account.clock.advance(minutes=2)
    assert account.moments("f") == [45]


def test_maximum_concurrency_holds_batches_back(account: Any) -> None:
    connect(account, BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})
    account.slept["f"] = 10
    for n in range(5):
        account.send("q", str(n))
    account.clock.advance(minutes=1)
    assert account.moments("f") == [0, 0, 10, 10, 20]


def test_a_role_that_may_not_poll_gets_nothing(account: Any) -> None:
    connect(account, actions=["sqs:ReceiveMessage"])
    account.send("q", "stays")
    account.clock.advance(minutes=5)
    assert (account.calls, left(account)) == ([], 1)
    traces = [trace for trace in account.cloud.traces.recent() if trace.kind == "queue"]
    assert [trace.first_broken.detail for trace in traces] == [
        "The role of f may not sqs:DeleteMessage on arn:aws:sqs:us-east-1:123456789012:q."
    ]


def test_a_throttled_batch_comes_back_after_the_visibility_timeout(account: Any) -> None:
    connect(account)
    client = account.client("lambda")
    client.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    account.send("q", "again")
    account.cloud.run_until_idle()
    assert (account.calls, left(account)) == ([], 1)
    client.delete_function_concurrency(FunctionName="f")
    account.clock.advance(seconds=30)
    assert account.called("f")[0]["Records"][0]["attributes"]["ApproximateReceiveCount"] == "2"


def test_a_disabled_mapping_does_not_poll(account: Any) -> None:
    uuid = connect(account)
    account.client("lambda").update_event_source_mapping(UUID=uuid, Enabled=False)
    account.send("q", "stays")
    account.cloud.run_until_idle()
    assert (account.calls, left(account)) == ([], 1)


def test_a_loop_through_a_queue_is_stopped(account: Any) -> None:
    def again(event: Any, environment: Any) -> None:
        with account.as_function(environment), account.cloud.moto.lock:
            account.cloud.moto.backend("sqs").send_message("q", "again")

    connect(account, again)
    account.send("q", "first")
    account.cloud.run_until_idle()
    assert len(account.calls) == 16
