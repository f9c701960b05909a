"""Access logs: one line for each request, in a format of the API's own with ``$context`` variables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from grader.cloud.errors import NotSupported
from grader.cloud.http.errors import bad_request

_GROUP = re.compile(r"arn:aws:logs:[a-z0-9-]+:\d{12}:log-group:(?P<name>[^:*]+)(?::\*)?")
_VARIABLE = re.compile(r"\$context\.([A-Za-z][A-Za-z0-9_.:-]*[A-Za-z0-9_])")


@dataclass(frozen=True)
class AccessLog:
    """Where the lines go, and how one looks.

    Attributes
    ----------
    group
        The log group's name.
    """

    group: str
    format: str

    def line(self, variables: Mapping[str, str]) -> str:
        """The line of one request; a variable without a value is a dash."""
        return _VARIABLE.sub(lambda found: variables.get(found[1]) or "-", self.format)


def read_access_log(written: Mapping[str, str] | None, *, demand_request_id: bool = False) -> AccessLog | None:
    """A stage's ``AccessLogSetting(s)``; None when there are none.

    Parameters
    ----------
    demand_request_id
        REST APIs refuse a format that does not name the request.

    Raises
    ------
    GatewayRefusal
        In API Gateway's words.
    NotSupported
        For a Firehose stream in place of a log group.
    """
    if not written or not written.get("DestinationArn"):
        return None
    destination, layout = str(written["DestinationArn"]), str(written.get("Format") or "")
    if ":firehose:" in destination:
        raise NotSupported("AccessLogSetting.DestinationArn of a Firehose stream", next_step="Name a log group.")
    found = _GROUP.fullmatch(destination)
    if found is None:
        raise bad_request(f"Invalid ARN specified in the request. ARN: {destination}")
    named = "$context.requestId" in layout or "$context.extendedRequestId" in layout
    if demand_request_id and ("\n" in layout.strip() or not named):
        raise bad_request(
            "Invalid log format: it must be a single line that contains $context.requestId or "
            "$context.extendedRequestId"
        )
    return AccessLog(found["name"], layout.strip())
