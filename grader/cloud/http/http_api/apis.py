"""HTTP APIs, their stages and deployments: what exists, and what a stage serves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from grader.cloud.clock import Clock
from grader.cloud.http.access_log import AccessLog
from grader.cloud.http.cors import Cors
from grader.cloud.http.errors import bad_request, not_found
from grader.cloud.http.http_api.definition import Definition, read_definition
from grader.cloud.http.http_api.issuers import Issuers
from grader.cloud.http.rest.apis import check_variables
from grader.cloud.http.throttle import Limit, Throttle
from grader.cloud.ids import Ids

DEFAULT_STAGE = "$default"


@dataclass(frozen=True)
class Deployment:
    """A snapshot of an API's definition."""

    id: str
    definition: Definition
    created: float
    description: str = ""


@dataclass(frozen=True)
class StageSettings:
    """What a stage adds to what it serves.

    Attributes
    ----------
    default_limit, limits
        For routes without a limit of their own, and by route key.
    detailed_metrics
        Metrics by route.
    """

    auto_deploy: bool = False
    variables: Mapping[str, Any] = field(default_factory=dict)
    default_limit: Limit | None = None
    limits: Mapping[str, Limit] = field(default_factory=dict)
    detailed_metrics: bool = False
    access_log: AccessLog | None = None
    description: str = ""


@dataclass
class HttpStage:
    """A stage: the API as it is (``auto_deploy``), or a deployment."""

    name: str
    settings: StageSettings
    deployment: Deployment | None = None
    created: float = 0.0
    throttle: Throttle = field(init=False)
    variables: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        limits: dict[Any, Limit] = dict(self.settings.limits)
        if self.settings.default_limit is not None:
            limits["*"] = self.settings.default_limit
        self.throttle = Throttle(limits)
        self.variables = {key: str(value) for key, value in self.settings.variables.items()}


@dataclass
class HttpApi:
    """An HTTP API.

    Attributes
    ----------
    definition
        The API as it is; stages that deploy by themselves serve it.
    """

    id: str
    name: str
    definition: Definition
    created: float
    description: str = ""
    disabled: bool = False
    stages: dict[str, HttpStage] = field(default_factory=dict)
    deployments: dict[str, Deployment] = field(default_factory=dict)

    def served(self, stage: HttpStage) -> Definition | None:
        """What a stage serves; None when nothing was ever deployed to it."""
        if stage.settings.auto_deploy:
            return self.definition
        return stage.deployment.definition if stage.deployment else None


class HttpApis:
    """The account's HTTP APIs in one Region.

    Parameters
    ----------
    clock, ids
        Dates and identifiers.
    issuers
        Where the keys of JWT authorizers' issuers are found; an issuer that cannot be reached is refused.
    """

    def __init__(self, clock: Clock, ids: Ids, issuers: Issuers) -> None:
        self._clock, self.ids, self.issuers = clock, ids, issuers
        self._apis: dict[str, HttpApi] = {}

    def __iter__(self) -> Iterator[HttpApi]:
        return iter(list(self._apis.values()))

    def find(self, api_id: str) -> HttpApi | None:
        """The API with this id, or None."""
        return self._apis.get(api_id)

    def get(self, api_id: str) -> HttpApi:
        """The API with this id; ``NotFoundException`` when there is none."""
        if (api := self._apis.get(api_id)) is None:
            raise not_found("Invalid API identifier specified")
        return api

    def create(
        self,
        name: str,
        body: Mapping[str, Any] | None = None,
        *,
        cors: Cors | None = None,
        description: str = "",
        fail_on_warnings: bool = False,
        disabled: bool = False,
    ) -> HttpApi:
        """A new API, from an OpenAPI 3 body or empty.

        Parameters
        ----------
        name
            Empty for the document's title.
        fail_on_warnings
            Refuse what an import would otherwise leave out, such as a route whose authorizer's issuer is not there.
        disabled
            ``DisableExecuteApiEndpoint``.

        Raises
        ------
        GatewayRefusal
            In API Gateway's words.
        NotSupported
            For features that are not imitated.
        """
        definition = read_definition(body or {}, self.ids, self.issuers, fail_on_warnings)
        title = name or definition.title
        if not title:
            raise bad_request("The API must have a name")
        definition = with_cors(definition, cors)
        api = HttpApi(self.ids.lower(10), title, definition, self._clock.timestamp(), description, disabled)
        self._apis[api.id] = api
        return api

    def update(
        self,
        api_id: str,
        name: str,
        body: Mapping[str, Any] | None = None,
        *,
        cors: Cors | None = None,
        description: str = "",
        fail_on_warnings: bool = False,
        disabled: bool = False,
    ) -> HttpApi:
        """Change an API; with a body its definition is overwritten."""
        api = self.get(api_id)
        before = replace(api.definition, cors=None)
        read = read_definition(body, self.ids, self.issuers, fail_on_warnings, before) if body else before
        api.definition = with_cors(read, cors)
        api.name = name or read.title or api.name
        api.description, api.disabled = description, disabled
        return api

    def delete(self, api_id: str) -> None:
        """Delete an API with everything in it."""
        self.get(api_id)
        del self._apis[api_id]

    def deploy(self, api_id: str, stage_name: str | None = None, description: str = "") -> Deployment:
        """Take a snapshot, and let a stage serve it."""
        api = self.get(api_id)
        if not api.definition.routes:
            raise bad_request("At least one route is required before deploying the Api.")
        deployment = Deployment(self.ids.lower(6), api.definition, self._clock.timestamp(), description)
        api.deployments[deployment.id] = deployment
        if stage_name is not None:
            self.stage(api_id, stage_name).deployment = deployment
        return deployment

    def delete_deployment(self, api_id: str, deployment_id: str) -> None:
        """Delete a snapshot that no stage serves."""
        api = self.get(api_id)
        if any(stage.deployment and stage.deployment.id == deployment_id for stage in api.stages.values()):
            raise bad_request("Active stages pointing to this deployment must be moved or deleted")
        api.deployments.pop(deployment_id, None)

    def stage(self, api_id: str, name: str) -> HttpStage:
        """A stage; ``NotFoundException`` when the API has none of the name."""
        if (found := self.get(api_id).stages.get(name)) is None:
            raise not_found(f"Invalid Stage identifier specified {name}")
        return found

    def put_stage(self, api_id: str, name: str, settings: StageSettings, deployment_id: str | None = None) -> HttpStage:
        """Create a stage, or replace its settings; without ``deployment_id`` it goes on serving what it serves."""
        api = self.get(api_id)
        check_variables(settings.variables)
        if unknown := set(settings.limits) - {route.key for route in api.definition.routes}:
            raise not_found(f"Unable to find Route by key {sorted(unknown)[0]} within the provided RouteSettings")
        if deployment_id is not None and deployment_id not in api.deployments:
            raise not_found(f"Unable to find Deployment by id {deployment_id}")
        before = api.stages.get(name)
        serving = api.deployments[deployment_id] if deployment_id else before.deployment if before else None
        created = before.created if before else self._clock.timestamp()
        api.stages[name] = HttpStage(name, settings, serving, created)
        return api.stages[name]

    def delete_stage(self, api_id: str, name: str) -> None:
        """Delete a stage."""
        self.stage(api_id, name)
        del self.get(api_id).stages[name]


def with_cors(definition: Definition, cors: Cors | None) -> Definition:
    """A definition with the API's own CORS configuration, where the body has none.

    Raises
    ------
    GatewayRefusal
        When it allows credentials to every origin, which no browser would accept.
    """
    chosen = cors or definition.cors
    if chosen is not None and chosen.credentials and "*" in chosen.origins:
        raise bad_request("allowCredentials cannot be true when allowOrigins contains '*'")
    return replace(definition, cors=chosen)


def known_names(api: HttpApi) -> Sequence[str]:
    """The keys of an API's routes, for whoever looks for one that is not there."""
    return [route.key for route in api.definition.routes if route.dropped is None]
