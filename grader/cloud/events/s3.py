"""S3's event notifications: which configuration matches, and the record exactly as AWS documents it."""

from __future__ import annotations

import base64
import itertools
import json
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from grader.cloud.events.bridge import EventBridge
from grader.cloud.events.deliveries import Deliveries, Delivery
from grader.cloud.functions import FunctionService, Lineage
from grader.cloud.functions.destinations import iso

SERVICE = "s3.amazonaws.com"
FAMILIES = ("ObjectCreated", "ObjectRemoved")
SUBJECT = "Amazon S3 Notification"
REASONS = {
    "ObjectCreated:Put": "PutObject",
    "ObjectCreated:Post": "POST Object",
    "ObjectCreated:Copy": "CopyObject",
    "ObjectCreated:CompleteMultipartUpload": "CompleteMultipartUpload",
    "ObjectRemoved:Delete": "DeleteObject",
    "ObjectRemoved:DeleteMarkerCreated": "DeleteObject",
}


class Notifications:
    """Takes the place of moto's ``send_event``: matches and notes deliveries, runs nothing."""

    def __init__(self, functions: FunctionService, deliveries: Deliveries, bridge: EventBridge) -> None:
        self._functions = functions
        self._deliveries = deliveries
        self._bridge = bridge
        self._sequence = itertools.count(1)
        self._assembling = False
        self._repetitions: deque[float] = deque()

    def send_event(self, account_id: str, event_name: Any, bucket: Any, key: Any) -> None:
        """Something happened to an object; moto calls this with its lock held."""
        configuration = bucket.notification_configuration
        name = str(event_name.value).removeprefix("s3:")
        if key is None or name.partition(":")[0] not in FAMILIES or (self._assembling and name == "ObjectCreated:Put"):
            return  # moto tells of an ACL and of tags after every upload; nobody can subscribe to those here
        before = self._functions.lineage()
        kind = "upload" if name.startswith("ObjectCreated") else "event"
        if configuration is None:
            if kind == "upload":
                self._note_silence(f"{name} s3://{bucket.name}/{key.name}", before)
            return
        trace = self._functions.traces.start(kind, f"{name} s3://{bucket.name}/{key.name}", before.trace)
        matched = self._matched(configuration, f"s3:{name}", key.name)
        record = self._record(name, bucket, key)
        if not matched and configuration.event_bridge is None:
            trace.waiting("filter", "No notification of the bucket asks for this event and key.")
        for notification in matched:
            trace.passed("filter", f"{notification.id}: {notification.arn}")
        tell = self._telling(matched, name, bucket, record, Lineage(trace, before.chain))
        tell()
        if self._repetitions and (matched or configuration.event_bridge is not None):
            self._functions.clock.after(self._repetitions.popleft(), tell, "S3 tells of it once more")

    def repeat_next(self, times: int, after: float) -> None:
        """Tell of each of the next ``times`` events once more, ``after`` so many seconds: at least once is promised."""
        self._repetitions.extend([after] * times)

    def repeat_nothing(self) -> None:
        """Every further event is told once."""
        self._repetitions.clear()

    def _telling(
        self, matched: list[Any], name: str, bucket: Any, record: dict[str, Any], lineage: Lineage
    ) -> Callable[[], None]:
        """What notes the deliveries of one event, as often as it is called."""
        bodies = [(one.arn, json.dumps({"Records": [with_configuration(record, one.id)]})) for one in matched]
        deliveries = [Delivery(SERVICE, bucket.arn, arn, body, lineage, subject=SUBJECT) for arn, body in bodies]
        to_bridge = bucket.notification_configuration.event_bridge is not None
        event = self._bridge_event(name, bucket, record) if to_bridge else None

        def tell() -> None:
            for delivery in deliveries:
                self._deliveries.add(delivery)
            if event is not None:
                with self._functions.moto.lock:
                    self._bridge.note(event, lineage)

        return tell

    def _note_silence(self, title: str, before: Lineage) -> None:
        """Who uploads and waits for something to happen shall see why nothing does; who goes on, does not wait."""
        if before.trace is None:
            trace = self._functions.traces.start("upload", title)
            trace.waiting("filter", "The bucket notifies nobody: it has no notification configuration.")

    @contextmanager
    def without_puts(self) -> Iterator[None]:
        """Do not tell of objects that are put meanwhile: they are part of something else. moto's lock is held."""
        self._assembling = True
        try:
            yield
        finally:
            self._assembling = False

    def _matched(self, configuration: Any, event: str, key: str) -> list[Any]:
        every = [*configuration.cloud_function, *configuration.queue, *configuration.topic]
        return [one for one in every if _matches(one, event, key)]

    def _record(self, name: str, bucket: Any, key: Any) -> dict[str, Any]:
        functions = self._functions
        now, requester = functions.clock.timestamp(), functions.requester()
        return {
            "eventVersion": "2.1",
            "eventSource": "aws:s3",
            "awsRegion": bucket.region_name,
            "eventTime": iso(now),
            "eventName": name,
            "userIdentity": {"principalId": f"AWS:{requester.user_id}"},
            "requestParameters": {"sourceIPAddress": requester.source_ip},
            "responseElements": {
                "x-amz-request-id": functions.ids.suffix(16),
                "x-amz-id-2": base64.b64encode(functions.ids.hex(56).encode()).decode(),
            },
            "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": "",
                "bucket": {
                    "name": bucket.name,
                    "ownerIdentity": {"principalId": "A" + functions.moto.account_id + "O"},
                    "arn": bucket.arn,
                },
                "object": self._object(name, bucket, key, now),
            },
        }

    def _object(self, name: str, bucket: Any, key: Any, now: float) -> dict[str, Any]:
        about: dict[str, Any] = {"key": quote_plus(key.name, safe="/")}
        if name.startswith("ObjectCreated"):
            about["size"] = key.size
        if name.startswith("ObjectCreated") or name.endswith("DeleteMarkerCreated"):
            about["eTag"] = getattr(key, "etag", "").strip('"') or "d41d8cd98f00b204e9800998ecf8427e"
        if bucket.is_versioned and getattr(key, "version_id", None):
            about["versionId"] = str(key.version_id)
        return {**about, "sequencer": f"00{int(now * 1000):012X}{next(self._sequence) % 0x10000:04X}"}

    def _bridge_event(self, name: str, bucket: Any, record: dict[str, Any]) -> dict[str, Any]:
        about = record["s3"]["object"]
        detail_object = {"key": unquoted(about), "sequencer": about["sequencer"]}
        detail_object |= {new: about[old] for old, new in (("size", "size"), ("eTag", "etag")) if old in about}
        if "versionId" in about:
            detail_object["version-id"] = about["versionId"]
        return {
            "version": "0",
            "id": self._functions.ids.uuid(),
            "detail-type": "Object Created" if name.startswith("ObjectCreated") else "Object Deleted",
            "source": "aws.s3",
            "account": self._functions.moto.account_id,
            "time": record["eventTime"][:19] + "Z",
            "region": bucket.region_name,
            "resources": [bucket.arn],
            "detail": {
                "version": "0",
                "bucket": {"name": bucket.name},
                "object": detail_object,
                "request-id": record["responseElements"]["x-amz-request-id"],
                "requester": self._functions.moto.account_id,
                "source-ip-address": record["requestParameters"]["sourceIPAddress"],
                "reason": REASONS.get(name, name),
            },
        }


def with_configuration(record: dict[str, Any], configuration_id: str) -> dict[str, Any]:
    """The record for one notification configuration."""
    return {**record, "s3": {**record["s3"], "configurationId": configuration_id}}


def unquoted(about: dict[str, Any]) -> str:
    """EventBridge, unlike the notifications, gives the key as it is."""
    return unquote_plus(about["key"])


def _matches(notification: Any, event: str, key: str) -> bool:
    family = event.rpartition(":")[0] + ":*"
    if event not in notification.events and family not in notification.events:
        return False
    rules = (notification.filters.get("S3Key") or {}).get("FilterRule") or []
    rules = rules if isinstance(rules, list) else [rules]
    tests = {"prefix": key.startswith, "suffix": key.endswith}
    return all(tests[rule["Name"].lower()](rule.get("Value") or "") for rule in rules)
