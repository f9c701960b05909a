"""CodeDeploy's API, as far as it is about Lambda."""

from __future__ import annotations

from typing import Any

from grader.cloud.deployments import descriptions as describe
from grader.cloud.deployments.appspec import appspec_of
from grader.cloud.deployments.deployment import Deployment
from grader.cloud.deployments.service import DeploymentService
from grader.cloud.door.operation import Operation
from grader.cloud.door.responder import ApiError, Parameters, Responder
from grader.cloud.errors import NotSupported
from grader.cloud.iam.needs import Need
from grader.cloud.ids import Ids

PAGE = 100


class CodeDeployApi(Responder):
    """Answers for CodeDeploy; nothing is left to moto, which carries no deployment out.

    Parameters
    ----------
    deployments
        The account's.
    region, account_id
        Part of every ARN.
    """

    def __init__(self, deployments: DeploymentService, ids: Ids, *, region: str, account_id: str) -> None:
        super().__init__(
            "codedeploy",
            {
                "CreateApplication": self._create_application,
                "GetApplication": self._get_application,
                "ListApplications": lambda given: {"applications": self._applications.names()},
                "DeleteApplication": lambda given: self._applications.delete(str(given["applicationName"])),
                "CreateDeploymentGroup": self._create_group,
                "UpdateDeploymentGroup": self._update_group,
                "GetDeploymentGroup": self._get_group,
                "ListDeploymentGroups": self._list_groups,
                "DeleteDeploymentGroup": self._delete_group,
                "CreateDeploymentConfig": self._create_configuration,
                "GetDeploymentConfig": self._get_configuration,
                "ListDeploymentConfigs": lambda given: {"deploymentConfigsList": self._applications.configurations()},
                "DeleteDeploymentConfig": self._delete_configuration,
                "CreateDeployment": self._create_deployment,
                "GetDeployment": self._get_deployment,
                "BatchGetDeployments": self._batch_get,
                "ListDeployments": self._list_deployments,
                "StopDeployment": self._stop,
                "ListDeploymentTargets": self._list_targets,
                "GetDeploymentTarget": self._get_target,
                "BatchGetDeploymentTargets": self._batch_get_targets,
                "PutLifecycleEventHookExecutionStatus": self._report,
            },
            ids,
        )
        self._deployments, self._applications = deployments, deployments.applications
        self._prefix = f"arn:aws:codedeploy:{region}:{account_id}:"

    def needs(self, operation: Operation) -> tuple[Need, ...]:
        """The action on what the operation is about: a deployment's group, a group, an application, a configuration."""
        given, action = operation.parameters, f"codedeploy:{operation.name}"
        if given.get("deploymentId"):
            try:
                group = self._deployments.records.get(str(given["deploymentId"])).group
            except ApiError:
                return (Need(action, f"{self._prefix}deploymentgroup:*"),)
            return (Need(action, f"{self._prefix}deploymentgroup:{group.application}/{group.name}"),)
        application, name = given.get("applicationName"), given.get("deploymentGroupName")
        if name:
            return (Need(action, f"{self._prefix}deploymentgroup:{application}/{name}"),)
        if application:
            return (Need(action, f"{self._prefix}application:{application}"),)
        if given.get("deploymentConfigName"):
            return (Need(action, f"{self._prefix}deploymentconfig:{given['deploymentConfigName']}"),)
        return (Need(action),)

    def answers(self, request: Any) -> bool:
        """Everything; what is not imitated says so."""
        if not super().answers(request):
            raise NotSupported(f"codedeploy: {request.header('X-Amz-Target').rpartition('.')[2] or request.path}")
        return True

    # --- applications, groups, configurations -------------------------------------------------------------------------

    def _create_application(self, given: Parameters) -> dict[str, Any]:
        platform = str(given.get("computePlatform") or "Server")
        return {"applicationId": self._applications.create(str(given["applicationName"]), platform).id}

    def _get_application(self, given: Parameters) -> dict[str, Any]:
        return {"application": describe.application_info(self._applications.get(str(given["applicationName"])))}

    def _create_group(self, given: Parameters) -> dict[str, Any]:
        return {"deploymentGroupId": self._applications.create_group(given).id}

    def _update_group(self, given: Parameters) -> dict[str, Any]:
        self._applications.update_group(given)
        return {"hooksNotCleanedUp": []}

    def _get_group(self, given: Parameters) -> dict[str, Any]:
        group = self._applications.group(str(given["applicationName"]), str(given["deploymentGroupName"]))
        last = {
            "lastSuccessfulDeployment": self._find(group.succeeded),
            "lastAttemptedDeployment": self._find(group.attempted),
        }
        return {"deploymentGroupInfo": describe.group_info(group, last)}

    def _find(self, deployment_id: str | None) -> Deployment | None:
        return None if deployment_id is None else self._deployments.records.get(deployment_id)

    def _list_groups(self, given: Parameters) -> dict[str, Any]:
        application = self._applications.get(str(given["applicationName"]))
        return {"applicationName": application.name, "deploymentGroups": sorted(application.groups)}

    def _delete_group(self, given: Parameters) -> dict[str, Any]:
        self._applications.delete_group(str(given["applicationName"]), str(given["deploymentGroupName"]))
        return {"hooksNotCleanedUp": []}

    def _create_configuration(self, given: Parameters) -> dict[str, Any]:
        return {"deploymentConfigId": self._applications.create_configuration(given).id}

    def _get_configuration(self, given: Parameters) -> dict[str, Any]:
        found = self._applications.configuration(str(given["deploymentConfigName"]))
        return {"deploymentConfigInfo": describe.configuration_info(found)}

    def _delete_configuration(self, given: Parameters) -> None:
        self._applications.delete_configuration(str(given["deploymentConfigName"]))

    # --- deployments --------------------------------------------------------------------------------------------------

    def _create_deployment(self, given: Parameters) -> dict[str, Any]:
        name = given.get("deploymentGroupName")
        if not name:
            raise ApiError("DeploymentGroupNameRequiredException", "The deployment group name was not specified.")
        group = self._applications.group(str(given["applicationName"]), str(name))
        if not given.get("revision"):
            raise ApiError("RevisionRequiredException", "The revision was not specified.")
        made = self._deployments.create(
            group,
            appspec_of(given["revision"]),
            configuration=given.get("deploymentConfigName"),
            description=str(given.get("description") or ""),
            alarms=given.get("overrideAlarmConfiguration"),
            rollback=given.get("autoRollbackConfiguration"),
        )
        return {"deploymentId": made.id}

    def _get_deployment(self, given: Parameters) -> dict[str, Any]:
        return {"deploymentInfo": describe.deployment_info(self._deployments.records.get(str(given["deploymentId"])))}

    def _batch_get(self, given: Parameters) -> dict[str, Any]:
        found = [self._deployments.records.get(str(one)) for one in given.get("deploymentIds") or ()]
        return {"deploymentsInfo": [describe.deployment_info(one) for one in found]}

    def _list_deployments(self, given: Parameters) -> dict[str, Any]:
        application, group = given.get("applicationName"), given.get("deploymentGroupName")
        statuses = given.get("includeOnlyStatuses") or ()
        if application and group:
            self._applications.group(str(application), str(group))
        found = [
            one.id
            for one in self._deployments.records.all()
            if application in (None, one.group.application)
            and group in (None, one.group.name)
            and (not statuses or one.status in statuses)
        ]
        first = int(given.get("nextToken") or 0)
        more = {"nextToken": str(first + PAGE)} if len(found) > first + PAGE else {}
        return {"deployments": found[first : first + PAGE], **more}

    def _stop(self, given: Parameters) -> dict[str, Any]:
        self._deployments.stop(str(given["deploymentId"]), given.get("autoRollbackEnabled"))
        return {"status": "Succeeded", "statusMessage": "No more commands will be scheduled for execution"}

    def _list_targets(self, given: Parameters) -> dict[str, Any]:
        return {"targetIds": [describe.target_id(self._deployments.records.get(str(given["deploymentId"])))]}

    def _get_target(self, given: Parameters) -> dict[str, Any]:
        deployment = self._deployments.records.get(str(given["deploymentId"]))
        if given.get("targetId") != describe.target_id(deployment):
            raise ApiError("DeploymentTargetDoesNotExistException", f"There is no target {given.get('targetId')}.")
        return {"deploymentTarget": describe.target(deployment, f"{self._prefix}deploymenttarget:")}

    def _batch_get_targets(self, given: Parameters) -> dict[str, Any]:
        deployment = self._deployments.records.get(str(given["deploymentId"]))
        wanted = given.get("targetIds") or [describe.target_id(deployment)]
        return {
            "deploymentTargets": [self._get_target({**given, "targetId": one})["deploymentTarget"] for one in wanted]
        }

    def _report(self, given: Parameters) -> dict[str, Any]:
        execution = str(given.get("lifecycleEventHookExecutionId") or "")
        self._deployments.report(str(given.get("deploymentId") or ""), execution, str(given.get("status")))
        return {"lifecycleEventHookExecutionId": execution}
