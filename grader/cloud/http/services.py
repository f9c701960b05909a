"""What all kinds of APIs share: functions, authorizers, signatures, the account's own throttle, metrics and logs."""

from __future__ import annotations

from dataclasses import dataclass, field

from grader.cloud.http.callers import Callers
from grader.cloud.http.failure import Failure, Stopped
from grader.cloud.http.function_calls import FunctionCalls
from grader.cloud.http.lambda_authorizer import LambdaAuthorizers
from grader.cloud.http.passage import Passage
from grader.cloud.http.records import Records
from grader.cloud.http.throttle import ACCOUNT, Throttle
from grader.cloud.ids import Ids


@dataclass(frozen=True)
class Services:
    """The gateway's own neighbours, for REST APIs, HTTP APIs and function URLs."""

    ids: Ids
    calls: FunctionCalls
    authorizers: LambdaAuthorizers
    callers: Callers
    records: Records
    account: Throttle = field(default_factory=lambda: Throttle({"account": ACCOUNT}))

    def check_account(self, passage: Passage, failure: Failure) -> None:
        """The throttle of the whole account, over all its APIs in the Region; raises ``Stopped``."""
        if not self.account.admits(("account",), passage.at):
            raise Stopped(
                failure, "throttle", f"More requests than the account admits for all its APIs together: {ACCOUNT}."
            )
