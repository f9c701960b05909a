"""What an account holds is in another account after a snapshot was put into it: everything, and alive."""

from __future__ import annotations

from functools import cached_property

import pytest

from grader.cloud import Cloud
from grader.cloud.cloud import Cloud as TheClass
from grader.cloud.state import Snapshots
from grader.cloud.state.snapshot import NotKeepable, Snapshot

from .conftest import SOLUTIONS, live_in

FINISHED = sorted(SOLUTIONS.glob("ch*/app/template.yaml"))


def taken(cloud: Cloud) -> tuple[Snapshot, Snapshots]:
    """A snapshot of an account in which things have happened."""
    snapshots = Snapshots(cloud)
    live_in(cloud)
    return snapshots.take(), snapshots


def restored(snapshot: Snapshot) -> Cloud:
    cloud = TheClass(seed=7)
    cloud.clock.advance(seconds=1)
    Snapshots(cloud).put(snapshot)
    return cloud


def test_a_snapshot_of_what_was_restored_is_the_same(cloud: Cloud) -> None:
    snapshot, snapshots = taken(cloud)
    assert snapshots.take() == snapshot

    with TheClass(seed=7) as other:
        others = Snapshots(other)
        others.put(snapshot)
        again = others.take()

    assert again.blobs == snapshot.blobs
    assert len(again.content) == pytest.approx(len(snapshot.content), rel=0.02)  # the order of sets may differ


def test_everything_is_there(cloud: Cloud) -> None:
    snapshot, _ = taken(cloud)
    before = cloud.stacks.get("hello")
    with restored(snapshot) as cloud:
        stack, client = cloud.stacks.get("hello"), cloud.client
        assert (stack.status, stack.outputs, stack.parameters) == (before.status, before.outputs, before.parameters)
        assert [event.id for event in stack.events] == [event.id for event in before.events]
        kept = client("s3").get_object(Bucket=stack.outputs["Bucket"], Key="a")
        assert (kept["Body"].read(), kept["Metadata"]) == (b"large" * 10_000, {"by": "us"})
        versions = client("s3").list_object_versions(Bucket=stack.outputs["Bucket"])["Versions"]
        assert len(versions) == 2
        item = client("dynamodb").get_item(TableName=stack.resources["Visits"].physical_id, Key={"id": {"S": "x"}})
        assert item["Item"] == {"id": {"S": "x"}}
        dead = client("sqs").receive_message(QueueUrl=stack.resources["Dead"].physical_id)
        assert [message["Body"] for message in dead["Messages"]] == ["kept"]
        secret = client("ssm").get_parameter(Name="/secret", WithDecryption=True)["Parameter"]["Value"]
        assert (secret, client("secretsmanager").get_secret_value(SecretId="pass")["SecretString"]) == (
            "s3cret",
            "word",
        )
        assert client("iam").get_user(UserName="ann")["User"]["UserName"] == "ann"
        assert [mail.text for mail in cloud.outbox][-1] == "mail"
        assert [line.message for line in cloud.logs("Hello")].count("hello\n") == 3


def test_it_goes_on_living(cloud: Cloud) -> None:
    snapshot, _ = taken(cloud)
    with restored(snapshot) as cloud:
        stack = cloud.stacks.get("hello")
        assert cloud.http.get(stack.outputs["Url"]).body == "1"
        cloud.client("sqs").send_message(QueueUrl=stack.resources["Inbox"].physical_id, MessageBody="new")
        cloud.run_until_idle()
        assert cloud.delivered_events("Hello")[-1]["Records"][0]["body"] == "new"

        cloud.clock.advance(minutes=5)  # the retries of the event that failed before the snapshot
        failed = [event for event in cloud.delivered_events("Hello") if event == {"fail": True}]
        assert len(failed) == 3
        alarm = cloud.client("cloudwatch").describe_alarm_history(AlarmName=stack.resources["Many"].physical_id)
        assert "ALARM" in str(alarm["AlarmHistoryItems"])

        assert cloud.deploy(stack.template, name="hello").status == "CREATE_COMPLETE"  # nothing to update
        cloud.client("s3").delete_object(Bucket=stack.outputs["Bucket"], Key="a")
        assert cloud.deploy("Resources: {Only: {Type: AWS::SQS::Queue}}\n", name="other").status == "CREATE_COMPLETE"
        cloud.stacks.get("other").delete()


def test_what_belongs_to_a_process_goes_with_it_and_the_moment_is_kept(cloud: Cloud) -> None:
    """What docs/pocket-aws.md says of ``--state``."""
    snapshot, _ = taken(cloud)
    assert not cloud.invoke("Hello").cold
    assert cloud.traces.recent()
    with restored(snapshot) as again:
        assert again.traces.recent() == []
        assert again.functions.environments("Hello") == []
        assert again.invoke("Hello").cold


def test_identifiers_do_not_repeat(cloud: Cloud) -> None:
    snapshot, _ = taken(cloud)
    first = cloud.deploy("Resources: {Only: {Type: AWS::SQS::Queue}}\n", name="next").resources["Only"].physical_id
    with restored(snapshot) as cloud:
        stack = cloud.deploy("Resources: {Only: {Type: AWS::SQS::Queue}}\n", name="next")
        assert stack.resources["Only"].physical_id != first


def test_what_was_under_way_is_said_to_have_failed_or_is_done_again(cloud: Cloud) -> None:
    snapshots = Snapshots(cloud)
    live_in(cloud)
    cloud.stacks.get("hello").status = "UPDATE_IN_PROGRESS"
    cloud.stacks.get("hello").lock.acquire()
    cloud.invoke("Hello", {"n": 1}, asynchronous=True)
    queue = cloud.functions.queue
    event = queue._next()  # a thread has it in hand
    assert event is not None
    with restored(snapshots.take()) as cloud:
        stack = cloud.stacks.get("hello")
        assert (stack.status, stack.reason) == ("UPDATE_FAILED", "The pocket AWS was ended during this operation.")
        cloud.run_until_idle()
        assert {"n": 1} in cloud.delivered_events("Hello")
        stack.template = None
        assert cloud.deploy("Resources: {Only: {Type: AWS::SQS::Queue}}\n", name="hello").status == "UPDATE_COMPLETE"


@pytest.mark.parametrize("template", FINISHED, ids=lambda path: path.parent.parent.name)
def test_the_finished_projects_of_chapters_are_kept(cloud: Cloud, template: object) -> None:
    snapshots = Snapshots(cloud)
    before = cloud.deploy(str(template), name="app")
    with restored(snapshots.take()) as cloud:
        stack = cloud.stacks.get("app")
        assert {name: one.physical_id for name, one in stack.resources.items()} == {
            name: one.physical_id for name, one in before.resources.items()
        }
        stack.delete()
        assert stack.status == "DELETE_COMPLETE"


def test_no_service_grows_attributes_that_nobody_keeps(cloud: Cloud) -> None:
    """What a service makes later than in its constructor is not kept: let the constructor make it, empty."""
    snapshots = Snapshots(cloud)
    known = {place: set(vars(service)) for place, service in snapshots._fixtures.services.items()}
    live_in(cloud)
    grown = {
        (".".join(map(str, place)), name)
        for place, service in snapshots._fixtures.services.items()
        for name in set(vars(service)) - known[place]
        if not isinstance(getattr(type(service), name, None), cached_property)
    }

    assert grown == set()


def test_what_cannot_be_kept_is_named(cloud: Cloud) -> None:
    snapshots = Snapshots(cloud)
    cloud.events.outbox.append(open)  # type: ignore[arg-type]
    cloud.events.outbox.append(number for number in range(3))  # type: ignore[arg-type]

    with pytest.raises(NotKeepable, match=r"outbox: cannot pickle 'generator' object"):
        snapshots.take()
