"""The Lambda API's operations on event source mappings."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from grader.cloud.door.request import Request
from grader.cloud.events.mapping_rules import check_mapping, conflict
from grader.cloud.events.mappings import EventSourceMapping
from grader.cloud.events.service import EventService
from grader.cloud.functions import FunctionService, LambdaError
from grader.cloud.functions.registry import split_name
from grader.cloud.functions.versions_api import Answer, Members, members_of

PATH = re.compile(r"^/2015-03-31/event-source-mappings/?(?P<uuid>[^/]*)$")
FIXED = ("EventSourceArn", "StartingPosition", "StartingPositionTimestamp", "Tags", "FunctionName")
PAGE = 100


class MappingsApi:
    """Makes, changes, tells and removes event source mappings."""

    def __init__(self, functions: FunctionService, events: EventService) -> None:
        self._functions, self._events, self._mappings = functions, events, events.mappings

    def find(self, request: Request) -> Callable[[], Answer] | None:
        """What answers this request; None when it is about something else."""
        found = PATH.match(request.path)
        if found is None:
            return None
        identifier = unquote(found["uuid"])
        routes: dict[str, Callable[[], Answer]] = {
            "POST": lambda: self._create(members_of(request)),
            "GET": (lambda: (200, self._get(identifier).answer())) if identifier else lambda: self._list(request),
            "PUT": lambda: self._update(identifier, members_of(request)),
            "DELETE": lambda: self._delete(identifier),
        }
        return routes.get(request.method)

    def _create(self, given: Members) -> Answer:
        source = str(given.get("EventSourceArn") or "")
        if source.count(":") < 5:
            raise LambdaError("InvalidParameterValueException", 400, f"Unrecognized event source: {source}")
        settings = {name: value for name, value in given.items() if name != "EventSourceArn" and value is not None}
        mapping = EventSourceMapping(
            self._functions.ids.uuid(),
            source,
            self._target(str(given.get("FunctionName"))),
            settings,
            self._functions.clock.timestamp(),
        )
        check_mapping(self._functions, mapping)
        self._refuse_second(mapping)
        stored = self._mappings.put(mapping)
        if stored.service == "dynamodb":
            self._events.streams.begin(stored)
        return 202, {**stored.answer(), "State": "Creating"}

    def _target(self, function: str) -> str:
        name, qualifier = split_name(function)
        self._functions.registry.resolve(name, qualifier)
        return self._functions.registry.arn(name) + (f":{qualifier}" if qualifier else "")

    def _refuse_second(self, mapping: EventSourceMapping) -> None:
        for other in self._mappings.all():
            if (other.source_arn, other.function) == (mapping.source_arn, mapping.function):
                raise conflict(mapping, other.id)

    def _get(self, identifier: str) -> EventSourceMapping:
        mapping = self._mappings.get(identifier)
        if mapping is None:
            raise LambdaError("ResourceNotFoundException", 404, "The resource you requested does not exist.")
        return mapping

    def _list(self, request: Request) -> Answer:
        function, source = request.parameters.get("FunctionName"), request.parameters.get("EventSourceArn")
        name = split_name(function)[0] if function else None
        found = [
            mapping.answer()
            for mapping in self._mappings.all()
            if (name is None or split_name(mapping.function)[0] == name) and source in (None, mapping.source_arn)
        ]
        first, size = int(request.parameters.get("Marker") or 0), int(request.parameters.get("MaxItems") or PAGE)
        page: dict[str, Any] = {"EventSourceMappings": found[first : first + size]}
        return 200, page | ({"NextMarker": str(first + size)} if len(found) > first + size else {})

    def _update(self, identifier: str, given: Members) -> Answer:
        before = self._get(identifier)
        changes = {name: value for name, value in given.items() if name not in FIXED and value is not None}
        changed = replace(
            before,
            settings={**before.settings, **changes},
            function=self._target(str(given["FunctionName"])) if given.get("FunctionName") else before.function,
            modified=self._functions.clock.timestamp(),
        )
        check_mapping(self._functions, changed)
        return 202, {**self._mappings.put(changed).answer(), "State": "Updating"}

    def _delete(self, identifier: str) -> Answer:
        mapping = self._get(identifier)
        self._mappings.remove(identifier)
        return 202, {**mapping.answer(), "State": "Deleting"}
