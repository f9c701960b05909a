"""Which functions and aliases have an address of their own, and how it answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from grader.cloud.clock import Clock
from grader.cloud.errors import NotSupported
from grader.cloud.functions.errors import InvalidParameterValue, LambdaError
from grader.cloud.http.cors import Cors
from grader.cloud.http.neighbours import Functions
from grader.cloud.ids import Ids

AuthType = Literal["NONE", "AWS_IAM"]


@dataclass
class FunctionUrl:
    """A function URL.

    Attributes
    ----------
    function
        The function's name.
    arn
        Of the function, or of the alias where ``qualifier`` names one.
    """

    id: str
    function: str
    qualifier: str | None
    arn: str
    auth_type: AuthType
    cors: Cors | None
    created: float
    changed: float


class FunctionUrls:
    """The account's function URLs in one Region.

    Parameters
    ----------
    clock, ids
        Dates and identifiers.
    functions
        Says whether a function or alias is there.
    region
        Part of the addresses.
    """

    def __init__(self, clock: Clock, ids: Ids, functions: Functions, region: str) -> None:
        self._clock, self._ids, self._functions, self._region = clock, ids, functions, region
        self._urls: dict[str, FunctionUrl] = {}

    def __iter__(self) -> Iterator[FunctionUrl]:
        return iter(list(self._urls.values()))

    def find(self, url_id: str) -> FunctionUrl | None:
        """The URL with this id, the first part of its host; None when there is none, or its function is gone."""
        found = self._urls.get(url_id)
        if found is not None and not self._exists(found):
            del self._urls[url_id]
            return None
        return found

    def address(self, url: FunctionUrl) -> str:
        """``https://<id>.lambda-url.<region>.on.aws/``."""
        return f"https://{url.id}.lambda-url.{self._region}.on.aws/"

    def create(
        self, function: str, qualifier: str | None, auth_type: str, cors: Cors | None, invoke_mode: str | None
    ) -> FunctionUrl:
        """Give a function, or one of its aliases, an address.

        Raises
        ------
        LambdaError
            In Lambda's words: no such function, an address is there already, a version instead of an alias.
        NotSupported
            For response streaming.
        """
        if qualifier is not None and (qualifier.isdigit() or qualifier == "$LATEST"):
            raise InvalidParameterValue(f"A function URL can be for an alias or the function, not for {qualifier}.")
        name, arn = self._functions.named(function, qualifier)
        if self._of(name, qualifier) is not None:
            raise LambdaError(
                "ResourceConflictException",
                409,
                f"Failed to create function url config for [functionArn = {arn}]. Error message:  FunctionUrlConfig "
                "exists for this Lambda function",
            )
        now = self._clock.timestamp()
        kind = _checked(auth_type, invoke_mode)
        url = FunctionUrl(self._ids.lower(32), name, qualifier, arn, kind, cors, now, now)
        self._urls[url.id] = url
        return url

    def get(self, function: str, qualifier: str | None) -> FunctionUrl:
        """The URL of a function or alias; ``ResourceNotFoundException`` when it has none."""
        name, _ = self._functions.named(function, qualifier)
        found = self._of(name, qualifier)
        if found is None:
            raise LambdaError("ResourceNotFoundException", 404, "The resource you requested does not exist.")
        return found

    def update(
        self, function: str, qualifier: str | None, auth_type: str | None, cors: Any, invoke_mode: str | None
    ) -> FunctionUrl:
        """Change a URL's settings; what is None stays."""
        url = self.get(function, qualifier)
        url.auth_type = _checked(auth_type or url.auth_type, invoke_mode)
        url.cors = url.cors if cors is None else cors
        url.changed = self._clock.timestamp()
        return url

    def delete(self, function: str, qualifier: str | None) -> None:
        """Take a function's address away."""
        del self._urls[self.get(function, qualifier).id]

    def of_function(self, function: str) -> list[FunctionUrl]:
        """All addresses of a function and its aliases."""
        name, _ = self._functions.named(function, None)
        return [url for url in self if url.function == name and self._exists(url)]

    def _of(self, name: str, qualifier: str | None) -> FunctionUrl | None:
        wanted = (name, qualifier)
        found = next((url for url in self if (url.function, url.qualifier) == wanted), None)
        return self.find(found.id) if found else None

    def _exists(self, url: FunctionUrl) -> bool:
        try:
            self._functions.named(url.function, url.qualifier)
        except LambdaError:
            return False
        return True


def _checked(auth_type: str, invoke_mode: str | None) -> AuthType:
    if invoke_mode not in (None, "BUFFERED"):
        raise NotSupported(f"FunctionUrlConfig.InvokeMode {invoke_mode}", next_step="Leave it out: BUFFERED.")
    if auth_type == "NONE":
        return "NONE"
    if auth_type == "AWS_IAM":
        return "AWS_IAM"
    raise InvalidParameterValue(f"AuthType must be NONE or AWS_IAM, not {auth_type}.")
