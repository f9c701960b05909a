"""Reading logs as boto3, ``sam logs`` and ``aws logs`` do."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from grader.cloud import Cloud
from grader.cloud.logs.keeping import dropped_bytes
from grader.cloud.logs.reading import INGESTION_DELAY_S

GROUP = "/aws/lambda/f"


class Logs:
    """An account with one log group, and shorthand for filling it with events of ten seconds ago, and reading it."""

    def __init__(self, account: Any) -> None:
        self.account, self.client, self.clock = account, account.client("logs"), account.clock
        self.then = int(1000 * self.clock.timestamp()) - 10_000

    def write(self, *messages: str, stream: str = "s", at: int = 0, step: int = 1) -> None:
        """Write messages, ``at`` milliseconds later and ``step`` apart."""
        events = [{"timestamp": self.then + at + step * n, "message": text} for n, text in enumerate(messages)]
        self.client.put_log_events(logGroupName=GROUP, logStreamName=stream, logEvents=events)

    def arrive(self) -> None:
        """Let the clock go on until everything written can be found."""
        self.clock.advance(INGESTION_DELAY_S)

    def found(self, **question: Any) -> list[str]:
        """The messages of one page of FilterLogEvents."""
        answer = self.client.filter_log_events(logGroupName=GROUP, **question)
        return [event["message"] for event in answer["events"]]

    def all_found(self, **question: Any) -> list[str]:
        """The messages of every page."""
        pages = self.client.get_paginator("filter_log_events").paginate(logGroupName=GROUP, **question)
        return [event["message"] for page in pages for event in page["events"]]


@pytest.fixture
def logs(account: Any) -> Iterator[Logs]:
    made = Logs(account)
    made.client.create_log_group(logGroupName=GROUP)
    for stream in ("s", "t"):
        made.client.create_log_stream(logGroupName=GROUP, logStreamName=stream)
    yield made


def refusal(call: Any, **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    return refused.value.response["Error"]["Code"], refused.value.response["Error"]["Message"]


def test_what_was_written_is_found_a_moment_later(logs: Logs) -> None:
    logs.write("hello")
    assert logs.found() == []
    logs.clock.advance(INGESTION_DELAY_S - 0.1)
    assert logs.found() == []
    logs.clock.advance(0.1)
    assert logs.found() == ["hello"]


def test_an_event_has_awss_members(logs: Logs) -> None:
    logs.write("hello")
    logs.arrive()
    answer = logs.client.filter_log_events(logGroupName=GROUP)
    (event,) = answer["events"]
    assert len(event.pop("eventId")) == 56
    assert event == {
        "logStreamName": "s",
        "timestamp": logs.then,
        "message": "hello",
        "ingestionTime": logs.then + 10_000 + int(1000 * INGESTION_DELAY_S),
    }
    assert (answer["searchedLogStreams"], "nextToken" in answer) == ([], False)


def test_events_of_all_streams_come_in_the_order_of_time(logs: Logs) -> None:
    logs.write("1", "3", step=20)
    logs.write("2", "4", stream="t", at=10, step=20)
    logs.arrive()
    assert logs.found() == ["1", "2", "3", "4"]
    assert logs.found(logStreamNames=["t"]) == ["2", "4"]
    assert logs.found(logStreamNamePrefix="s") == ["1", "3"]


def test_both_ends_of_a_search_are_inclusive_and_in_milliseconds(logs: Logs) -> None:
    logs.write("0", "10", "20", "30", step=10)
    logs.arrive()
    assert logs.found(startTime=logs.then + 10, endTime=logs.then + 20) == ["10", "20"]
    assert logs.found(startTime=(logs.then + 10) // 1000) == ["0", "10", "20", "30"]  # seconds: a classic mistake


def test_a_search_is_read_page_by_page(logs: Logs) -> None:
    logs.write(*(f"{'ERROR' if n % 3 == 0 else 'fine'} {n}" for n in range(30)))
    logs.arrive()
    first = logs.client.filter_log_events(logGroupName=GROUP, filterPattern="ERROR", limit=4)
    assert [event["message"] for event in first["events"]] == ["ERROR 0", "ERROR 3", "ERROR 6", "ERROR 9"]
    assert logs.all_found(filterPattern="ERROR", PaginationConfig={"PageSize": 4}) == [
        f"ERROR {n}" for n in range(0, 30, 3)
    ]


def test_a_page_may_be_empty_and_not_the_last(logs: Logs) -> None:
    for at in range(4):
        logs.write(*("noise " + "." * 20_000 for _ in range(25)), at=100 * at)
    logs.write("ERROR at last", at=1000)
    logs.arrive()
    first = logs.client.filter_log_events(logGroupName=GROUP, filterPattern="ERROR")
    assert (first["events"], "nextToken" in first) == ([], True)
    assert logs.all_found(filterPattern="ERROR") == ["ERROR at last"]


def test_a_token_is_good_for_its_own_question_only(logs: Logs) -> None:
    logs.write("a", "b")
    logs.arrive()
    token = logs.client.filter_log_events(logGroupName=GROUP, limit=1)["nextToken"]
    other = refusal(logs.client.filter_log_events, logGroupName=GROUP, filterPattern="b", nextToken=token)
    invented = refusal(logs.client.filter_log_events, logGroupName=GROUP, nextToken="e30=")
    assert other == invented == ("InvalidParameterException", "The specified nextToken is invalid.")


@pytest.mark.parametrize(
    ("question", "code", "words"),
    [
        ({"logGroupName": "no"}, "ResourceNotFoundException", "The specified log group does not exist."),
        (
            {"logGroupName": GROUP, "logStreamNames": ["no"]},
            "ResourceNotFoundException",
            "The specified log stream does not exist.",
        ),
        ({"logGroupName": GROUP, "filterPattern": "request-id"}, "InvalidParameterException", "Invalid character(s)"),
        ({"logGroupName": GROUP, "limit": 10_001}, "InvalidParameterException", "less than or equal to 10000"),
        (
            {"logGroupName": GROUP, "logStreamNames": ["s"], "logStreamNamePrefix": "s"},
            "InvalidParameterException",
            "Only one of",
        ),
        ({"logGroupName": GROUP, "logGroupIdentifier": GROUP}, "InvalidParameterException", "Exactly one of"),
        ({"logGroupName": "spaces in it"}, "InvalidParameterException", "regular expression"),
    ],
)
def test_a_wrong_question_is_refused_in_awss_words(logs: Logs, question: dict[str, Any], code: str, words: str) -> None:
    found_code, found_words = refusal(logs.client.filter_log_events, **question)
    assert (found_code, words in found_words) == (code, True)


def test_a_group_can_be_named_by_its_arn(logs: Logs) -> None:
    logs.write("hello")
    logs.arrive()
    arn = f"arn:aws:logs:us-east-1:123456789012:log-group:{GROUP}"
    answer = logs.client.filter_log_events(logGroupIdentifier=arn)
    assert [event["message"] for event in answer["events"]] == ["hello"]


def test_a_stream_is_read_backwards_from_its_newest_events(logs: Logs) -> None:
    logs.write(*map(str, range(5)))
    logs.arrive()

    def page(**more: Any) -> tuple[list[str], str, str]:
        answer = logs.client.get_log_events(logGroupName=GROUP, logStreamName="s", limit=2, **more)
        messages = [event["message"] for event in answer["events"]]
        return messages, answer["nextForwardToken"], answer["nextBackwardToken"]

    newest, forward, back = page()
    before, _, further = page(nextToken=back)
    oldest, _, end = page(nextToken=further)
    nothing, _, same = page(nextToken=end)
    assert [newest, before, oldest, nothing] == [["3", "4"], ["1", "2"], ["0"], []]
    assert same == end
    assert page(nextToken=forward)[:2] == ([], forward)
    assert page(startFromHead=True)[0] == ["0", "1"]


def test_the_end_of_a_stream_s_window_is_exclusive(logs: Logs) -> None:
    logs.write("0", "10", "20", step=10)
    logs.arrive()
    answer = logs.client.get_log_events(
        logGroupName=GROUP, logStreamName="s", startTime=logs.then + 10, endTime=logs.then + 20, startFromHead=True
    )
    assert [event["message"] for event in answer["events"]] == ["10"]


def test_streams_are_listed_by_name_or_by_last_event(logs: Logs) -> None:
    logs.write("late", at=50)
    logs.write("early", stream="t", at=10)
    logs.arrive()

    def names(**more: Any) -> list[str]:
        answer = logs.client.describe_log_streams(logGroupName=GROUP, **more)
        return [stream["logStreamName"] for stream in answer["logStreams"]]

    assert names() == ["s", "t"]
    assert names(descending=True) == ["t", "s"]
    assert names(orderBy="LastEventTime", descending=True) == ["s", "t"]
    assert names(logStreamNamePrefix="t") == ["t"]
    pages = logs.client.get_paginator("describe_log_streams").paginate(
        logGroupName=GROUP, PaginationConfig={"PageSize": 1}
    )
    assert [stream["logStreamName"] for page in pages for stream in page["logStreams"]] == ["s", "t"]
    both = refusal(
        logs.client.describe_log_streams, logGroupName=GROUP, orderBy="LastEventTime", logStreamNamePrefix="s"
    )
    assert both == ("InvalidParameterException", "Cannot order by LastEventTime with a logStreamNamePrefix.")


def test_a_stream_tells_of_what_can_be_found(logs: Logs) -> None:
    logs.write("a", "b", at=5)
    described = logs.client.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix="s")["logStreams"][0]
    assert "lastEventTimestamp" not in described
    logs.arrive()
    described = logs.client.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix="s")["logStreams"][0]
    assert (described["firstEventTimestamp"], described["lastEventTimestamp"]) == (logs.then + 5, logs.then + 6)
    assert described["storedBytes"] == 0


def test_events_expire_after_the_retention(logs: Logs) -> None:
    logs.write("old")
    logs.client.put_retention_policy(logGroupName=GROUP, retentionInDays=1)
    logs.clock.advance(seconds=-10, days=1)
    assert logs.found() == ["old"]
    logs.clock.advance(seconds=1)
    assert logs.found() == []


def test_a_group_keeps_its_newest_events_and_their_places(logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.cloud.logs.keeping.KEPT_EVENTS", 10)
    monkeypatch.setattr("grader.cloud.logs.keeping.AT_ONCE", 4)
    logs.write(*(f"old {n}" for n in range(4)), stream="s")
    logs.write(*(f"m{n}" for n in range(8)), stream="t")
    logs.arrive()
    before = {event["message"]: event["eventId"] for event in _events(logs)}
    assert len(before) == 12
    logs.write("m8", "m9", "m10", stream="t", at=20)
    logs.arrive()
    after = {event["message"]: event["eventId"] for event in _events(logs)}
    assert list(after) == [f"m{n}" for n in range(1, 11)]  # the stream that was made first lost all, then the other
    assert all(before[name] == after[name] for name in after.keys() & before.keys())
    moto = logs.account.functions.moto
    with moto.lock:
        group = moto.backend("logs").groups[GROUP]
        assert dropped_bytes(group) == 4 * (len("old 0") + 26) + len("m0") + 26


def _events(logs: Logs) -> list[Any]:
    return list(logs.client.filter_log_events(logGroupName=GROUP)["events"])


def test_a_retention_that_aws_does_not_offer_is_refused(logs: Logs) -> None:
    code, words = refusal(logs.client.put_retention_policy, logGroupName=GROUP, retentionInDays=2)
    assert code == "InvalidParameterException" and "enum value set: [1, 3, 5, 7," in words


def test_a_metric_filter_counts_what_matches(logs: Logs) -> None:
    transformation = {
        "metricName": "Slow",
        "metricNamespace": "Shop",
        "metricValue": "$.ms",
        "dimensions": {"Path": "$.path"},
    }
    logs.client.put_metric_filter(
        logGroupName=GROUP, filterName="slow", filterPattern="{ $.ms > 100 }", metricTransformations=[transformation]
    )
    logs.client.put_metric_filter(
        logGroupName=GROUP, filterName="slow", filterPattern="{ $.ms > 200 }", metricTransformations=[transformation]
    )
    logs.write('{"ms": 150, "path": "/a"}', '{"ms": 250, "path": "/a"}', "no JSON", '{"ms": 350, "path": "/a"}')
    answer = logs.account.client("cloudwatch").get_metric_statistics(
        Namespace="Shop",
        MetricName="Slow",
        Dimensions=[{"Name": "Path", "Value": "/a"}],
        StartTime=logs.clock.timestamp() - 60,
        EndTime=logs.clock.timestamp() + 60,
        Period=60,
        Statistics=["Sum", "SampleCount"],
    )
    (point,) = answer["Datapoints"]
    assert (point["Sum"], point["SampleCount"]) == (600.0, 2.0)


def test_a_metric_filter_s_default_counts_when_nothing_matches(logs: Logs) -> None:
    transformation = {"metricName": "Errors", "metricNamespace": "Shop", "metricValue": "1", "defaultValue": 0.0}
    logs.client.put_metric_filter(
        logGroupName=GROUP, filterName="e", filterPattern="ERROR", metricTransformations=[transformation]
    )
    logs.write("fine")
    (point,) = logs.account.client("cloudwatch").get_metric_statistics(
        Namespace="Shop",
        MetricName="Errors",
        StartTime=logs.clock.timestamp() - 60,
        EndTime=logs.clock.timestamp(),
        Period=60,
        Statistics=["Sum"],
    )["Datapoints"]
    assert point["Sum"] == 0.0


def test_a_metric_filter_with_a_wrong_pattern_is_refused(logs: Logs) -> None:
    code, _ = refusal(
        logs.client.put_metric_filter,
        logGroupName=GROUP,
        filterName="f",
        filterPattern="{ $.a == 1 }",
        metricTransformations=[{"metricName": "a", "metricNamespace": "b", "metricValue": "1"}],
    )
    assert code == "InvalidParameterException"


def test_a_metric_filter_is_tried_on_messages(logs: Logs) -> None:
    messages = ["127.0.0.1 - frank 200 12", "nothing"]
    answer = logs.client.test_metric_filter(filterPattern="[..., status = 2*, size]", logEventMessages=messages)
    assert answer["matches"] == [
        {
            "eventNumber": 1,
            "eventMessage": messages[0],
            "extractedValues": {"$1": "127.0.0.1", "$2": "-", "$3": "frank", "$status": "200", "$size": "12"},
        }
    ]


def subscribe(logs: Logs, pattern: str = "ERROR", group: str = GROUP) -> None:
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{logs.account.subscriber}"
    logs.client.put_subscription_filter(
        logGroupName=group, filterName="errors", filterPattern=pattern, destinationArn=arn
    )


def subscriber(logs: Logs, name: str = "alarm", handler: Any = None, permitted: bool = True) -> None:
    logs.account.function(name, handler)
    logs.account.subscriber = name
    if permitted:
        logs.account.permit(name, "logs.amazonaws.com", "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/*:*")


def test_a_subscribed_function_gets_what_matches(logs: Logs) -> None:
    subscriber(logs)
    subscribe(logs)
    logs.write("fine", "ERROR 1", "ERROR 2")
    logs.account.cloud.run_until_idle()
    (event,) = logs.account.called("alarm")
    batch = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
    assert [one.pop("id") != "" for one in batch["logEvents"]] == [True, True]
    assert batch == {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": GROUP,
        "logStream": "s",
        "subscriptionFilters": ["errors"],
        "logEvents": [
            {"timestamp": logs.then + 1, "message": "ERROR 1"},
            {"timestamp": logs.then + 2, "message": "ERROR 2"},
        ],
    }


def test_a_subscription_without_permission_is_refused(logs: Logs) -> None:
    subscriber(logs, permitted=False)
    with pytest.raises(ClientError, match="Make sure you have given CloudWatch Logs permission"):
        subscribe(logs)


def test_a_function_subscribed_to_its_own_log_comes_to_an_end(logs: Logs) -> None:
    subscriber(logs)
    own = "/aws/lambda/alarm"
    logs.client.create_log_group(logGroupName=own)
    subscribe(logs, pattern="", group=own)
    logs.account.cloud.invoke("alarm", {})
    logs.account.cloud.run_until_idle()
    assert len(logs.account.called("alarm")) == 16


@pytest.mark.parametrize("operation", ["start_query", "start_live_tail"])
def test_what_is_not_imitated_says_so(logs: Logs, operation: str) -> None:
    given: dict[str, dict[str, Any]] = {
        "start_query": {"logGroupName": GROUP, "startTime": 0, "endTime": 1, "queryString": "fields @message"},
        "start_live_tail": {"logGroupIdentifiers": [f"arn:aws:logs:us-east-1:123456789012:log-group:{GROUP}"]},
    }
    with pytest.raises(ClientError, match="NotSupported: the pocket AWS does not imitate logs:Start"):
        getattr(logs.client, operation)(**given[operation])


TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Alarm:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      InlineCode: "def handler(event, context): print('seen')"
      Events:
        Errors:
          Type: CloudWatchLogs
          Properties: {LogGroupName: !Ref Group, FilterPattern: ERROR}
  Group:
    Type: AWS::Logs::LogGroup
    Properties: {RetentionInDays: 7}
  Stream:
    Type: AWS::Logs::LogStream
    Properties: {LogGroupName: !Ref Group, LogStreamName: own}
  Count:
    Type: AWS::Logs::MetricFilter
    Properties:
      LogGroupName: !Ref Group
      FilterPattern: ERROR
      MetricTransformations: [{MetricName: Errors, MetricNamespace: Shop, MetricValue: "1", DefaultValue: 0}]
"""


def test_a_template_brings_filters_and_subscriptions() -> None:
    with Cloud() as cloud:
        stack = cloud.deploy(TEMPLATE)
        group = stack.resources["Group"].physical_id
        event = {"timestamp": int(1000 * cloud.clock.timestamp()), "message": "ERROR"}
        cloud.client("logs").put_log_events(logGroupName=group, logStreamName="own", logEvents=[event])
        cloud.run_until_idle()
        assert len(cloud.delivered_events("Alarm")) == 1
        filters = cloud.client("logs").describe_metric_filters(logGroupName=group)["metricFilters"]
        assert [one["filterPattern"] for one in filters] == ["ERROR"]
        cloud.stacks.delete(stack.name)
        assert cloud.client("logs").describe_metric_filters()["metricFilters"] == []
