"""An HTTP API's routes, what stands behind them, and which of them a request meets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from grader.cloud.http.errors import bad_request
from grader.cloud.http.lambda_authorizer import IdentitySource, LambdaAuthorizer

DEFAULT = "$default"
VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "ANY")
AuthorizationType = Literal["NONE", "JWT", "CUSTOM", "AWS_IAM"]
_PART = re.compile(r"\{[A-Za-z0-9._:-]+\+?\}|[A-Za-z0-9._~:@!$&'()*,;=%-]+")


@dataclass(frozen=True)
class JwtAuthorizer:
    """An authorizer that asks nobody: it verifies a token by the keys that its issuer publishes.

    Attributes
    ----------
    audience
        What the token's ``aud`` (or ``client_id``) may be.
    source
        Where the token is.
    """

    id: str
    name: str
    issuer: str
    audience: tuple[str, ...]
    source: IdentitySource


Authorizer = LambdaAuthorizer | JwtAuthorizer


@dataclass(frozen=True)
class HttpIntegration:
    """The function behind a route.

    Attributes
    ----------
    function
        Its ARN, perhaps with ``${stageVariables.name}`` in it.
    payload
        ``1.0`` or ``2.0``: the form of the event, and of what the function may return.
    timeout_ms
        How long the gateway waits, milliseconds.
    """

    id: str
    function: str
    payload: str = "2.0"
    timeout_ms: int = 30_000


@dataclass(frozen=True)
class Route:
    """A verb and a path, or ``$default``.

    Attributes
    ----------
    scopes
        A JWT must have one of them.
    dropped
        Why AWS's import would have left the route out without a word; such a route answers 404.
    """

    id: str
    key: str
    integration: HttpIntegration | None = None
    authorization: AuthorizationType = "NONE"
    authorizer: Authorizer | None = None
    scopes: tuple[str, ...] = ()
    dropped: str | None = None
    verb: str = field(init=False)
    parts: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        verb, _, path = self.key.partition(" ")
        object.__setattr__(self, "verb", verb)
        object.__setattr__(self, "parts", tuple(part for part in path.split("/") if part))

    @property
    def path(self) -> str:
        """The path with its variables; empty for ``$default``."""
        return self.key.partition(" ")[2]


@dataclass(frozen=True)
class RouteMatch:
    """The route that a request meets, and what its path says for each ``{parameter}``."""

    route: Route
    parameters: Mapping[str, str]


def checked_key(key: str) -> str:
    """A route key, if it is one: ``$default``, or a verb and a path.

    Raises
    ------
    GatewayRefusal
        In API Gateway's words.
    """
    if key == DEFAULT:
        return key
    verb, _, path = key.partition(" ")
    parts = [part for part in path.split("/") if part]
    greedy = [part for part in parts[:-1] if part.endswith("+}")]
    if verb not in VERBS or not path.startswith("/") or greedy or not all(_PART.fullmatch(part) for part in parts):
        raise bad_request(
            f"The provided route key is not formatted properly for HTTP protocol. Route key: {key}. Use the form "
            '"<METHOD> /path", or $default.'
        )
    return f"{verb} {path}"


def match_route(routes: Iterable[Route], verb: str, path: str) -> RouteMatch | None:
    """The route that ``verb path`` meets.

    AWS's priorities: a full match of route and method, then a route with a greedy variable, then ``$default``. Of two
    full matches the one with the earlier literal part wins; the method itself goes before ``ANY``.

    Parameters
    ----------
    path
        The request's path without the stage, decoded.
    """
    sent = tuple(part for part in path.split("/") if part)
    best: tuple[tuple[int, ...], RouteMatch] | None = None
    for route in routes:
        if route.key == DEFAULT:
            found = RouteMatch(route, {})
        elif route.verb in (verb, "ANY") and (parameters := _taken(route.parts, sent)) is not None:
            found = RouteMatch(route, parameters)
        else:
            continue
        rank = _rank(route)
        if best is None or rank < best[0]:
            best = rank, found
    return best[1] if best else None


def _rank(route: Route) -> tuple[int, ...]:
    if route.key == DEFAULT:
        return (2,)
    greedy = bool(route.parts) and route.parts[-1].endswith("+}")
    kinds = [2 if part.endswith("+}") else 1 if part.startswith("{") else 0 for part in route.parts]
    return (int(greedy), *kinds, int(route.verb == "ANY"))


def _taken(parts: tuple[str, ...], sent: tuple[str, ...]) -> dict[str, str] | None:
    taken: dict[str, str] = {}
    for number, part in enumerate(parts):
        if part.endswith("+}"):
            rest = sent[number:]
            return {**taken, part[1:-2]: "/".join(rest)} if rest else None
        if number >= len(sent):
            return None
        if part.startswith("{"):
            taken[part[1:-1]] = sent[number]
        elif part != sent[number]:
            return None
    return taken if len(parts) == len(sent) else None
