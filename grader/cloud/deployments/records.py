"""The deployments of an account, by id."""

from __future__ import annotations

from grader.cloud.clock import Clock
from grader.cloud.deployments.appspec import AppSpec
from grader.cloud.deployments.configurations import DeploymentConfiguration
from grader.cloud.deployments.deployment import Deployment
from grader.cloud.deployments.groups import DeploymentGroup
from grader.cloud.door.responder import ApiError
from grader.cloud.ids import Ids


class Records:
    """Keeps every deployment that was created."""

    def __init__(self, clock: Clock, ids: Ids) -> None:
        self._clock, self._ids = clock, ids
        self._deployments: dict[str, Deployment] = {}

    def add(self, group: DeploymentGroup, configuration: DeploymentConfiguration, appspec: AppSpec) -> Deployment:
        """A new deployment, which nothing has happened to yet; its group remembers it."""
        number = "d-" + self._ids.suffix(9)
        made = self._deployments[number] = Deployment(number, group, configuration, appspec, self._clock.timestamp())
        group.attempted = number
        return made

    def get(self, deployment_id: str) -> Deployment:
        """A deployment; ``DeploymentDoesNotExistException`` when there is none."""
        found = self._deployments.get(deployment_id)
        if found is None:
            raise ApiError("DeploymentDoesNotExistException", f"The deployment {deployment_id} could not be found")
        return found

    def all(self) -> list[Deployment]:
        """Every deployment, the newest first."""
        return list(reversed(self._deployments.values()))

    def refuse_second(self, group: DeploymentGroup) -> None:
        """Raise ``DeploymentLimitExceededException`` while a deployment of the group is under way."""
        for one in self._deployments.values():
            if one.group is group and not one.ended:
                raise ApiError(
                    "DeploymentLimitExceededException",
                    f"The Deployment Group '{group.name}' already has an active Deployment '{one.id}'",
                )
