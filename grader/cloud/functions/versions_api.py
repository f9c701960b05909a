"""The Lambda API's operations on versions, aliases, reserved concurrency and the account."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from grader.cloud.door.request import Request
from grader.cloud.errors import NotSupported
from grader.cloud.functions.aliases import Aliases
from grader.cloud.functions.concurrency import Concurrency
from grader.cloud.functions.errors import InvalidRequestContent
from grader.cloud.functions.payloads import checked_event
from grader.cloud.functions.pool import ACCOUNT_CONCURRENCY
from grader.cloud.functions.registry import split_name
from grader.cloud.functions.versions import TOTAL_CODE_BYTES, UNZIPPED_BYTES, ZIPPED_BYTES, Versions

# Lambda hands out no more at a time, whatever MaxItems says.
MOST_IN_A_PAGE = 50
Members = dict[str, Any]
# The status and the members of an answer; None for an answer without a body.
Answer = tuple[int, Members | None]
Route = tuple[str, re.Pattern[str], Callable[[Request, re.Match[str]], Answer]]

FUNCTION = r"^/2015-03-31/functions/(?P<name>[^/]+)"
VERSIONS = re.compile(FUNCTION + r"/versions/?$")
VERSION = re.compile(FUNCTION + r"/?$")
ALIASES = re.compile(FUNCTION + r"/aliases/?$")
ALIAS = re.compile(FUNCTION + r"/aliases/(?P<alias>[^/]+)$")
CONCURRENCY = re.compile(r"^/20(17-10-31|19-09-30)/functions/(?P<name>[^/]+)/concurrency$")
PROVISIONED = re.compile(r"^/2019-09-30/functions/(?P<name>[^/]+)/provisioned-concurrency$")
SETTINGS = re.compile(r"^/2016-08-19/account-settings/?$")


class VersionsApi:
    """Answers for what happens to a function between two deployments."""

    def __init__(self, versions: Versions, aliases: Aliases, concurrency: Concurrency) -> None:
        self._versions, self._aliases, self._concurrency = versions, aliases, concurrency
        self._routes: tuple[Route, ...] = (
            ("POST", VERSIONS, self._publish),
            ("GET", VERSIONS, self._list_versions),
            ("DELETE", VERSION, self._delete_version),
            ("POST", ALIASES, self._create_alias),
            ("GET", ALIASES, self._list_aliases),
            ("GET", ALIAS, lambda request, match: (200, self._aliases.get(_name(match), unquote(match["alias"])))),
            ("PUT", ALIAS, self._update_alias),
            ("DELETE", ALIAS, self._delete_alias),
            ("PUT", CONCURRENCY, self._reserve),
            ("GET", CONCURRENCY, self._reserved),
            ("DELETE", CONCURRENCY, self._release),
            ("GET", SETTINGS, self._settings),
        )

    def find(self, request: Request) -> Callable[[], Answer] | None:
        """What answers this request; None when it is about something else.

        Raises
        ------
        NotSupported
            For provisioned concurrency, which is not imitated.
        """
        if PROVISIONED.match(request.path):
            raise NotSupported("provisioned concurrency")
        for method, pattern, answer in self._routes:
            match = pattern.match(request.path)
            if match and method == request.method and (pattern is not VERSION or _qualifier(request, match)):
                return lambda answer=answer, match=match: answer(request, match)  # type: ignore[misc]  # bound early
        return None

    def _publish(self, request: Request, match: re.Match[str]) -> Answer:
        given = members_of(request)
        told = self._versions.publish(
            _name(match), given.get("Description"), given.get("CodeSha256") or "", given.get("RevisionId") or ""
        )
        return 201, told

    def _list_versions(self, request: Request, match: re.Match[str]) -> Answer:
        found, marker = self._versions.listed(_name(match), *_page(request))
        return 200, {"Versions": found, "NextMarker": marker}

    def _delete_version(self, request: Request, match: re.Match[str]) -> Answer:
        self._versions.delete(split_name(_name(match))[0], _qualifier(request, match))
        return 204, None

    def _create_alias(self, request: Request, match: re.Match[str]) -> Answer:
        return 201, self._aliases.create(_name(match), members_of(request))

    def _update_alias(self, request: Request, match: re.Match[str]) -> Answer:
        return 200, self._aliases.update(_name(match), unquote(match["alias"]), members_of(request))

    def _delete_alias(self, request: Request, match: re.Match[str]) -> Answer:
        self._aliases.delete(_name(match), unquote(match["alias"]))
        return 204, None

    def _list_aliases(self, request: Request, match: re.Match[str]) -> Answer:
        found, marker = self._aliases.listed(_name(match), request.parameters.get("FunctionVersion"), *_page(request))
        return 200, {"Aliases": found, "NextMarker": marker}

    def _reserve(self, request: Request, match: re.Match[str]) -> Answer:
        executions = members_of(request).get("ReservedConcurrentExecutions")
        if not isinstance(executions, int):
            raise InvalidRequestContent("ReservedConcurrentExecutions must be a whole number.")
        return 200, {"ReservedConcurrentExecutions": self._concurrency.reserve(_name(match), executions)}

    def _reserved(self, request: Request, match: re.Match[str]) -> Answer:
        reserved = self._concurrency.of(_name(match))
        return 200, {} if reserved is None else {"ReservedConcurrentExecutions": reserved}

    def _release(self, request: Request, match: re.Match[str]) -> Answer:
        self._concurrency.release(_name(match))
        return 204, None

    def _settings(self, request: Request, match: re.Match[str]) -> Answer:
        functions, code = self._versions.usage()
        limits = {
            "TotalCodeSize": TOTAL_CODE_BYTES,
            "CodeSizeUnzipped": UNZIPPED_BYTES,
            "CodeSizeZipped": ZIPPED_BYTES,
            "ConcurrentExecutions": ACCOUNT_CONCURRENCY,
            "UnreservedConcurrentExecutions": self._concurrency.unreserved(),
        }
        return 200, {"AccountLimit": limits, "AccountUsage": {"TotalCodeSize": code, "FunctionCount": functions}}


def members_of(request: Request) -> Members:
    """The members of a request's JSON body.

    Raises
    ------
    InvalidRequestContent
        When the body is no object.
    """
    members = json.loads(checked_event(request.body))
    if not isinstance(members, dict):
        raise InvalidRequestContent("Expected an object.")
    return members


def _name(match: re.Match[str]) -> str:
    return unquote(match["name"])


def _qualifier(request: Request, match: re.Match[str]) -> str:
    return split_name(_name(match))[1] or request.parameters.get("Qualifier") or ""


def _page(request: Request) -> tuple[str | None, int]:
    return request.parameters.get("Marker"), min(
        MOST_IN_A_PAGE, int(request.parameters.get("MaxItems") or MOST_IN_A_PAGE)
    )
