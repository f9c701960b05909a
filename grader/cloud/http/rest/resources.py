"""A REST API's resources: a tree of path parts, its rules at creation, and which method a request meets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from grader.cloud.http.errors import GatewayRefusal, bad_request
from grader.cloud.http.lambda_authorizer import LambdaAuthorizer
from grader.cloud.http.rest.request_rules import RequestRules

_PART = re.compile(r"[a-zA-Z0-9._\-:%]+|\{[a-zA-Z0-9._\-:]+\+?\}")
SIBLING = "A sibling ({sibling}) of this resource already has a variable path part -- only one is allowed"
PATH_PART = (
    "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning"
    " and the end."
)
GREEDY_CHILD = "Cannot create a child of a resource with a greedy path variable."


@dataclass(frozen=True)
class Integration:
    """What stands behind a method: a function (``AWS_PROXY``) or an answer made up by the gateway (``MOCK``).

    Attributes
    ----------
    function
        The function's ARN, perhaps with a qualifier, perhaps with ``${stageVariables.name}`` in it.
    timeout_ms
        How long the gateway waits for the function, in milliseconds.
    http_method
        How the gateway calls Lambda's API, which takes POST only.
    credentials
        As whom the gateway invokes: None for itself, by the function's resource policy; ``arn:aws:iam::*:user/*`` for
        the caller.
    """

    type: str
    function: str | None = None
    timeout_ms: int = 29_000
    http_method: str = "POST"
    credentials: str | None = None
    request_templates: Mapping[str, str] = field(default_factory=dict)
    responses: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class MethodReferences:
    """What a method that was made by itself names instead of containing it, until the API is deployed.

    Attributes
    ----------
    models
        Names of models by media type.
    """

    authorizer_id: str | None = None
    validator_id: str | None = None
    models: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Method:
    """One verb of a resource; ``ANY`` stands for all of them.

    Attributes
    ----------
    authorization
        ``CUSTOM`` asks ``authorizer``, ``AWS_IAM`` wants a signature and ``execute-api:Invoke``.
    api_key_required
        The request must bring the API key of a usage plan.
    rules
        What a request must bring besides, when the method validates it.
    """

    verb: str
    integration: Integration | None
    authorization: Literal["NONE", "CUSTOM", "AWS_IAM"] = "NONE"
    authorizer: LambdaAuthorizer | None = None
    api_key_required: bool = False
    rules: RequestRules = field(default_factory=RequestRules)
    references: MethodReferences | None = None


@dataclass(frozen=True)
class Resource:
    """One path of an API and its methods."""

    id: str
    path: str
    methods: Mapping[str, Method] = field(default_factory=dict)

    @property
    def parts(self) -> tuple[str, ...]:
        """The path, part by part; empty for ``/``."""
        return tuple(part for part in self.path.split("/") if part)


@dataclass(frozen=True)
class Match:
    """The method that a request meets, and what its path says for each ``{parameter}``, still percent-encoded."""

    resource: Resource
    method: Method
    parameters: Mapping[str, str]


def is_variable(part: str) -> bool:
    """True for ``{name}`` and ``{name+}``."""
    return part.startswith("{")


def is_greedy(part: str) -> bool:
    """True for ``{name+}``, which takes the rest of the path."""
    return part.endswith("+}")


def paths_with_parents(paths: list[str]) -> list[str]:
    """Every path and the paths above it, parents first, as API Gateway creates them.

    Raises
    ------
    GatewayRefusal
        For a part that is not allowed, something below a greedy variable, or two variables side by side.
    """
    found: list[str] = ["/"]
    for path in paths:
        above = ""
        for part in [part for part in path.split("/") if part]:
            here = f"{above}/{part}"
            if here not in found:
                refuse_bad_part(path, above, part, found)
                found.append(here)
            above = here
    return found


def refuse_bad_part(path: str, above: str, part: str, found: list[str]) -> None:
    """Refuse a path part below ``above`` that API Gateway does not allow beside the paths that were ``found``."""
    if not _PART.fullmatch(part):
        raise _refusal(path, PATH_PART)
    if above and is_greedy(above.rsplit("/", 1)[1]):
        raise _refusal(path, GREEDY_CHILD)
    for other in found:
        parent, _, sibling = other.rpartition("/")
        if parent == above and is_variable(sibling) and is_variable(part):
            raise _refusal(path, SIBLING.format(sibling=sibling))


def _refusal(path: str, message: str) -> GatewayRefusal:
    return bad_request(f"Errors found during import:\n\tUnable to create resource at path '{path}': {message}")


def match_route(resources: Mapping[str, Resource], verb: str, path: str) -> Match | None:
    """The method that ``verb path`` meets: an exact part goes before ``{name}``, which goes before ``{name+}``.

    Parameters
    ----------
    resources
        The resources by path.
    path
        The request's path without the stage, still percent-encoded; a slash at its end does not matter.

    Returns
    -------
    Match | None
        None when no resource has the path, or none of those that have it the verb.
    """
    parts = [part for part in path.split("/") if part]
    for resource, parameters in _candidates(resources, "", parts, {}):
        method = resource.methods.get(verb) or resource.methods.get("ANY")
        if method is not None:
            return Match(resource, method, parameters)
    return None


def _candidates(
    resources: Mapping[str, Resource], above: str, parts: list[str], taken: dict[str, str]
) -> Iterator[tuple[Resource, dict[str, str]]]:
    """The resources that have the path, the most specific first."""
    if not parts:
        if (resource := resources.get(above or "/")) is not None:
            yield resource, taken
        return
    if not is_variable(parts[0]) and f"{above}/{parts[0]}" in resources:
        yield from _candidates(resources, f"{above}/{parts[0]}", parts[1:], taken)
    for child in _variable_children(resources, above):
        if is_greedy(child):
            yield resources[f"{above}/{child}"], {**taken, child[1:-2]: "/".join(parts)}
        else:
            yield from _candidates(resources, f"{above}/{child}", parts[1:], {**taken, child[1:-1]: parts[0]})


def _variable_children(resources: Mapping[str, Resource], above: str) -> list[str]:
    children = [path.rpartition("/")[2] for path in resources if path != "/" and path.rpartition("/")[0] == above]
    return sorted((child for child in children if is_variable(child)), key=is_greedy)
