"""REST APIs, their deployments and stages: what exists, and how a definition becomes something that answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from grader.cloud.clock import Clock
from grader.cloud.errors import NotSupported
from grader.cloud.http.errors import bad_request, not_found
from grader.cloud.http.openapi import POLICY, check
from grader.cloud.http.rest.definition import Definition, read_definition
from grader.cloud.http.rest.operations import LONGEST_WAIT_MS
from grader.cloud.http.rest.stages import Deployment, Stage, StageSettings
from grader.cloud.ids import Ids

_STAGE_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_VARIABLE_NAME = re.compile(r"[A-Za-z0-9_]+")
_VARIABLE_VALUE = re.compile(r"[A-Za-z0-9\-._~:/?#&=,]*")


@dataclass
class RestApi:
    """A REST API.

    Attributes
    ----------
    definition
        What the next deployment will be a snapshot of.
    endpoint_type
        ``EDGE`` (requests pass CloudFront first) or ``REGIONAL``.
    """

    id: str
    name: str
    definition: Definition
    endpoint_type: str
    created: float
    description: str = ""
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

    Attributes
    ----------
    longest_wait_ms
        The account's quota "Maximum integration timeout in milliseconds"; 29,000 unless it is raised, which AWS does
        for Regional APIs.
    """

    def __init__(self, clock: Clock, ids: Ids) -> None:
        self._clock = clock
        self.ids = ids
        self._apis: dict[str, RestApi] = {}
        self.longest_wait_ms = LONGEST_WAIT_MS

    def __iter__(self) -> Iterator[RestApi]:
        return iter(list(self._apis.values()))

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
        *,
        endpoint_types: Sequence[str] = ("EDGE",),
        description: str = "",
        **settings: Any,
    ) -> RestApi:
        """Import a definition as a new API.

        Parameters
        ----------
        name
            The API's name; empty for the document's title.
        body
            Swagger 2.0 or OpenAPI 3 with ``x-amazon-apigateway-integration``, intrinsic functions resolved; empty for
            an API whose resources are added one by one.
        endpoint_types
            ``["EDGE"]`` (AWS's default) or ``["REGIONAL"]``.
        settings
            ``binary_media_types``, ``gateway_responses``, ``policy``, ``api_key_source``.

        Raises
        ------
        GatewayRefusal
            In API Gateway's words, for example when two path variables are siblings.
        NotSupported
            For features that are not imitated.
        """
        kind = _endpoint_type(endpoint_types)
        definition = self._read(body, kind, None, settings)
        title = name or definition.title
        if not title:
            raise bad_request("The REST API must have a name")
        api = RestApi(self.ids.lower(10), title, definition, kind, self._clock.timestamp(), description)
        self._apis[api.id] = api
        return api

    def update(
        self,
        api_id: str,
        body: Mapping[str, Any],
        *,
        name: str | None = None,
        endpoint_types: Sequence[str] = ("EDGE",),
        description: str = "",
        **settings: Any,
    ) -> RestApi:
        """Overwrite an API's definition; stages serve the old one until they get a new deployment."""
        api = self.get(api_id)
        api.endpoint_type = _endpoint_type(endpoint_types)
        api.definition = self._read(body, api.endpoint_type, api.definition, settings)
        api.name = name or api.definition.title or api.name
        api.description = description
        return api

    def delete(self, api_id: str) -> None:
        """Delete an API with its deployments and stages."""
        self.get(api_id)
        del self._apis[api_id]

    def root_resource_id(self, api_id: str) -> str:
        """The id of ``/``: ``!GetAtt Api.RootResourceId``."""
        return self.get(api_id).definition.resources["/"].id

    def deploy(self, api_id: str, description: str = "") -> Deployment:
        """Take a snapshot of an API's definition."""
        api = self.get(api_id)
        methods = [method for resource in api.definition.resources.values() for method in resource.methods.values()]
        if not methods:
            raise bad_request("The REST API doesn't contain any methods")
        if any(method.integration is None for method in methods):
            raise bad_request("No integration defined for method")
        deployment = Deployment(self.ids.lower(6), api.definition.resolved(), self._clock.timestamp(), description)
        api.deployments[deployment.id] = deployment
        return deployment

    def put_stage(
        self,
        api_id: str,
        name: str,
        deployment_id: str,
        settings: StageSettings = StageSettings(),  # noqa: B008
    ) -> Stage:
        """Create a stage, or point it at another deployment and replace its settings."""
        api = self.get(api_id)
        if not _STAGE_NAME.fullmatch(name):
            raise bad_request("Stage name only allows a-zA-Z0-9_-")
        if deployment_id not in api.deployments:
            raise bad_request("Deployment id does not exist")
        check_variables(settings.variables)
        before = api.stages.get(name)
        now = self._clock.timestamp()
        api.stages[name] = Stage(
            name, api.deployments[deployment_id], settings, before.created if before else now, changed=now
        )
        return api.stages[name]

    def delete_stage(self, api_id: str, name: str) -> None:
        """Delete a stage; its address then answers 403."""
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

    def _read(
        self, body: Mapping[str, Any], kind: str, before: Definition | None, settings: Mapping[str, Any]
    ) -> Definition:
        longest = self.longest_wait_ms if kind == "REGIONAL" else LONGEST_WAIT_MS
        types = tuple(settings.get("binary_media_types") or ())
        responses = settings.get("gateway_responses")
        if before is not None and not body:  # its resources were added one by one, and stay
            plain = read_definition({}, self.ids, types, responses)
            read = replace(before, binary_media_types=plain.binary_media_types)
        else:
            read = read_definition(body, self.ids, types, responses, before, longest)
        source = settings.get("api_key_source") or read.api_key_source
        if source not in ("HEADER", "AUTHORIZER"):
            raise bad_request(f"Invalid API key source type specified: {source}")
        if policy := settings.get("policy"):
            check(POLICY, policy, "Invalid policy document: ")
        return replace(read, policy=policy or read.policy, api_key_source=source)


def check_variables(variables: Mapping[str, Any]) -> None:
    """Refuse stage variables that API Gateway refuses."""
    for key, value in variables.items():
        if not _VARIABLE_NAME.fullmatch(key):
            raise bad_request("Stage variable name only allows a-zA-Z0-9_")
        if not _VARIABLE_VALUE.fullmatch(str(value)):
            raise bad_request("Stage variable value only allows [A-Za-z0-9-._~:/?#&=,]+")


def _endpoint_type(endpoint_types: Sequence[str]) -> str:
    kinds = list(endpoint_types) or ["EDGE"]
    if unknown := [kind for kind in kinds if kind not in ("EDGE", "PRIVATE", "REGIONAL")]:
        raise bad_request(f"Invalid endpoint type {', '.join(unknown)}: it is one of REGIONAL, EDGE, PRIVATE")
    if kinds not in (["EDGE"], ["REGIONAL"]):
        raise NotSupported(f"RestApi.EndpointConfiguration {', '.join(kinds)}")
    return kinds[0]
