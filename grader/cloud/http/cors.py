"""CORS as HTTP APIs and function URLs answer it by themselves: preflights, and headers on answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.cloud.http.passage import Passage

HEADERS = frozenset(
    {
        "access-control-allow-origin",
        "access-control-allow-credentials",
        "access-control-expose-headers",
        "access-control-max-age",
        "access-control-allow-methods",
        "access-control-allow-headers",
    }
)


@dataclass(frozen=True)
class Cors:
    """A CORS configuration.

    Attributes
    ----------
    max_age
        Seconds for which a browser may keep a preflight's answer.
    """

    origins: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    credentials: bool = False
    max_age: int | None = None

    def origin_for(self, origin: str) -> str | None:
        """What ``Access-Control-Allow-Origin`` says to a page of this origin; None when it is not allowed."""
        for allowed in self.origins:
            if allowed == "*":
                return origin if self.credentials else "*"
            prefix = allowed.removesuffix("*")
            if origin.lower() == allowed.lower() or (allowed.endswith("*") and origin.lower().startswith(prefix)):
                return origin
        return None

    def answer_headers(self, passage: Passage) -> list[tuple[str, str]]:
        """The headers for the answer to a request with an ``Origin``; none for an origin that is not allowed."""
        allowed = self._allowed(passage)
        if allowed is None:
            return []
        found = [("access-control-allow-origin", allowed)]
        if self.credentials:
            found.append(("access-control-allow-credentials", "true"))
        if self.exposed:
            found.append(("access-control-expose-headers", ",".join(self.exposed)))
        return found

    def preflight_headers(self, passage: Passage) -> list[tuple[str, str]]:
        """The headers for the answer to a preflight."""
        found = self.answer_headers(passage)
        if not found:
            return []
        if self.methods:
            found.append(("access-control-allow-methods", ",".join(self.methods)))
        if self.headers:
            found.append(("access-control-allow-headers", ",".join(self.headers)))
        if self.max_age is not None:
            found.append(("access-control-max-age", str(self.max_age)))
        return found

    def _allowed(self, passage: Passage) -> str | None:
        origin = passage.header("origin")
        return self.origin_for(origin) if origin else None

    def why_not(self, passage: Passage) -> str:
        """Why a preflight or a request gets no permission, in a sentence."""
        listed = ", ".join(self.origins) or "none"
        return f"The origin {passage.header('origin')} is not among the allowed ones ({listed})."


def read_cors(written: Mapping[str, Any]) -> Cors:
    """A configuration in any of its spellings: ``AllowOrigins`` of a template, ``allowOrigins`` of OpenAPI."""
    plain = {f"{name[0].lower()}{name[1:]}": value for name, value in written.items()}

    def listed(name: str) -> tuple[str, ...]:
        value = plain.get(name) or ()
        return (str(value),) if isinstance(value, str) else tuple(str(one) for one in value)

    age = plain.get("maxAge")
    return Cors(
        listed("allowOrigins"),
        listed("allowMethods"),
        listed("allowHeaders"),
        listed("exposeHeaders"),
        str(plain.get("allowCredentials", "false")).lower() == "true",
        None if age is None else int(age),
    )


def is_preflight(passage: Passage) -> bool:
    """Whether a browser asks before a request: OPTIONS with ``Origin`` and ``Access-Control-Request-Method``."""
    asked = passage.header("origin") and passage.header("access-control-request-method")
    return passage.request.method == "OPTIONS" and bool(asked)


def described_cors(cors: Cors) -> dict[str, Any]:
    """A configuration as the APIs of API Gateway and Lambda describe it."""
    lists = {
        "AllowOrigins": cors.origins,
        "AllowMethods": cors.methods,
        "AllowHeaders": cors.headers,
        "ExposeHeaders": cors.exposed,
    }
    described: dict[str, Any] = {name: list(values) for name, values in lists.items() if values}
    if cors.max_age is not None:
        described["MaxAge"] = cors.max_age
    return {**described, "AllowCredentials": cors.credentials}
