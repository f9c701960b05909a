"""DynamoDB streams that functions are fed from."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from grader.cloud import Cloud

READ = ["dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream"]
LIST = {"Effect": "Allow", "Action": "dynamodb:ListStreams", "Resource": "*"}


def table(account: Any, view: str = "NEW_AND_OLD_IMAGES") -> str:
    """A table with a stream; the stream's ARN."""
    arn: str = account.client("dynamodb").create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": view},
    )["TableDescription"]["LatestStreamArn"]
    return arn


def connect(account: Any, handler: Any = None, *allow: dict[str, Any], **more: Any) -> str:
    arn = more.pop("arn", None) or table(account)
    account.function("f", handler, {"Effect": "Allow", "Action": READ, "Resource": arn}, LIST, *allow)
    more = {"StartingPosition": "TRIM_HORIZON", **more}
    made: str = account.client("lambda").create_event_source_mapping(FunctionName="f", EventSourceArn=arn, **more)[
        "UUID"
    ]
    return made


def put(account: Any, *ids: str, n: int = 1) -> None:
    for one in ids:
        account.client("dynamodb").put_item(TableName="t", Item={"id": {"S": one}, "n": {"N": str(n)}})


def keys(account: Any) -> list[list[str]]:
    return [[one["dynamodb"]["Keys"]["id"]["S"] for one in event["Records"]] for event in account.called("f")]


def failing(*poison: str) -> Any:
    """A handler that fails with batches that hold one of these keys."""

    def handler(event: Any, environment: Any) -> None:
        for record in event["Records"]:
            if record["dynamodb"]["Keys"]["id"]["S"] in poison:
                raise ValueError("poison")

    return handler


def test_a_record_is_awss_whole(account: Any) -> None:
    arn = table(account)
    connect(account, arn=arn)
    put(account, "a")
    put(account, "a", n=22)
    put(account, "a", n=22)  # changes nothing
    account.client("dynamodb").delete_item(TableName="t", Key={"id": {"S": "a"}})
    account.cloud.run_until_idle()
    (event,) = account.called("f")
    inserted, modified, removed = event["Records"]
    assert [len(record.pop("eventID")) for record in event["Records"]] == [32, 32, 32]
    first, second = inserted["dynamodb"].pop("SequenceNumber"), modified["dynamodb"].pop("SequenceNumber")
    assert int(second) == int(first) + 1
    about = {
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "eventSourceARN": arn,
    }
    assert inserted == {
        **about,
        "eventName": "INSERT",
        "dynamodb": {
            "ApproximateCreationDateTime": 1793610000,
            "Keys": {"id": {"S": "a"}},
            "NewImage": {"id": {"S": "a"}, "n": {"N": "1"}},
            "SizeBytes": 9,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
    }
    assert (modified["eventName"], modified["dynamodb"]["OldImage"], modified["dynamodb"]["NewImage"]) == (
        "MODIFY",
        {"id": {"S": "a"}, "n": {"N": "1"}},
        {"id": {"S": "a"}, "n": {"N": "22"}},
    )
    assert (removed["eventName"], "NewImage" in removed["dynamodb"]) == ("REMOVE", False)


def test_the_view_type_says_what_is_in_a_record(account: Any) -> None:
    connect(account, arn=table(account, "KEYS_ONLY"))
    put(account, "a")
    account.cloud.run_until_idle()
    assert set(account.called("f")[0]["Records"][0]["dynamodb"]) & {"Keys", "NewImage", "OldImage"} == {"Keys"}


@pytest.mark.parametrize(("position", "seen"), [("TRIM_HORIZON", [["old", "new"]]), ("LATEST", [["new"]])])
def test_a_mapping_starts_with_the_oldest_or_the_next_record(account: Any, position: str, seen: Any) -> None:
    arn = table(account)
    put(account, "old")
    connect(account, arn=arn, StartingPosition=position)
    put(account, "new")
    account.cloud.run_until_idle()
    assert keys(account) == seen


def test_records_come_in_order_in_batches(account: Any) -> None:
    connect(account, BatchSize=2)
    put(account, *"abcde")
    account.cloud.run_until_idle()
    assert keys(account) == [["a", "b"], ["c", "d"], ["e"]]


def test_the_batching_window_waits_for_company(account: Any) -> None:
    connect(account, MaximumBatchingWindowInSeconds=20)
    put(account, "a")
    account.clock.advance(15)
    put(account, "b")
    account.cloud.run_until_idle()
    assert account.calls == []
    account.clock.advance(5)
    assert keys(account) == [["a", "b"]]


def test_a_busy_function_gets_the_next_batch_when_it_is_done(account: Any) -> None:
    connect(account, BatchSize=1)
    account.slept["f"] = 3.0
    put(account, *"abc")
    account.clock.advance(10)
    assert account.moments("f") == [0.0, 3.0, 6.0]


def test_filter_criteria_leave_records_out(account: Any) -> None:
    pattern = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"id": {"S": [{"prefix": "order-"}]}}}}
    connect(account, FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]})
    put(account, "order-1", "note-1", "order-2")
    put(account, "order-1", n=2)
    account.cloud.run_until_idle()
    assert keys(account) == [["order-1", "order-2"]]


def test_a_failing_batch_holds_up_the_stream_until_its_records_expire(account: Any) -> None:
    identifier = connect(account, failing("bad"))
    put(account, "bad")
    account.clock.advance(minutes=5)
    assert {tuple(batch) for batch in keys(account)} == {("bad",)}
    assert account.moments("f")[:5] == [0.0, 1.0, 3.0, 7.0, 15.0]
    told = account.client("lambda").get_event_source_mapping(UUID=identifier)
    assert told["LastProcessingResult"] == "PROBLEM: Function call failed"
    put(account, "good")
    account.clock.advance(hours=23, minutes=54)
    assert keys(account)[-1] == ["bad"]
    account.clock.advance(minutes=3)
    assert keys(account)[-1] == ["good"]


def test_retries_are_counted_and_the_rest_goes_on(account: Any) -> None:
    connect(account, failing("bad"), MaximumRetryAttempts=2)
    put(account, "bad")
    account.cloud.run_until_idle()
    put(account, "good")
    account.clock.advance(minutes=5)
    assert keys(account) == [["bad"], ["bad"], ["bad"], ["good"]]


def test_a_batch_is_given_up_when_it_is_too_old(account: Any) -> None:
    connect(account, failing("bad"), MaximumRecordAgeInSeconds=60)
    put(account, "bad")
    account.clock.advance(minutes=10)
    assert max(account.moments("f")) <= 60


def test_bisecting_finds_the_poisoned_record(account: Any) -> None:
    connect(account, failing("c"), BisectBatchOnFunctionError=True, MaximumRetryAttempts=0)
    put(account, *"abcd")
    account.clock.advance(minutes=1)
    assert keys(account) == [["a", "b", "c", "d"], ["a", "b"], ["c", "d"], ["c"], ["d"]]


def report(*failed: str) -> Any:
    def handler(event: Any, environment: Any) -> Any:
        records = [one["dynamodb"] for one in event["Records"]]
        named = [one["SequenceNumber"] for one in records if one["Keys"]["id"]["S"] in failed]
        return {"batchItemFailures": [{"itemIdentifier": one} for one in named]}

    return handler


def test_a_partial_failure_is_taken_up_at_the_failed_record(account: Any) -> None:
    connect(account, report("b"), FunctionResponseTypes=["ReportBatchItemFailures"], MaximumRetryAttempts=1)
    put(account, *"abc")
    account.clock.advance(minutes=1)
    assert keys(account) == [["a", "b", "c"], ["b", "c"]]


@pytest.mark.parametrize(
    "answer",
    [{"batchItemFailures": [{"itemIdentifier": "1"}]}, {"batchItemFailures": [{}]}, {"batchItemFailures": "x"}],
    ids=["unknown", "missing", "no list"],
)
def test_a_malformed_report_fails_the_whole_batch(account: Any, answer: Any) -> None:
    types = ["ReportBatchItemFailures"]
    connect(account, lambda event, _: answer, FunctionResponseTypes=types, MaximumRetryAttempts=1)
    put(account, *"ab")
    account.clock.advance(minutes=1)
    assert keys(account) == [["a", "b"], ["a", "b"]]


@pytest.mark.parametrize("answer", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}])
def test_an_empty_report_is_a_success(account: Any, answer: Any) -> None:
    connect(account, lambda event, _: answer, FunctionResponseTypes=["ReportBatchItemFailures"])
    put(account, *"ab")
    account.clock.advance(minutes=1)
    assert keys(account) == [["a", "b"]]


def test_several_lanes_keep_the_order_of_each_key(account: Any) -> None:
    connect(account, failing("bad"), ParallelizationFactor=10, BatchSize=1)
    put(account, "bad")
    for n in range(3):
        put(account, *(f"key-{one}" for one in range(8)), n=n)
    account.clock.advance(minutes=1)
    seen: dict[str, list[str]] = {}
    for event in account.called("f"):
        for record in event["Records"]:
            change = record["dynamodb"]
            seen.setdefault(change["Keys"]["id"]["S"], []).append(change["NewImage"]["n"]["N"])
    passed = {key: numbers for key, numbers in seen.items() if key != "bad"}
    assert len(passed) >= 5  # not all of them share the lane of the poisoned key
    assert all(numbers == ["0", "1", "2"] for numbers in passed.values())


def test_what_is_given_up_is_told_to_the_destination(account: Any) -> None:
    queue = account.queue("dead")
    send = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue}
    arn = table(account)
    connect(
        account,
        failing("b"),
        send,
        arn=arn,
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": queue}},
    )
    put(account, "a", "b")
    account.clock.advance(minutes=1)
    (message,) = account.received("dead")
    record = json.loads(message["Body"])
    first, last = (one["dynamodb"]["SequenceNumber"] for one in account.called("f")[0]["Records"])
    requests = [request for _, _, request, _ in account.calls]
    assert record == {  # Lambda Developer Guide, "Retain discarded batches for a DynamoDB event source"
        "requestContext": {
            "requestId": requests[-1],
            "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:f",
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": 2,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
        "timestamp": "2026-11-02T09:00:01.000Z",
        "DDBStreamBatchInfo": {
            "shardId": record["DDBStreamBatchInfo"]["shardId"],
            "startSequenceNumber": first,
            "endSequenceNumber": last,
            "approximateArrivalOfFirstRecord": "2026-11-02T09:00:00Z",
            "approximateArrivalOfLastRecord": "2026-11-02T09:00:00Z",
            "batchSize": 2,
            "streamArn": arn,
        },
    }
    assert record["DDBStreamBatchInfo"]["shardId"].startswith("shardId-")


def test_a_bucket_as_destination_gets_the_changes_themselves(account: Any) -> None:
    account.client("s3").create_bucket(Bucket="dead")
    allow = {"Effect": "Allow", "Action": ["s3:PutObject", "s3:ListBucket"], "Resource": ["arn:aws:s3:::dead*"]}
    destination = {"OnFailure": {"Destination": "arn:aws:s3:::dead"}}
    connect(account, failing("a"), allow, MaximumRetryAttempts=0, DestinationConfig=destination)
    put(account, "a")
    account.cloud.run_until_idle()
    (stored,) = account.client("s3").list_objects_v2(Bucket="dead")["Contents"]
    body = json.load(account.client("s3").get_object(Bucket="dead", Key=stored["Key"])["Body"])
    assert "/2026/11/02/2026-11-02T09.00.00-" in stored["Key"]
    assert json.loads(body["payload"])["Records"][0]["dynamodb"]["Keys"] == {"id": {"S": "a"}}


def test_a_role_that_may_not_read_the_stream_is_refused(account: Any) -> None:
    arn = table(account)
    account.function("f", None, LIST)
    with pytest.raises(ClientError, match="Please ensure the role can perform the GetRecords"):
        account.client("lambda").create_event_source_mapping(
            FunctionName="f", EventSourceArn=arn, StartingPosition="LATEST"
        )


def test_a_stream_wants_a_starting_position(account: Any) -> None:
    arn = table(account)
    account.function("f", None, {"Effect": "Allow", "Action": READ, "Resource": arn}, LIST)
    with pytest.raises(ClientError, match="StartingPosition"):
        account.client("lambda").create_event_source_mapping(FunctionName="f", EventSourceArn=arn)


def test_a_disabled_mapping_goes_on_where_it_was(account: Any) -> None:
    identifier = connect(account)
    client = account.client("lambda")
    put(account, "a")
    account.cloud.run_until_idle()
    client.update_event_source_mapping(UUID=identifier, Enabled=False)
    put(account, "b")
    account.clock.advance(minutes=1)
    assert keys(account) == [["a"]]
    client.update_event_source_mapping(UUID=identifier, Enabled=True)
    account.cloud.run_until_idle()
    assert keys(account) == [["a"], ["b"]]


def test_a_loop_through_a_table_comes_to_an_end(account: Any) -> None:
    def writes_again(event: Any, environment: Any) -> None:
        item = {"id": {"S": "a"}, "n": {"N": str(len(account.calls))}}
        with account.as_function(environment), account.cloud.moto.lock:
            account.cloud.moto.backend("dynamodb").put_item("t", item)

    connect(account, writes_again, MaximumRetryAttempts=0)
    put(account, "a", n=0)
    account.clock.advance(minutes=5)
    assert len(account.called("f")) == 16


TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      BillingMode: PAY_PER_REQUEST
      StreamSpecification: {StreamViewType: NEW_IMAGE}
  Watcher:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      InlineCode: "def handler(event, context): print('seen', len(event['Records']))"
      Events:
        Changes:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt Table.StreamArn
            StartingPosition: TRIM_HORIZON
            BatchSize: 2
            FilterCriteria: {Filters: [{Pattern: '{"eventName": ["INSERT"]}'}]}
"""


def test_a_sam_template_feeds_a_function_from_a_stream() -> None:
    with Cloud() as cloud:
        stack = cloud.deploy(TEMPLATE)
        name = stack.resources["Table"].physical_id
        for one in "abc":
            cloud.client("dynamodb").put_item(TableName=name, Item={"id": {"S": one}})
        cloud.run_until_idle()
        assert [len(event["Records"]) for event in cloud.delivered_events("Watcher")] == [2, 1]
        assert [event.message for event in cloud.logs("Watcher") if event.message.startswith("seen")] == [
            "seen 2\n",
            "seen 1\n",
        ]
        cloud.stacks.delete(stack.name)
        assert cloud.client("lambda").list_event_source_mappings()["EventSourceMappings"] == []
