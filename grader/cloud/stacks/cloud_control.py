"""Cloud Control API, as far as it reads: one way to look at resources of every type. ``sam list endpoints`` asks it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from grader.cloud.door.responder import ApiError
from grader.cloud.stacks.service import StackService
from grader.cloud.stacks.stack import Resource

PAGE_SIZE = 100


class CloudControlApi:
    """Answers ``GetResource`` and ``ListResources`` from the account's stacks.

    On AWS they show also what no stack has made; here, what was made with a service's own API is not seen.

    Parameters
    ----------
    stacks
        The stacks of the account.
    """

    def __init__(self, stacks: StackService) -> None:
        self._stacks = stacks
        self.actions = {"GetResource": self._get, "ListResources": self._list}

    def _get(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        kind, identifier = str(asked["TypeName"]), str(asked["Identifier"])
        found = next((one for one in self._of_type(kind) if identifier in _identifiers(one)), None)
        if found is None:
            raise ApiError(
                "ResourceNotFoundException",
                f"Resource of type '{kind}' with identifier '{identifier}' was not found.",
            )
        return {"TypeName": kind, "ResourceDescription": _description(found, identifier)}

    def _list(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        kind = str(asked["TypeName"])
        found = [_description(one, one.physical_id) for one in self._of_type(kind)]
        start, size = int(asked.get("NextToken") or 0), int(asked.get("MaxResults") or PAGE_SIZE)
        more = {"NextToken": str(start + size)} if start + size < len(found) else {}
        return {"TypeName": kind, "ResourceDescriptions": found[start : start + size], **more}

    def _of_type(self, kind: str) -> Iterator[Resource]:
        for stack in self._stacks:
            yield from (one for one in stack.resources.values() if one.type == kind and one.physical_id)


def _identifiers(resource: Resource) -> set[str]:
    """What a resource can be asked for by; the URL of a function goes by the function's ARN, or by its name."""
    names = {resource.physical_id, resource.arn or ""}
    function = str(resource.attributes.get("FunctionArn", ""))
    if resource.type == "AWS::Lambda::Url" and function:
        names |= {function, function.partition(":function:")[2]}
    return names - {""}


def _description(resource: Resource, identifier: str) -> dict[str, str]:
    properties = {**resource.properties, **resource.attributes}
    return {"Identifier": identifier, "Properties": json.dumps(properties, default=str)}
