"""Who hears of a deployment: the topics of its group's triggers, and the default event bus."""

from __future__ import annotations

import json
from typing import Any

from grader.cloud.cloudwatch.wording import stamp
from grader.cloud.deployments.deployment import Deployment
from grader.cloud.deployments.role import Refused, ServiceRole
from grader.cloud.events import EventService
from grader.cloud.functions import FunctionService, Lineage
from grader.cloud.functions.destinations import iso
from grader.cloud.functions.targets import Undeliverable

STATES = {"Start": "START", "Success": "SUCCESS", "Failure": "FAILURE", "Stop": "STOP", "Rollback": "SUCCESS"}
WORDS = {
    "Start": "CREATED",
    "Success": "SUCCEEDED",
    "Failure": "FAILED",
    "Stop": "STOPPED",
    "Rollback": "SUCCEEDED",
}


class Notices:
    """Told of everything that happens to deployments.

    Parameters
    ----------
    role
        Triggers publish as the group's service role.
    """

    def __init__(self, functions: FunctionService, events: EventService, role: ServiceRole) -> None:
        self._functions, self._events, self._role = functions, events, role

    def __call__(self, deployment: Deployment, what: str) -> None:
        """Tell the topics that want to hear of it, and the event bus."""
        trace = self._functions.traces.start("deployment", f"{deployment.id}: {what}")
        self._note_outcome(trace, deployment, what)
        for trigger in deployment.group.members.get("triggerConfigurations") or ():
            if f"Deployment{what}" in (trigger.get("triggerEvents") or ()):
                self._publish(trigger, deployment, what, Lineage(trace))
        with self._functions.moto.lock:
            self._events.bridge.note(self._event(deployment, what), Lineage(trace))

    def _note_outcome(self, trace: Any, deployment: Deployment, what: str) -> None:
        spec = deployment.appspec
        if deployment.error is None:
            trace.passed("deployment", f"{spec.function}:{spec.alias} {spec.current} → {spec.target}, {what}")
        else:
            trace.broken("deployment", f"{deployment.error[0]}: {deployment.error[1]}")

    def _publish(self, trigger: dict[str, Any], deployment: Deployment, what: str, lineage: Lineage) -> None:
        topic = str(trigger.get("triggerTargetArn"))
        assert lineage.trace is not None
        try:
            self._role.demand(deployment.group.role, "sns:Publish", topic)
            with self._functions.caused_by(lineage):
                self._functions.targets.send(
                    topic, self._message(trigger, deployment, what), {}, subject=self._subject(deployment, what)
                )
        except Refused as refused:
            lineage.trace.broken("trigger", refused.message)
        except Undeliverable as refused:
            lineage.trace.broken("trigger", refused.what)

    def _subject(self, deployment: Deployment, what: str) -> str:
        region = self._functions.region
        return f"{WORDS[what]}: AWS CodeDeploy {deployment.id} in {region} to {deployment.group.application}"

    def _message(self, trigger: dict[str, Any], deployment: Deployment, what: str) -> str:
        told: dict[str, Any] = {
            "region": self._functions.region,
            "accountId": self._functions.moto.account_id,
            "eventTriggerName": trigger.get("triggerName"),
            "applicationName": deployment.group.application,
            "deploymentId": deployment.id,
            "deploymentGroupName": deployment.group.name,
            "createTime": stamp(deployment.created),
            "completeTime": stamp(deployment.completed) if deployment.completed is not None else None,
            "status": WORDS[what],
        }
        if deployment.error is not None:
            told["errorInformation"] = {"ErrorCode": deployment.error[0], "ErrorMessage": deployment.error[1]}
        return json.dumps(told)

    def _event(self, deployment: Deployment, what: str) -> dict[str, Any]:
        account, region = self._functions.moto.account_id, self._functions.region
        group = deployment.group
        return {
            "version": "0",
            "id": self._functions.ids.uuid(),
            "detail-type": "CodeDeploy Deployment State-change Notification",
            "source": "aws.codedeploy",
            "account": account,
            "time": iso(self._functions.clock.timestamp()).replace(".000Z", "Z"),
            "region": region,
            "resources": [
                f"arn:aws:codedeploy:{region}:{account}:application:{group.application}",
                f"arn:aws:codedeploy:{region}:{account}:deploymentgroup:{group.application}/{group.name}",
            ],
            "detail": {
                "region": region,
                "deploymentId": deployment.id,
                "instanceGroupId": group.id,
                "deploymentGroup": group.name,
                "state": STATES[what],
                "application": group.application,
            },
        }
