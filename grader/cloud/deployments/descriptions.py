"""Deployments, groups and configurations as CodeDeploy's API tells them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from grader.cloud.deployments.configurations import DeploymentConfiguration
from grader.cloud.deployments.deployment import Deployment, LifecycleEvent
from grader.cloud.deployments.groups import Application, DeploymentGroup

TARGET_STATUS = {"Created": "Pending", "Queued": "Pending", "Stopped": "Failed"}


def moment(seconds: float | None) -> datetime | None:
    """Seconds since 1970 as the API's models want them."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def known(members: dict[str, Any]) -> dict[str, Any]:
    """Without what is not known."""
    return {name: value for name, value in members.items() if value is not None}


def deployment_info(deployment: Deployment) -> dict[str, Any]:
    """GetDeployment's ``deploymentInfo``."""
    group, error = deployment.group, deployment.error
    status = TARGET_STATUS.get(deployment.status, deployment.status)
    overview = dict.fromkeys(("Pending", "InProgress", "Succeeded", "Failed", "Skipped", "Ready"), 0)
    overview[status] = 1
    content = deployment.appspec.content or deployment.appspec.text()
    rollback = known(
        {
            "rollbackDeploymentId": deployment.rolled_back_by,
            "rollbackTriggeringDeploymentId": deployment.rollback_of,
            "rollbackMessage": deployment.rollback_message or None,
        }
    )
    return known(
        {
            "applicationName": group.application,
            "deploymentGroupName": group.name,
            "deploymentConfigName": deployment.configuration.name,
            "deploymentId": deployment.id,
            "revision": {"revisionType": "AppSpecContent", "appSpecContent": {"content": content}},
            "status": deployment.status,
            "errorInformation": {"code": error[0], "message": error[1]} if error else None,
            "createTime": moment(deployment.created),
            "startTime": moment(deployment.started),
            "completeTime": moment(deployment.completed),
            "deploymentOverview": overview,
            "description": deployment.description or None,
            "creator": deployment.creator,
            "ignoreApplicationStopFailures": False,
            "updateOutdatedInstancesOnly": False,
            "autoRollbackConfiguration": dict(deployment.rollback) or None,
            "rollbackInfo": rollback or None,
            "deploymentStyle": group.members["deploymentStyle"],
            "instanceTerminationWaitTimeStarted": False,
            "fileExistsBehavior": "DISALLOW",
            "deploymentStatusMessages": [],
            "computePlatform": "Lambda",
        }
    )


def target(deployment: Deployment, prefix: str) -> dict[str, Any]:
    """GetDeploymentTarget's ``deploymentTarget``; ``prefix`` is what the application's ARN begins with."""
    spec = deployment.appspec
    weight = deployment.weight if not deployment.ended or deployment.status == "Succeeded" else 0.0
    return {
        "deploymentTargetType": "LambdaTarget",
        "lambdaTarget": known(
            {
                "deploymentId": deployment.id,
                "targetId": target_id(deployment),
                "targetArn": f"{prefix}{target_id(deployment)}",
                "status": TARGET_STATUS.get(deployment.status, deployment.status),
                "lastUpdatedAt": moment(deployment.completed or deployment.started or deployment.created),
                "lifecycleEvents": [_event(event) for event in deployment.events.values()],
                "lambdaFunctionInfo": {
                    "functionName": spec.function,
                    "functionAlias": spec.alias,
                    "currentVersion": spec.current,
                    "targetVersion": spec.target,
                    "targetVersionWeight": weight / 100,
                },
            }
        ),
    }


def target_id(deployment: Deployment) -> str:
    """The one target of a deployment for Lambda: function and alias."""
    return f"{deployment.appspec.function}:{deployment.appspec.alias}"


def _event(event: LifecycleEvent) -> dict[str, Any]:
    failed = event.status == "Failed"
    diagnostics = {"errorCode": "UnknownError", "message": event.message} if failed and event.message else None
    return known(
        {
            "lifecycleEventName": event.name,
            "diagnostics": diagnostics,
            "startTime": moment(event.started),
            "endTime": moment(event.ended),
            "status": event.status,
        }
    )


def group_info(group: DeploymentGroup, last: dict[str, Deployment | None]) -> dict[str, Any]:
    """GetDeploymentGroup's ``deploymentGroupInfo``; ``last`` are the deployments that the group remembers."""
    return known(
        {
            **group.members,
            "applicationName": group.application,
            "deploymentGroupName": group.name,
            "deploymentGroupId": group.id,
            "deploymentConfigName": group.configuration,
            "outdatedInstancesStrategy": "UPDATE",
            "computePlatform": "Lambda",
            **{name: _last(deployment) for name, deployment in last.items() if deployment is not None},
        }
    )


def _last(deployment: Deployment) -> dict[str, Any]:
    return known(
        {
            "deploymentId": deployment.id,
            "status": deployment.status,
            "createTime": moment(deployment.created),
            "endTime": moment(deployment.completed),
        }
    )


def application_info(application: Application) -> dict[str, Any]:
    """GetApplication's ``application``."""
    return {
        "applicationId": application.id,
        "applicationName": application.name,
        "createTime": moment(application.created),
        "linkedToGitHub": False,
        "computePlatform": "Lambda",
    }


def configuration_info(configuration: DeploymentConfiguration) -> dict[str, Any]:
    """GetDeploymentConfig's ``deploymentConfigInfo``."""
    return known(
        {
            "deploymentConfigId": configuration.id or None,
            "deploymentConfigName": configuration.name,
            "createTime": moment(configuration.created),
            "computePlatform": "Lambda",
            "trafficRoutingConfig": configuration.routing.answer(),
        }
    )
