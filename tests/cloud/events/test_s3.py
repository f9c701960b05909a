"""S3's notifications, from the upload to the target."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from grader.cloud.errors import NotSupported

BUCKET = "arn:aws:s3:::uploads"


def notify(account: Any, **configuration: Any) -> None:
    account.client("s3").put_bucket_notification_configuration(
        Bucket="uploads", NotificationConfiguration=configuration
    )


def to_function(account: Any, *events: str, rules: dict[str, str] | None = None) -> None:
    arn = account.function("f")
    account.client("s3").create_bucket(Bucket="uploads")
    account.permit("f", "s3.amazonaws.com", BUCKET, SourceAccount="123456789012")
    one: dict[str, Any] = {"Id": "mine", "LambdaFunctionArn": arn, "Events": list(events or ["s3:ObjectCreated:*"])}
    if rules:
        one["Filter"] = {"Key": {"FilterRules": [{"Name": name, "Value": value} for name, value in rules.items()]}}
    notify(account, LambdaFunctionConfigurations=[one])


def upload(account: Any, *keys: str) -> None:
    for key in keys:
        account.client("s3").put_object(Bucket="uploads", Key=key, Body=b"12345")


def created(prefix: str) -> dict[str, Any]:
    filtered = {"Key": {"FilterRules": [{"Name": "prefix", "Value": prefix}]}}
    return {"Events": ["s3:ObjectCreated:*"], "Filter": filtered}


def seen(account: Any) -> list[tuple[str, str]]:
    records = [event["Records"][0] for event in account.called("f")]
    return [(record["eventName"], record["s3"]["object"]["key"]) for record in records]


def test_the_event_is_awss_whole(account: Any) -> None:
    to_function(account)
    upload(account, "my dir/Größe (1).jpg")
    assert account.calls == []  # nothing runs while the upload is answered
    account.cloud.run_until_idle()
    (event,) = account.called("f")
    record = event["Records"][0]
    elements, about = record.pop("responseElements"), record["s3"]["object"]
    assert re.fullmatch(r"[A-Z0-9]{16}", elements["x-amz-request-id"]) and len(elements["x-amz-id-2"]) == 76
    assert re.fullmatch(r"[0-9A-F]{18}", about.pop("sequencer"))
    assert re.fullmatch(r"AWS:AIDA[A-Z0-9]{17}", record.pop("userIdentity")["principalId"])
    assert event == {
        "Records": [
            {
                "eventVersion": "2.1",
                "eventSource": "aws:s3",
                "awsRegion": "us-east-1",
                "eventTime": "2026-11-02T09:00:00.000Z",
                "eventName": "ObjectCreated:Put",
                "requestParameters": {"sourceIPAddress": "127.0.0.1"},
                "s3": {
                    "s3SchemaVersion": "1.0",
                    "configurationId": "mine",
                    "bucket": {"name": "uploads", "ownerIdentity": {"principalId": "A123456789012O"}, "arn": BUCKET},
                    "object": {
                        "key": "my+dir/Gr%C3%B6%C3%9Fe+%281%29.jpg",
                        "size": 5,
                        "eTag": "827ccb0eea8a706c4c34a16891f84e7b",
                    },
                },
            }
        ]
    }


def test_sequencers_grow(account: Any) -> None:
    to_function(account)
    upload(account, "a", "a", "a")
    account.cloud.run_until_idle()
    sequencers = [event["Records"][0]["s3"]["object"]["sequencer"] for event in account.called("f")]
    assert sequencers == sorted(set(sequencers))


def test_each_way_of_creating_and_removing_has_its_name(account: Any) -> None:
    to_function(account, "s3:ObjectCreated:*", "s3:ObjectRemoved:*")
    s3 = account.client("s3")
    upload(account, "a")
    s3.copy_object(Bucket="uploads", Key="b", CopySource="uploads/a")
    part = s3.create_multipart_upload(Bucket="uploads", Key="c")["UploadId"]
    tag = s3.upload_part(Bucket="uploads", Key="c", UploadId=part, PartNumber=1, Body=b"x")["ETag"]
    s3.complete_multipart_upload(
        Bucket="uploads", Key="c", UploadId=part, MultipartUpload={"Parts": [{"ETag": tag, "PartNumber": 1}]}
    )
    s3.delete_object(Bucket="uploads", Key="a")
    account.cloud.run_until_idle()
    assert seen(account) == [
        ("ObjectCreated:Put", "a"),
        ("ObjectCreated:Copy", "b"),
        ("ObjectCreated:CompleteMultipartUpload", "c"),
        ("ObjectRemoved:Delete", "a"),
    ]
    removed = account.called("f")[-1]["Records"][0]["s3"]["object"]
    assert sorted(removed) == ["key", "sequencer"]


def test_a_version_is_named(account: Any) -> None:
    to_function(account, "s3:ObjectCreated:Put", "s3:ObjectRemoved:DeleteMarkerCreated")
    s3 = account.client("s3")
    s3.put_bucket_versioning(Bucket="uploads", VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket="uploads", Key="a", Body=b"")["VersionId"]
    s3.delete_object(Bucket="uploads", Key="a")
    account.cloud.run_until_idle()
    assert account.called("f")[0]["Records"][0]["s3"]["object"]["versionId"] == version
    assert seen(account)[1] == ("ObjectRemoved:DeleteMarkerCreated", "a")


def test_prefix_and_suffix_filter(account: Any) -> None:
    to_function(account, rules={"Prefix": "in/", "Suffix": ".jpg"})
    upload(account, "in/a.jpg", "in/a.png", "out/a.jpg", "in/sub/b.jpg")
    account.cloud.run_until_idle()
    assert [key for _, key in seen(account)] == ["in/a.jpg", "in/sub/b.jpg"]


def test_only_the_events_asked_for_are_sent(account: Any) -> None:
    to_function(account, "s3:ObjectCreated:Copy")
    upload(account, "a")
    account.cloud.run_until_idle()
    assert account.calls == []
    assert account.cloud.traces.last().gates[-1].name == "filter"


def test_an_upload_of_which_nobody_is_told_says_so(account: Any) -> None:
    account.client("s3").create_bucket(Bucket="uploads")
    upload(account, "beach.jpg")
    trace = account.cloud.traces.last()
    assert (trace.title, trace.first_broken) == ("ObjectCreated:Put s3://uploads/beach.jpg", None)
    assert [(gate.name, gate.status) for gate in trace.gates] == [("filter", "waiting")]
    account.client("s3").delete_object(Bucket="uploads", Key="beach.jpg")  # nobody waits for that
    assert account.cloud.traces.last() is trace


def test_s3_refuses_a_target_that_it_may_not_reach(account: Any) -> None:
    arn = account.function("f")
    account.client("s3").create_bucket(Bucket="uploads")
    configurations = [
        {"LambdaFunctionConfigurations": [{"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}]},
        {"QueueConfigurations": [{"QueueArn": account.queue("q"), "Events": ["s3:ObjectCreated:*"]}]},
        {
            "QueueConfigurations": [
                {"QueueArn": "arn:aws:sqs:us-east-1:123456789012:gone", "Events": ["s3:ObjectCreated:*"]}
            ]
        },
    ]
    for configuration in configurations:
        with pytest.raises(ClientError, match="Unable to validate the following destination configurations"):
            notify(account, **configuration)
    account.permit("f", "s3.amazonaws.com", "arn:aws:s3:::another")
    with pytest.raises(ClientError, match="InvalidArgument"):
        notify(account, **configurations[0])


def test_a_permission_taken_away_breaks_the_delivery(account: Any) -> None:
    to_function(account)
    policy = json.loads(account.client("lambda").get_policy(FunctionName="f")["Policy"])
    account.client("lambda").remove_permission(FunctionName="f", StatementId=policy["Statement"][0]["Sid"])
    upload(account, "a")
    account.cloud.run_until_idle()
    assert account.calls == []
    assert account.cloud.traces.last().first_broken.name == "permission"


def test_the_trace_of_an_upload_shows_every_gate(account: Any) -> None:
    to_function(account)
    upload(account, "a")
    account.cloud.run_until_idle()
    trace = account.cloud.traces.last()
    assert (trace.kind, trace.title) == ("upload", "ObjectCreated:Put s3://uploads/a")
    assert [gate.name for gate in trace.gates] == ["filter", "permission"]
    assert [gate.name for gate in trace.children[0].gates] == ["queue", "environment", "handler"]


def test_queues_and_topics_get_the_records(account: Any) -> None:
    account.client("s3").create_bucket(Bucket="uploads")
    queue = account.queue("direct", "s3.amazonaws.com")
    topic = account.client("sns").create_topic(Name="t")["TopicArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    account.client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    account.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=account.queue("behind", "sns.amazonaws.com")
    )
    notify(
        account,
        QueueConfigurations=[{"QueueArn": queue, **created("q")}],
        TopicConfigurations=[{"TopicArn": topic, **created("t")}],
    )
    account.cloud.run_until_idle()
    test_event = json.loads(account.received("direct")[0]["Body"])
    assert (test_event["Service"], test_event["Event"], test_event["Bucket"]) == (
        "Amazon S3",
        "s3:TestEvent",
        "uploads",
    )
    account.client("sqs").purge_queue(QueueUrl=account.client("sqs").get_queue_url(QueueName="behind")["QueueUrl"])
    upload(account, "q1", "t1")
    account.cloud.run_until_idle()
    (direct,) = account.received("direct")
    assert json.loads(direct["Body"])["Records"][0]["s3"]["object"]["key"] == "q1"
    (behind,) = account.received("behind")
    envelope = json.loads(behind["Body"])
    assert envelope["Subject"] == "Amazon S3 Notification"
    assert json.loads(envelope["Message"])["Records"][0]["s3"]["object"]["key"] == "t1"


def test_eventbridge_gets_its_own_form(account: Any) -> None:
    heard = account.function("f")
    account.client("s3").create_bucket(Bucket="uploads")
    notify(account, EventBridgeConfiguration={})
    events = account.client("events")
    pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": ["uploads"]}}}
    rule = events.put_rule(Name="uploaded", EventPattern=json.dumps(pattern))["RuleArn"]
    events.put_targets(Rule="uploaded", Targets=[{"Id": "1", "Arn": heard}])
    account.permit("f", "events.amazonaws.com", rule)
    upload(account, "a b.jpg")
    account.cloud.run_until_idle()
    (event,) = account.called("f")
    assert (event["source"], event["detail-type"], event["time"]) == (
        "aws.s3",
        "Object Created",
        "2026-11-02T09:00:00Z",
    )
    assert (event["detail"]["object"]["key"], event["detail"]["object"]["size"]) == ("a b.jpg", 5)
    assert event["detail"]["reason"] == "PutObject"


def test_an_upload_by_a_function_continues_its_chain(account: Any) -> None:
    to_function(account)
    account.handlers["f"] = lambda event, environment: put_as(account, environment, "again")
    upload(account, "first")
    account.cloud.run_until_idle()
    assert len(account.calls) == 16
    assert account.metric("RecursiveInvocationsDropped", "f") == 1
    kinds = [trace.kind for trace in account.cloud.traces.last().walk()]
    assert kinds == ["upload", "event"] * 17


def put_as(account: Any, environment: Any, key: str) -> None:
    """What the door does for a call of an environment, without the environment's signature."""
    with account.as_function(environment), account.cloud.moto.lock:
        account.cloud.moto.backend("s3").put_object("uploads", key, b"x", request_method="PUT")


def test_an_event_that_is_not_imitated_is_refused_by_name(account: Any) -> None:
    account.client("s3").create_bucket(Bucket="uploads")
    queue = account.queue("q", "s3.amazonaws.com")
    with pytest.raises(ClientError, match="s3:ObjectAcl:Put"):
        notify(account, QueueConfigurations=[{"QueueArn": queue, "Events": ["s3:ObjectAcl:Put"]}])


def test_an_event_may_come_twice_at_once_or_later(account: Any) -> None:
    to_function(account)
    account.cloud.repeat_next("s3")
    account.cloud.repeat_next("s3", after=3600)
    upload(account, "a", "b", "c")
    account.cloud.run_until_idle()
    assert sorted(seen(account)) == [("ObjectCreated:Put", key) for key in ("a", "a", "b", "c")]
    account.cloud.clock.advance(hours=1)
    assert seen(account)[-1] == ("ObjectCreated:Put", "b") and len(seen(account)) == 5
    twice = [event["Records"][0]["s3"]["object"]["sequencer"] for event in account.called("f")]
    assert len(set(twice)) == 3


def test_eventbridge_hears_of_it_twice_as_well(account: Any) -> None:
    arn = account.function("f")
    account.client("s3").create_bucket(Bucket="uploads")
    notify(account, EventBridgeConfiguration={})
    events = account.client("events")
    rule = events.put_rule(Name="all", EventPattern=json.dumps({"source": ["aws.s3"]}))["RuleArn"]
    events.put_targets(Rule="all", Targets=[{"Id": "f", "Arn": arn}])
    account.permit("f", "events.amazonaws.com", rule)
    account.cloud.repeat_next("s3", times=2)
    account.cloud.calm()
    account.cloud.repeat_next("s3")
    upload(account, "a", "b")
    account.cloud.run_until_idle()
    assert sorted(event["detail"]["object"]["key"] for event in account.called("f")) == ["a", "a", "b"]


def test_only_what_can_come_twice_is_repeated(account: Any) -> None:
    with pytest.raises(NotSupported, match="events of sqs that come twice"):
        account.cloud.repeat_next("sqs")
