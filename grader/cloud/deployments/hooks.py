"""Hook functions: run as the group's service role, and waited for until they report."""

from __future__ import annotations

import json

from grader.cloud.deployments.deployment import Deployment, LifecycleEvent
from grader.cloud.deployments.role import ServiceRole
from grader.cloud.functions import FunctionService
from grader.cloud.ids import Ids

REPORT_WITHIN_SECONDS = 3600
FAILED = "HOOK_EXECUTION_FAILURE"


class HookFunctions:
    """Hands a deployment to the function that is to test it.

    Parameters
    ----------
    functions
        Runs them, asynchronously.
    role
        Asks IAM: AWS's managed policy lets CodeDeploy invoke only functions named ``CodeDeployHook_…``.
    """

    def __init__(self, functions: FunctionService, role: ServiceRole, ids: Ids) -> None:
        self._functions, self._role, self._ids = functions, role, ids

    def call(self, deployment: Deployment, event: LifecycleEvent, function: str) -> None:
        """Invoke the function with the deployment's id and an execution id, by which it reports.

        Raises
        ------
        Refused, LambdaError
            When the role may not invoke it, or there is no such function.
        """
        version = self._functions.registry.resolve(function)
        self._role.demand(deployment.group.role, "lambda:InvokeFunction", version.arn)
        execution = self._ids.hex(40)
        deployment.executions[execution] = event.name
        payload = {"DeploymentId": deployment.id, "LifecycleEventHookExecutionId": execution}
        self._functions.enqueue(function, json.dumps(payload).encode(), source="codedeploy")


def function_of(deployment: Deployment, event: LifecycleEvent) -> str | None:
    """The function that is asked at a lifecycle event."""
    return deployment.appspec.before if event.name == "BeforeAllowTraffic" else deployment.appspec.after


def reported_failure(deployment: Deployment, event: LifecycleEvent) -> str:
    """CodeDeploy's words for a hook that reported ``Failed``."""
    return f"The hook {event.name} failed: {function_of(deployment, event)} reported the status Failed."


def silence(deployment: Deployment, event: LifecycleEvent) -> str:
    """CodeDeploy's words for a hook that did not report."""
    return (
        f"The hook {event.name} failed: {function_of(deployment, event)} did not call "
        "PutLifecycleEventHookExecutionStatus within one hour."
    )
