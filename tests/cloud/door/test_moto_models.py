"""What moto makes is forgotten when it is gone."""

from __future__ import annotations

import gc

from moto.logs.models import LogEvent
from moto.s3.models import FakeKey

from grader.cloud import Cloud


def living_events(message: str) -> int:
    """How many log events with this message the process holds; those of earlier tests go when Python likes."""
    gc.collect()
    return sum(type(one) is LogEvent and one.message == message for one in gc.get_objects())


def test_events_of_a_log_group_that_is_deleted_are_forgotten() -> None:
    with Cloud() as cloud:
        logs = cloud.client("logs")
        logs.create_log_group(logGroupName="/one")
        logs.create_log_stream(logGroupName="/one", logStreamName="today")
        now = round(1000 * cloud.clock.timestamp())
        events = [{"timestamp": now, "message": "soon forgotten"} for _ in range(50)]
        logs.put_log_events(logGroupName="/one", logStreamName="today", logEvents=events)
        assert living_events("soon forgotten") == 50

        logs.delete_log_group(logGroupName="/one")

        assert living_events("soon forgotten") == 0


def test_objects_are_known_until_their_files_are_closed() -> None:
    with Cloud() as cloud:
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket="photos")
        s3.put_object(Bucket="photos", Key="fox", Body=b"fox")

        assert [key.name for key in FakeKey.instances_tracked] == ["fox"]
