"""Queues that functions are fed from."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

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
    connect(account)
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sqs:ReceiveMessage", "Resource": "*"}],
    }
    account.client("iam").put_role_policy(RoleName="f-role", PolicyName="p", PolicyDocument=json.dumps(policy))
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


def test_a_role_that_may_not_poll_is_refused_when_the_mapping_is_made(account: Any) -> None:
    with pytest.raises(ClientError, match="does not have permissions to call DeleteMessage on SQS"):
        connect(account, actions=["sqs:ReceiveMessage"])


FILTER = {"Filters": [{"Pattern": json.dumps({"body": {"kind": ["order"], "total": [{"numeric": [">", 10]}]}})}]}


def test_messages_that_the_filter_does_not_let_pass_are_deleted(account: Any) -> None:
    connect(account, FilterCriteria=FILTER)
    for body in ('{"kind": "order", "total": 11}', '{"kind": "order", "total": 9}', "no JSON", '{"kind": "note"}'):
        account.send("q", body)
    account.cloud.run_until_idle()
    assert bodies(account) == [['{"kind": "order", "total": 11}']]
    assert left(account) == 0


def test_a_plain_body_is_matched_as_text(account: Any) -> None:
    connect(account, FilterCriteria={"Filters": [{"Pattern": json.dumps({"body": [{"prefix": "go"}]})}]})
    for body in ("go left", "stop"):
        account.send("q", body)
    account.cloud.run_until_idle()
    assert bodies(account) == [["go left"]]


def connect_fifo(account: Any, handler: Any = None, **more: Any) -> str:
    arn = account.queue("q.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    account.function("f", handler, {"Effect": "Allow", "Action": ACTIONS, "Resource": arn})
    made: str = account.client("lambda").create_event_source_mapping(FunctionName="f", EventSourceArn=arn, **more)[
        "UUID"
    ]
    return made


def test_a_message_group_waits_for_its_turn(account: Any) -> None:
    connect_fifo(account, BatchSize=1)
    account.slept["f"] = 2.0
    for body, group in (("a1", "a"), ("a2", "a"), ("b1", "b")):
        account.send("q.fifo", body, MessageGroupId=group)
    account.cloud.run_until_idle()
    assert sorted(bodies(account)) == [["a1"], ["b1"]]
    account.clock.advance(2)
    assert bodies(account)[-1] == ["a2"]
    assert account.moments("f") == [0.0, 0.0, 2.0]


def test_a_failed_message_of_a_group_holds_up_the_rest(account: Any) -> None:
    failures = iter([True, False, False])
    connect_fifo(account, lambda event, _: 1 / 0 if next(failures) else None, BatchSize=1)
    for body in ("1", "2"):
        account.send("q.fifo", body, MessageGroupId="g")
    account.cloud.run_until_idle()
    account.clock.advance(minutes=1)
    assert bodies(account) == [["1"], ["1"], ["2"]]
    (first, again, _) = [event["Records"][0]["attributes"] for event in account.called("f")]
    assert (first["ApproximateReceiveCount"], again["ApproximateReceiveCount"]) == ("1", "2")
    assert (first["MessageGroupId"], bool(first["SequenceNumber"])) == ("g", True)


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        ({"BatchSize": 10_001}, "InvalidParameterValueException", "BatchSize must be between 1 and 10000"),
        ({"BatchSize": 11}, "InvalidParameterValueException", "batch window in seconds must be greater than 0"),
        ({"ScalingConfig": {"MaximumConcurrency": 1001}}, "InvalidParameterValueException", "between 2 and 1000"),
        ({"MaximumRetryAttempts": 2}, "InvalidParameterValueException", "Unsupported MaximumRetryAttempts parameter"),
        ({"StartingPosition": "LATEST"}, "InvalidParameterValueException", "Unsupported StartingPosition parameter"),
        (
            {"FilterCriteria": {"Filters": [{"Pattern": '{"body": "x"}'}]}},
            "InvalidParameterValueException",
            "Invalid filter pattern definition",
        ),
        (
            {"ProvisionedPollerConfig": {"MinimumPollers": 1}},
            "NotSupported",
            "AWS::Lambda::EventSourceMapping.ProvisionedPollerConfig",
        ),
        (
            {"EventSourceArn": "arn:aws:kinesis:us-east-1:123456789012:stream/s", "StartingPosition": "LATEST"},
            "NotSupported",
            "an event source mapping of arn:aws:kinesis",
        ),
        (
            {"EventSourceArn": "arn:aws:sqs:us-east-1:123456789012:absent"},
            "InvalidParameterValueException",
            "NonExistentQueue",
        ),
        ({"FunctionName": "absent"}, "ResourceNotFoundException", "Function not found"),
    ],
)
def test_a_wrong_mapping_is_refused_when_it_is_made(account: Any, given: dict[str, Any], code: str, words: str) -> None:
    arn = account.queue("q")
    account.function("f", None, {"Effect": "Allow", "Action": ACTIONS, "Resource": arn})
    with pytest.raises(ClientError) as refused:
        account.client("lambda").create_event_source_mapping(**{"FunctionName": "f", "EventSourceArn": arn, **given})
    error = refused.value.response["Error"]
    assert (error["Code"], words in error["Message"]) == (code, True)


def test_a_function_may_not_outlast_the_queue_s_visibility_timeout(account: Any) -> None:
    arn = account.queue("q", VisibilityTimeout="10")
    account.function("f", None, {"Effect": "Allow", "Action": ACTIONS, "Resource": arn}, Timeout=11)
    with pytest.raises(ClientError, match="visibility timeout: 10 seconds is less than Function timeout: 11 seconds"):
        account.client("lambda").create_event_source_mapping(FunctionName="f", EventSourceArn=arn)


def test_a_mapping_is_told_changed_listed_and_removed(account: Any) -> None:
    identifier = connect(account, BatchSize=5, ScalingConfig={"MaximumConcurrency": 2})
    client = account.client("lambda")
    told = client.get_event_source_mapping(UUID=identifier)
    del told["ResponseMetadata"], told["LastModified"]
    function = "arn:aws:lambda:us-east-1:123456789012:function:f"
    assert told == {
        "UUID": identifier,
        "EventSourceArn": "arn:aws:sqs:us-east-1:123456789012:q",
        "EventSourceMappingArn": f"arn:aws:lambda:us-east-1:123456789012:event-source-mapping:{identifier}",
        "FunctionArn": function,
        "LastProcessingResult": "No records processed",
        "State": "Enabled",
        "StateTransitionReason": "USER_INITIATED",
        "BatchSize": 5,
        "MaximumBatchingWindowInSeconds": 0,
        "FunctionResponseTypes": [],
        "ScalingConfig": {"MaximumConcurrency": 2},
    }
    assert client.update_event_source_mapping(UUID=identifier, BatchSize=7, Enabled=False)["State"] == "Updating"
    (listed,) = client.list_event_source_mappings(FunctionName="f")["EventSourceMappings"]
    assert (listed["BatchSize"], listed["State"]) == (7, "Disabled")
    assert client.list_event_source_mappings(FunctionName="other")["EventSourceMappings"] == []
    with pytest.raises(ClientError, match=f"already exists.* with UUID {identifier}"):
        client.create_event_source_mapping(FunctionName="f", EventSourceArn=told["EventSourceArn"])
    assert client.delete_event_source_mapping(UUID=identifier)["State"] == "Deleting"
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_event_source_mapping(UUID=identifier)
