"""DynamoDB's API where moto differs: limits, idempotency tokens, time to live, how many items a table says it has."""

from __future__ import annotations

import json
from typing import Any

from grader.cloud.clock import Clock
from grader.cloud.door.moto_service import Moto
from grader.cloud.door.request import Request
from grader.cloud.door.response import Response
from grader.cloud.dynamodb.expiry import Expiry
from grader.cloud.dynamodb.item_counts import ItemCounts
from grader.cloud.dynamodb.item_size import measure_as_aws
from grader.cloud.dynamodb.limits import check_limits
from grader.cloud.dynamodb.table_copies import copy_faster
from grader.cloud.dynamodb.tokens import Tokens

ANSWERED = frozenset({"BatchWriteItem", "DescribeTable", "TransactWriteItems", "UpdateTimeToLive"})


class DynamoDbApi:
    """Looks at the requests that need it, and lets moto answer them.

    Parameters
    ----------
    moto
        Keeps the tables.
    clock
        Times expiry, tokens, and the numbers of items.
    """

    def __init__(self, moto: Moto, clock: Clock) -> None:
        measure_as_aws()
        copy_faster()
        self._moto = moto
        self._tokens, self._expiry, self._counts = Tokens(clock), Expiry(moto, clock), ItemCounts(clock)

    def answers(self, request: Request) -> bool:
        """Whether the request's operation needs a look."""
        return _operation(request) in ANSWERED

    def handle(self, request: Request, access_key: str | None = None) -> Response:
        """Answer the request.

        Raises
        ------
        Refusal
            When it is larger than DynamoDB takes, or its token was used for something else.
        """
        operation, given = _operation(request), _given(request)
        check_limits(operation, given)
        token = str(given.get("ClientRequestToken") or "") if operation == "TransactWriteItems" else ""
        before = self._tokens.answer(token, given.get("TransactItems")) if token else None
        if before is not None:
            return before
        response = self._moto.call(request)
        if token and response.status == 200:
            self._tokens.note(token, given.get("TransactItems"), response)
        if operation == "UpdateTimeToLive":
            self._expiry.watch()
        if operation == "DescribeTable" and response.status == 200:
            return self._counts.as_aws_tells(response)
        return response


def _operation(request: Request) -> str:
    return request.header("X-Amz-Target").rpartition(".")[2]


def _given(request: Request) -> dict[str, Any]:
    try:
        given = json.loads(request.body or b"{}")
    except ValueError:  # moto says what is wrong with it
        return {}
    return given if isinstance(given, dict) else {}
