"""What moto makes is forgotten when it is gone."""

from __future__ import annotations

import gc

from moto.logs.models import LogEvent
from moto.s3.models import FakeKey

from grader.cloud import Cloud


def living(kind: type) -> int:
    """How many of these the process holds."""
    return sum(type(one) is kind for one in gc.get_objects())


def test_events_of_a_log_group_that_is_deleted_are_forgotten() -> None:
    with Cloud() as cloud:
        logs = cloud.client("logs")
        before = living(LogEvent)
        logs.create_log_group(logGroupName="/one")
        logs.create_log_stream(logGroupName="/one", logStreamName="today")
        now = round(1000 * cloud.clock.timestamp())
        events = [{"timestamp": now, "message": f"line {number}"} for number in range(50)]
        logs.put_log_events(logGroupName="/one", logStreamName="today", logEvents=events)
        assert living(LogEvent) == before + 50

        logs.delete_log_group(logGroupName="/one")
        gc.collect()

        assert living(LogEvent) == before


def test_objects_are_known_until_their_files_are_closed() -> None:
    with Cloud() as cloud:
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket="photos")
        s3.put_object(Bucket="photos", Key="fox", Body=b"fox")

        assert [key.name for key in FakeKey.instances_tracked] == ["fox"]
