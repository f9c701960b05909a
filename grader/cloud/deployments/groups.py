"""Applications, their deployment groups, and deployment configurations of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.cloud.clock import Clock
from grader.cloud.deployments.configurations import PREDEFINED, PREFIX, DeploymentConfiguration, routing_of
from grader.cloud.door.responder import ApiError
from grader.cloud.errors import NotSupported
from grader.cloud.ids import Ids

ROLLBACK_EVENTS = ("DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST")
MOST_ALARMS = 10
# What belongs to servers and containers, which are not deployed to here.
FOR_OTHER_PLATFORMS = (
    "ec2TagFilters", "onPremisesInstanceTagFilters", "autoScalingGroups", "ec2TagSet", "onPremisesTagSet",
    "ecsServices", "loadBalancerInfo", "blueGreenDeploymentConfiguration", "terminationHookEnabled",
)  # fmt: skip


@dataclass
class DeploymentGroup:
    """A deployment group.

    Attributes
    ----------
    members
        What it was made with, as the API names it.
    attempted, succeeded
        Ids of the last deployment, and of the last that succeeded.
    """

    application: str
    name: str
    id: str
    members: dict[str, Any]
    attempted: str | None = None
    succeeded: str | None = None

    @property
    def role(self) -> str:
        """The service role's ARN."""
        return str(self.members["serviceRoleArn"])

    @property
    def configuration(self) -> str:
        """The name of its deployment configuration."""
        return str(self.members.get("deploymentConfigName") or f"{PREFIX}AllAtOnce")


@dataclass
class Application:
    """An application; of the compute platform Lambda, always."""

    name: str
    id: str
    created: float
    groups: dict[str, DeploymentGroup] = field(default_factory=dict)


class Applications:
    """The applications of one account."""

    def __init__(self, clock: Clock, ids: Ids) -> None:
        self._clock, self._ids = clock, ids
        self._applications: dict[str, Application] = {}
        self._configurations: dict[str, DeploymentConfiguration] = dict(PREDEFINED)

    def create(self, name: str, platform: str) -> Application:
        """CreateApplication.

        Raises
        ------
        ApiError
            ``ApplicationAlreadyExistsException``.
        NotSupported
            For servers and containers.
        """
        if platform != "Lambda":
            raise NotSupported(f"CodeDeploy's compute platform {platform}")
        if name in self._applications:
            raise ApiError("ApplicationAlreadyExistsException", f"An application with the name {name} already exists.")
        made = self._applications[name] = Application(name, self._ids.uuid(), self._clock.timestamp())
        return made

    def get(self, name: str) -> Application:
        """The application; ``ApplicationDoesNotExistException`` when there is none."""
        found = self._applications.get(name)
        if found is None:
            raise ApiError("ApplicationDoesNotExistException", f"No application found for name: {name}")
        return found

    def names(self) -> list[str]:
        """The names of all applications."""
        return sorted(self._applications)

    def delete(self, name: str) -> None:
        """DeleteApplication, its groups included; one that is not there is no error."""
        self._applications.pop(name, None)

    def create_group(self, given: Mapping[str, Any]) -> DeploymentGroup:
        """CreateDeploymentGroup."""
        application, name = self.get(str(given["applicationName"])), str(given["deploymentGroupName"])
        if name in application.groups:
            raise ApiError(
                "DeploymentGroupAlreadyExistsException", f"A deployment group with the name {name} already exists."
            )
        group = DeploymentGroup(application.name, name, self._ids.uuid(), {})
        self._configure(group, given)
        application.groups[name] = group
        return group

    def update_group(self, given: Mapping[str, Any]) -> DeploymentGroup:
        """UpdateDeploymentGroup: change what is given."""
        group = self.group(str(given["applicationName"]), str(given["currentDeploymentGroupName"]))
        self._configure(group, {**group.members, **given})
        if renamed := given.get("newDeploymentGroupName"):
            groups = self.get(group.application).groups
            groups[str(renamed)] = groups.pop(group.name)
            group.name = str(renamed)
        return group

    def _configure(self, group: DeploymentGroup, given: Mapping[str, Any]) -> None:
        for name in FOR_OTHER_PLATFORMS:
            if given.get(name):
                raise NotSupported(f"CodeDeploy's {name}, which is not for Lambda")
        style = dict(given.get("deploymentStyle") or {"deploymentType": "BLUE_GREEN"})
        if style.get("deploymentType") != "BLUE_GREEN":
            raise ApiError("InvalidDeploymentStyleException", "For Lambda, the deployment type must be BLUE_GREEN.")
        if not str(given.get("serviceRoleArn") or "").startswith("arn:"):
            raise ApiError("InvalidRoleException", "The service role ARN was not specified or is not an ARN.")
        self.configuration(str(given.get("deploymentConfigName") or f"{PREFIX}AllAtOnce"))
        check_alarms(given.get("alarmConfiguration") or {})
        check_rollback(given.get("autoRollbackConfiguration") or {})
        wanted = (
            "deploymentConfigName", "serviceRoleArn", "triggerConfigurations", "alarmConfiguration",
            "autoRollbackConfiguration",
        )  # fmt: skip
        option = "WITH_TRAFFIC_CONTROL"
        group.members = {name: given[name] for name in wanted if given.get(name)}
        group.members["deploymentStyle"] = {"deploymentType": "BLUE_GREEN", "deploymentOption": option}

    def group(self, application: str, name: str) -> DeploymentGroup:
        """The deployment group; ``DeploymentGroupDoesNotExistException`` when there is none."""
        found = self.get(application).groups.get(name)
        if found is None:
            raise ApiError("DeploymentGroupDoesNotExistException", f"No Deployment Group found for name: {name}")
        return found

    def delete_group(self, application: str, name: str) -> None:
        """DeleteDeploymentGroup; one that is not there is no error."""
        if application in self._applications:
            self._applications[application].groups.pop(name, None)

    def create_configuration(self, given: Mapping[str, Any]) -> DeploymentConfiguration:
        """CreateDeploymentConfig."""
        name, platform = str(given["deploymentConfigName"]), given.get("computePlatform")
        if platform != "Lambda":
            raise NotSupported(f"deployment configurations for the compute platform {platform or 'Server'}")
        if name in self._configurations:
            raise ApiError("DeploymentConfigAlreadyExistsException", f"A configuration named {name} already exists.")
        if name.startswith("CodeDeployDefault"):
            raise ApiError("InvalidDeploymentConfigNameException", "Names must not begin with CodeDeployDefault.")
        made = DeploymentConfiguration(
            name, routing_of(given.get("trafficRoutingConfig") or {}), self._ids.uuid(), self._clock.timestamp()
        )
        self._configurations[name] = made
        return made

    def configuration(self, name: str) -> DeploymentConfiguration:
        """The deployment configuration; ``DeploymentConfigDoesNotExistException`` when there is none."""
        found = self._configurations.get(name)
        if found is None:
            raise ApiError(
                "DeploymentConfigDoesNotExistException", f"No Deployment Configuration found for name: {name}"
            )
        return found

    def configurations(self) -> list[str]:
        """The names of all configurations, AWS's own included."""
        return sorted(self._configurations)

    def delete_configuration(self, name: str) -> None:
        """DeleteDeploymentConfig.

        Raises
        ------
        ApiError
            ``InvalidOperationException`` for AWS's own; ``DeploymentConfigInUseException``.
        """
        if name in PREDEFINED:
            raise ApiError("InvalidOperationException", f"{name} is AWS's own and cannot be deleted.")
        used = [group.name for one in self._applications.values() for group in one.groups.values()
                if group.configuration == name]  # fmt: skip
        if used:
            raise ApiError("DeploymentConfigInUseException", f"{name} is used by the deployment group {used[0]}.")
        self._configurations.pop(name, None)


def check_alarms(given: Mapping[str, Any]) -> None:
    """Refuse what no alarm configuration can be."""
    alarms = given.get("alarms") or ()
    if len(alarms) > MOST_ALARMS:
        raise ApiError("AlarmsLimitExceededException", f"At most {MOST_ALARMS} alarms may be monitored.")
    if given.get("enabled") and not alarms:
        raise ApiError("InvalidAlarmConfigException", "No alarm is named, but alarm monitoring is enabled.")


def check_rollback(given: Mapping[str, Any]) -> None:
    """Refuse what no rollback configuration can be."""
    unknown = [event for event in given.get("events") or () if event not in ROLLBACK_EVENTS]
    if unknown or (given.get("enabled") and not given.get("events")):
        raise ApiError(
            "InvalidAutoRollbackConfigException",
            f"Automatic rollback needs events, out of {', '.join(ROLLBACK_EVENTS)}.",
        )
