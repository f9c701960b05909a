"""What is counted while it happens: requests to S3, SNS and DynamoDB as they pass the door, and functions' GB-seconds.

Everything else on a bill is read from metrics, logs and stored objects when the bill is asked for.
"""

from __future__ import annotations

import json
import math
import threading
from collections import defaultdict
from urllib.parse import parse_qs, unquote

from grader.cloud.door.request import Request
from grader.cloud.door.response import Response

READ_UNIT, WRITE_UNIT = 4096, 1024
WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"})
READS = frozenset({"GetItem", "Query", "Scan", "BatchGetItem"})
# A transaction does everything twice: it prepares, and it commits.
TRANSACTIONS = {"TransactWriteItems": "dynamodb_write", "TransactGetItems": "dynamodb_read"}


class Usage:
    """Quantities by the name of their price and the resource that used them. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counted: dict[tuple[str, str], float] = defaultdict(float)

    def add(self, price: str, resource: str, quantity: float) -> None:
        """Count."""
        with self._lock:
            self._counted[price, resource] += quantity

    def all(self) -> dict[tuple[str, str], float]:
        """Everything that was counted."""
        with self._lock:
            return dict(self._counted)

    def observe(self, service: str, request: Request, response: Response) -> None:
        """Count a request that was let through to its service; one that the service then refuses is free."""
        if response.status in (400, 403) or response.status >= 500:
            return
        if service == "s3":
            self._s3(request)
        elif service == "sns":
            self._sns(request)
        elif service == "dynamodb":
            self._dynamodb(request, response)

    def _s3(self, request: Request) -> None:
        bucket, _, key = unquote(request.path).lstrip("/").partition("/")
        if not bucket or request.method == "DELETE":
            return
        reads = request.method in ("GET", "HEAD") and bool(key)
        self.add("s3_get" if reads else "s3_put", bucket, 1)

    def _sns(self, request: Request) -> None:
        form = parse_qs(request.body.decode("utf-8", "replace"))
        if form.get("Action", [""])[0] in ("Publish", "PublishBatch"):
            topic = form.get("TopicArn", form.get("TargetArn", [""]))[0]
            self.add("sns_publish", topic.rpartition(":")[2], 1)

    def _dynamodb(self, request: Request, response: Response) -> None:
        operation = request.header("X-Amz-Target").rpartition(".")[2]
        try:
            given = json.loads(request.body or b"{}")
        except ValueError:
            return
        if operation in WRITES:
            self.add("dynamodb_write", _table(given), max(1, math.ceil(len(request.body) / WRITE_UNIT)))
        elif operation in READS:
            units = max(1, math.ceil(len(response.body) / READ_UNIT))
            self.add("dynamodb_read", _table(given), units if given.get("ConsistentRead") else units / 2)
        elif operation in TRANSACTIONS:
            for item in given.get("TransactItems") or ():
                (action,) = item.values()
                self.add(TRANSACTIONS[operation], _table(action), 2)


def _table(given: dict[str, object]) -> str:
    items = given.get("RequestItems")
    name = str(given.get("TableName") or (next(iter(items)) if isinstance(items, dict) and items else ""))
    return name.rpartition("/")[2]
