"""REST APIs, their deployments and stages: what exists, and how a definition becomes something that answers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from grader.cloud.clock import Clock
from grader.cloud.errors import NotSupported
from grader.cloud.http.definition import Definition, read_definition
from grader.cloud.http.errors import bad_request, not_found
from grader.cloud.http.throttle import Throttle, read_limits
from grader.cloud.ids import Ids

_STAGE_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_VARIABLE_NAME = re.compile(r"[A-Za-z0-9_]+")
_VARIABLE_VALUE = re.compile(r"[A-Za-z0-9\-._~:/?#&=,]*")


@dataclass(frozen=True)
class Deployment:
    """A snapshot of an API's definition."""

    id: str
    definition: Definition
    created: float
    description: str = ""


@dataclass
class Stage:
    """A deployment under a name: the first part of an address's path."""

    name: str
    deployment: Deployment
    variables: Mapping[str, str] = field(default_factory=dict)
    throttle: Throttle = field(default_factory=lambda: Throttle({}))
    tracing: bool = False

    @property
    def definition(self) -> Definition:
        """The snapshot that the stage serves."""
        return self.deployment.definition


@dataclass
class RestApi:
    """A REST API.

    Attributes
    ----------
    endpoint_type
        ``EDGE`` (requests pass CloudFront first) or ``REGIONAL``.
    """

    id: str
    name: str
    definition: Definition
    endpoint_type: str
    created: float
    deployments: dict[str, Deployment] = field(default_factory=dict)
    stages: dict[str, Stage] = field(default_factory=dict)


class RestApis:
    """The account's REST APIs in one Region.

    Parameters
    ----------
    clock
        Dates what is created.
    ids
        Gives APIs, resources and deployments their identifiers.
    """

    def __init__(self, clock: Clock, ids: Ids) -> None:
        self._clock = clock
        self._ids = ids
        self._apis: dict[str, RestApi] = {}

    def __iter__(self) -> Any:
        return iter(self._apis.values())

    def find(self, api_id: str) -> RestApi | None:
        """The API with this id, or None."""
        return self._apis.get(api_id)

    def get(self, api_id: str) -> RestApi:
        """The API with this id; ``NotFoundException`` when there is none."""
        if (api := self._apis.get(api_id)) is None:
            raise not_found("Invalid API identifier specified")
        return api

    def create(
        self,
        name: str,
        body: Mapping[str, Any],
        endpoint_types: Sequence[str],
        binary_media_types: Sequence[str],
        gateway_responses: Mapping[str, Any] | None,
    ) -> RestApi:
        """Import a definition as a new API."""
        definition = read_definition(body, self._ids, tuple(binary_media_types), gateway_responses)
        endpoint_type = _endpoint_type(endpoint_types)
        title = name or definition.title
        if not title:
            raise bad_request("The REST API must have a name")
        api = RestApi(self._ids.lower(10), title, definition, endpoint_type, self._clock.timestamp())
        self._apis[api.id] = api
        return api

    def update(
        self,
        api_id: str,
        name: str | None,
        body: Mapping[str, Any],
        endpoint_types: Sequence[str],
        binary_media_types: Sequence[str],
        gateway_responses: Mapping[str, Any] | None,
    ) -> RestApi:
        """Overwrite an API's definition; stages serve the old one until they get a new deployment."""
        api = self.get(api_id)
        api.definition = read_definition(body, self._ids, tuple(binary_media_types), gateway_responses, api.definition)
        api.name = name or api.definition.title or api.name
        api.endpoint_type = _endpoint_type(endpoint_types)
        return api

    def delete(self, api_id: str) -> None:
        """Delete an API with its deployments and stages."""
        self.get(api_id)
        del self._apis[api_id]

    def deploy(self, api_id: str, description: str) -> Deployment:
        """Take a snapshot of an API's definition."""
        api = self.get(api_id)
        methods = [method for resource in api.definition.resources.values() for method in resource.methods.values()]
        if not methods:
            raise bad_request("The REST API doesn't contain any methods")
        if any(method.integration is None for method in methods):
            raise bad_request("No integration defined for method")
        deployment = Deployment(self._ids.lower(6), api.definition, self._clock.timestamp(), description)
        api.deployments[deployment.id] = deployment
        return deployment

    def put_stage(
        self,
        api_id: str,
        name: str,
        deployment_id: str,
        variables: Mapping[str, str],
        method_settings: Sequence[Mapping[str, Any]],
        tracing: bool,
    ) -> Stage:
        """Create a stage, or point it at another deployment and replace its settings."""
        api = self.get(api_id)
        if not _STAGE_NAME.fullmatch(name):
            raise bad_request("Stage name only allows a-zA-Z0-9_-")
        if deployment_id not in api.deployments:
            raise bad_request("Deployment id does not exist")
        for key, value in variables.items():
            if not _VARIABLE_NAME.fullmatch(key):
                raise bad_request("Stage variable name only allows a-zA-Z0-9_")
            if not _VARIABLE_VALUE.fullmatch(str(value)):
                raise bad_request("Stage variable value only allows [A-Za-z0-9-._~:/?#&=,]+")
        throttle = Throttle(read_limits(method_settings))
        words = {key: str(value) for key, value in variables.items()}
        api.stages[name] = Stage(name, api.deployments[deployment_id], words, throttle, tracing)
        return api.stages[name]

    def delete_stage(self, api_id: str, name: str) -> None:
        """Delete a stage."""
        api = self.get(api_id)
        if name not in api.stages:
            raise not_found("Invalid stage identifier specified")
        del api.stages[name]

    def delete_deployment(self, api_id: str, deployment_id: str) -> None:
        """Delete a deployment that no stage serves any more."""
        api = self.get(api_id)
        if deployment_id not in api.deployments:
            raise not_found("Invalid Deployment identifier specified")
        if any(stage.deployment.id == deployment_id for stage in api.stages.values()):
            raise bad_request("Active stages pointing to this deployment must be moved or deleted")
        del api.deployments[deployment_id]


def _endpoint_type(endpoint_types: Sequence[str]) -> str:
    kinds = list(endpoint_types) or ["EDGE"]
    if kinds not in (["EDGE"], ["REGIONAL"]):
        raise NotSupported(f"RestApi.EndpointConfiguration {', '.join(kinds)}")
    return kinds[0]
