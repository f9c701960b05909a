"""Mixed traffic from several clients at once, and the book that is kept of it: what was asked, and what came of it."""

from __future__ import annotations

import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from grader.cloud import Cloud, Stack

# kind, mode: how many of a thousand requests
MIX = {
    ("http", "ok"): 420, ("http", "print"): 60, ("http", "error"): 40, ("http", "exit"): 8, ("http", "sleep"): 4,
    ("sync", "ok"): 130, ("sync", "error"): 20, ("sync", "exit"): 4, ("sync", "pause"): 10,
    ("async", "ok"): 100, ("async", "error"): 24, ("async", "exit"): 4, ("async", "sleep"): 4,
    ("narrow", "ok"): 40, ("narrow async", "ok"): 16, ("closed", "ok"): 6, ("closed async", "ok"): 6,
    ("upload", "ok"): 40, ("upload", "error"): 6, ("upload", "exit"): 2,
    ("job", "ok"): 46, ("job", "error"): 8, ("job", "exit"): 2,
}  # fmt: skip
# What must become of it: the status of an answer, or where an event ends. Two, where the neighbours decide.
WANTED: dict[tuple[str, str], set[str]] = {
    ("http", "ok"): {"200"}, ("http", "print"): {"200"}, ("http", "error"): {"502"}, ("http", "exit"): {"502"},
    ("http", "sleep"): {"502"},
    ("sync", "ok"): {"answered"}, ("sync", "pause"): {"answered"}, ("sync", "error"): {"Unhandled"},
    ("sync", "exit"): {"Unhandled"},
    ("async", "ok"): {"Succeeded"}, ("async", "error"): {"Failed"}, ("async", "exit"): {"Failed"},
    ("async", "sleep"): {"Failed"},
    ("narrow", "ok"): {"answered", "throttled"}, ("narrow async", "ok"): {"Succeeded"},
    ("closed", "ok"): {"throttled"}, ("closed async", "ok"): {"Failed"},
    ("upload", "ok"): {"Succeeded"}, ("upload", "error"): {"Failed"}, ("upload", "exit"): {"Failed"},
    ("job", "ok"): {"Done", "JobsDead"}, ("job", "error"): {"JobsDead"}, ("job", "exit"): {"JobsDead"},
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """One request of the traffic."""

    number: int
    kind: str
    mode: str

    @property
    def id(self) -> str:
        """What it is known by on its whole way."""
        return f"{self.number:07}"


@dataclass
class Book:
    """What was asked, and what became of each: an answer, or the place where its event ended."""

    asked: dict[str, Asked] = field(default_factory=dict)
    ended: dict[str, list[str]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, asked: Asked) -> None:
        """Something is about to be asked."""
        with self._lock:
            self.asked[asked.id] = asked

    def end(self, id: str, how: str) -> None:
        """It has ended."""
        with self._lock:
            self.ended.setdefault(id, []).append(how)

    @property
    def open(self) -> int:
        """How many have not ended yet."""
        return len(self.asked) - len(self.ended)

    def settle(self) -> None:
        """Forget those that ended as they had to: once, and well."""
        for id in [id for id, ends in self.ended.items() if self._is_well(id, ends)]:
            del self.asked[id], self.ended[id]

    def wrong(self) -> list[str]:
        """What ended otherwise, more than once, or never."""
        self.settle()
        return [f"{one.kind} {one.mode} {id}: {self.ended.get(id, 'never ended')}" for id, one in self.asked.items()]

    def _is_well(self, id: str, ends: list[str]) -> bool:
        asked = self.asked[id]
        return len(ends) == 1 and ends[0] in WANTED[asked.kind, asked.mode]


class Traffic:
    """Sends requests to a stack of ``application``, in rounds.

    Parameters
    ----------
    clients
        Threads that ask at the same time.
    """

    def __init__(self, cloud: Cloud, stack: Stack, *, clients: int = 4, seed: int = 0) -> None:
        self.cloud, self.stack, self.book = cloud, stack, Book()
        self.counts: Counter[tuple[str, str]] = Counter()
        self._clients, self._draw, self._sent = clients, random.Random(seed), 0
        self._sqs, self._s3 = cloud.client("sqs"), cloud.client("s3")

    def round(self, number: int) -> None:
        """Send ``number`` requests, then let the clock go on and deliver what is due."""
        wanted = [self._next() for _ in range(number)]
        with ThreadPoolExecutor(self._clients) as pool:
            for _ in pool.map(self._send, wanted):
                pass
        self.cloud.run_until_idle()
        self.cloud.clock.advance(minutes=5)
        self.read_queues()
        self.book.settle()

    def finish(self, hours: int = 14) -> None:
        """Let the clock go on until nothing is under way; no event is kept for longer than six hours."""
        for _ in range(hours):
            if not self.book.open:
                return
            self.cloud.clock.advance(hours=1)
            self.cloud.run_until_idle()
            self.read_queues()
            self.book.settle()

    def read_queues(self) -> None:
        """Empty the queues in which events end."""
        for queue, ids in (("Succeeded", _told), ("Failed", _told), ("Done", json.loads), ("JobsDead", _task)):
            for body in self._messages(self.stack.outputs[queue]):
                for id in ids(body):
                    self.book.end(id, queue)

    def _messages(self, url: str) -> Iterable[str]:
        while messages := self._sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            handles = [
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(messages)
            ]
            self._sqs.delete_message_batch(QueueUrl=url, Entries=handles)
            yield from (message["Body"] for message in messages)

    def _next(self) -> Asked:
        kind, mode = self._draw.choices(list(MIX), list(MIX.values()))[0]
        self._sent += 1
        return Asked(self._sent, kind, mode)

    def _send(self, asked: Asked) -> None:
        self.book.ask(asked)
        self.counts[asked.kind, asked.mode] += 1  # only to be read: a count lost to another thread does not matter
        how = SENDERS[asked.kind](self, asked)
        if how:
            self.book.end(asked.id, how)

    def http(self, asked: Asked) -> str:
        """GET it through the API."""
        answer = self.cloud.http.get(self.stack.outputs["Url"], query={"mode": asked.mode, "id": asked.id})
        if answer.status == 200 and answer.body != asked.id:
            return f"the answer to {answer.body!r}"
        return str(answer.status)

    def invoke(self, function: str, asked: Asked) -> str:
        """Invoke and wait, as another process would: through the Lambda API."""
        client = self.cloud.client("lambda")
        name = self.stack.resources[function].physical_id
        try:
            answer = client.invoke(FunctionName=name, Payload=json.dumps({"mode": asked.mode, "id": asked.id}))
        except ClientError as refused:
            return "throttled" if refused.response["Error"]["Code"] == "TooManyRequestsException" else str(refused)
        payload = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            return str(answer["FunctionError"])
        return "answered" if payload == {"id": asked.id} else f"the answer {payload!r}"

    def invoke_later(self, function: str, asked: Asked) -> str:
        """Hand it over as an event."""
        self.cloud.client("lambda").invoke(
            FunctionName=self.stack.resources[function].physical_id,
            InvocationType="Event",
            Payload=json.dumps({"mode": asked.mode, "id": asked.id}),
        )
        return ""

    def upload(self, asked: Asked) -> str:
        """Put an object whose key says what to do."""
        self._s3.put_object(Bucket=self.stack.outputs["Uploads"], Key=f"{asked.mode}/{asked.id}", Body=b"x" * 100)
        return ""

    def send_job(self, asked: Asked) -> str:
        """Send a message."""
        body = json.dumps({"mode": asked.mode, "id": asked.id})
        self._sqs.send_message(QueueUrl=self.stack.outputs["Jobs"], MessageBody=body)
        return ""


SENDERS: dict[str, Callable[[Traffic, Asked], str]] = {
    "http": Traffic.http,
    "sync": lambda traffic, asked: traffic.invoke("Work", asked),
    "async": lambda traffic, asked: traffic.invoke_later("Work", asked),
    "narrow": lambda traffic, asked: traffic.invoke("Narrow", asked),
    "narrow async": lambda traffic, asked: traffic.invoke_later("Narrow", asked),
    "closed": lambda traffic, asked: traffic.invoke("Closed", asked),
    "closed async": lambda traffic, asked: traffic.invoke_later("Closed", asked),
    "upload": Traffic.upload,
    "job": Traffic.send_job,
}


def _told(body: str) -> list[str]:
    """The id in what Lambda tells a destination about an event."""
    payload: Any = json.loads(body)["requestPayload"]
    if "Records" in payload:
        return [payload["Records"][0]["s3"]["object"]["key"].partition("/")[2].partition("%2F")[2] or
                payload["Records"][0]["s3"]["object"]["key"].rpartition("/")[2]]  # fmt: skip
    return [payload["id"]]


def _task(body: str) -> list[str]:
    return [json.loads(body)["id"]]
