"""DeploymentService: a deployment passes its hooks and shifts its traffic on the clock, or is stopped and taken back.

*BeforeAllowTraffic* (a hook function reports) → *AllowTraffic* (the alias gets weights, step by step) →
*AfterAllowTraffic* (a hook function reports). An alarm stops it at any moment.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from grader.cloud.clock import Clock
from grader.cloud.cloudwatch.alarms import Alarm
from grader.cloud.cloudwatch.evaluation import State
from grader.cloud.cloudwatch.watch import AlarmService
from grader.cloud.deployments.appspec import AppSpec
from grader.cloud.deployments.configurations import PREDEFINED, PREFIX
from grader.cloud.deployments.deployment import Deployment, LifecycleEvent
from grader.cloud.deployments.groups import Applications, DeploymentGroup
from grader.cloud.deployments.hooks import (
    FAILED,
    REPORT_WITHIN_SECONDS,
    HookFunctions,
    function_of,
    reported_failure,
    silence,
)
from grader.cloud.deployments.records import Records
from grader.cloud.deployments.role import Refused, ServiceRole
from grader.cloud.deployments.traffic import AliasTraffic
from grader.cloud.door.responder import ApiError
from grader.cloud.functions import FunctionService, LambdaError
from grader.cloud.ids import Ids

ALL_AT_ONCE = PREDEFINED[f"{PREFIX}AllAtOnce"]
Listener = Callable[[Deployment, str], None]


class DeploymentService:
    """The deployments of one account.

    Parameters
    ----------
    functions
        Whose aliases are moved; it also runs the hooks.
    alarms
        What stops a deployment.
    role
        What CodeDeploy may do.

    Attributes
    ----------
    records
        Every deployment, by its id.
    """

    def __init__(
        self, clock: Clock, ids: Ids, functions: FunctionService, alarms: AlarmService, role: ServiceRole
    ) -> None:
        self.applications = Applications(clock, ids)
        self._clock = clock
        self._alarms, self._role = alarms, role
        self._traffic, self._hooks = AliasTraffic(functions, role), HookFunctions(functions, role, ids)
        self._lock = threading.RLock()
        self.records = Records(clock, ids)
        self._listeners: list[Listener] = []
        alarms.on_change(self._alarmed)

    def on_event(self, listener: Listener) -> None:
        """Call ``listener`` with a deployment and what happened: ``Start``, ``Success``, ``Failure``, ``Stop``,
        ``Rollback``.
        """
        self._listeners.append(listener)

    def create(
        self,
        group: DeploymentGroup,
        appspec: AppSpec,
        *,
        configuration: str | None = None,
        description: str = "",
        alarms: Mapping[str, Any] | None = None,
        rollback: Mapping[str, Any] | None = None,
    ) -> Deployment:
        """Create a deployment; it begins as soon as the clock's due events are delivered.

        Parameters
        ----------
        configuration, alarms, rollback
            Override the group's own.

        Raises
        ------
        ApiError
            ``DeploymentLimitExceededException`` while another deployment of the group is under way.
        """
        with self._lock:
            self.records.refuse_second(group)
            own = group.members
            chosen = self.applications.configuration(configuration or group.configuration)
            deployment = self.records.add(group, chosen, appspec)
            deployment.description = description
            deployment.alarms = (own.get("alarmConfiguration") or {}) if alarms is None else alarms
            deployment.rollback = (own.get("autoRollbackConfiguration") or {}) if rollback is None else rollback
            self._later(deployment, 0, lambda: self._begin(deployment))
        return deployment

    def report(self, deployment_id: str, execution_id: str, status: str) -> None:
        """PutLifecycleEventHookExecutionStatus: a hook function says how its test went.

        Raises
        ------
        ApiError
            For an execution id that is unknown, a status that is neither Succeeded nor Failed, and for a second report.
        """
        with self._lock:
            deployment = self.records.get(deployment_id)
            if status not in ("Succeeded", "Failed"):
                raise ApiError(
                    "InvalidLifecycleEventHookExecutionStatusException",
                    f"The status must be Succeeded or Failed, not {status}",
                )
            name = deployment.executions.get(execution_id)
            if name is None:
                raise ApiError(
                    "InvalidLifecycleEventHookExecutionIdException",
                    f"The execution id {execution_id} is none of the deployment {deployment_id}",
                )
            event = deployment.events[name]
            if event.status != "InProgress":
                raise ApiError(
                    "LifecycleEventAlreadyCompletedException",
                    f"The lifecycle event {name} is completed: {event.status}",
                )
            deployment.cancel_timers()
            self._end(event, status)
            self._later(deployment, 0, lambda: self._after_report(deployment, event))

    def stop(self, deployment_id: str, roll_back: bool | None = None) -> None:
        """StopDeployment.

        Parameters
        ----------
        roll_back
            Whether traffic goes back; None: as the group says for ``DEPLOYMENT_STOP_ON_REQUEST``.
        """
        with self._lock:
            deployment = self.records.get(deployment_id)
            if deployment.ended:
                raise ApiError(
                    "DeploymentAlreadyCompletedException", f"The deployment {deployment_id} has already completed."
                )
            wanted = deployment.rolls_back_on("DEPLOYMENT_STOP_ON_REQUEST") if roll_back is None else roll_back
            self._finish(deployment, "Stopped", ("MANUAL_STOP", "The deployment was stopped by a user."), wanted)

    # --- what happens on the clock ------------------------------------------------------------------------------------

    def _later(self, deployment: Deployment, seconds: float, action: Callable[[], None]) -> None:
        def due() -> None:
            with self._lock:
                if not deployment.ended:
                    self._attempt(deployment, action)

        deployment.timers.append(self._clock.after(seconds, due, f"deployment {deployment.id}"))

    def _attempt(self, deployment: Deployment, action: Callable[[], None]) -> None:
        try:
            action()
        except Refused as refused:
            self._fail(deployment, refused.code, refused.message)
        except LambdaError as refused:
            self._fail(deployment, "INVALID_LAMBDA_FUNCTION", refused.message)

    def _begin(self, deployment: Deployment) -> None:
        deployment.status, deployment.started = "InProgress", self._clock.timestamp()
        self._tell(deployment, "Start")
        spec = deployment.appspec
        if self._traffic.version(deployment.group, spec) != spec.current:
            self._fail(
                deployment,
                "INVALID_LAMBDA_CONFIGURATION",
                "The deployment failed because the AppSpec file that specifies the AWS Lambda deployment configuration "
                "is missing or has an invalid configuration. The Lambda function alias version does not match the "
                "current version in AppSpec file.",
            )
        elif not self._stopped_by_alarm(deployment):
            self._ask(deployment, "BeforeAllowTraffic")

    def _ask(self, deployment: Deployment, name: str) -> None:
        """Run a hook function, if there is one, and wait for its report."""
        event = deployment.events[name]
        function = function_of(deployment, event)
        if function is None:
            event.status = "Skipped"
            self._after_report(deployment, event)
            return
        event.status, event.started = "InProgress", self._clock.timestamp()
        self._hooks.call(deployment, event, function)
        self._later(deployment, REPORT_WITHIN_SECONDS, lambda: self._never_reported(deployment, event))

    def _never_reported(self, deployment: Deployment, event: LifecycleEvent) -> None:
        event.message = silence(deployment, event)
        self._end(event, "Failed")
        self._fail(deployment, FAILED, event.message)

    def _after_report(self, deployment: Deployment, event: LifecycleEvent) -> None:
        if event.status == "Failed":
            event.message = reported_failure(deployment, event)
            self._fail(deployment, FAILED, event.message)
        elif event.name == "BeforeAllowTraffic":
            self._allow_traffic(deployment)
        else:
            self._finish(deployment, "Succeeded")

    def _allow_traffic(self, deployment: Deployment) -> None:
        event = deployment.events["AllowTraffic"]
        event.status, event.started = "InProgress", self._clock.timestamp()
        for minutes, percent in deployment.configuration.routing.steps():
            self._later(deployment, 60 * minutes, lambda percent=percent: self._shift(deployment, percent))  # type: ignore[misc]  # bound early

    def _shift(self, deployment: Deployment, percent: int) -> None:
        if self._stopped_by_alarm(deployment):
            return
        self._traffic.shift(deployment.group, deployment.appspec, percent)
        self._note_share(deployment, percent)
        if percent == 100:
            self._end(deployment.events["AllowTraffic"], "Succeeded")
            self._ask(deployment, "AfterAllowTraffic")

    def _note_share(self, deployment: Deployment, percent: int) -> None:
        deployment.weight = float(percent)
        deployment.shifts.append((self._clock.timestamp(), float(percent)))

    # --- how it ends --------------------------------------------------------------------------------------------------

    def _alarmed(self, alarm: Alarm, before: State) -> None:
        with self._lock:
            for deployment in [one for one in self.records.all() if one.status == "InProgress"]:
                if alarm.state == "ALARM" and alarm.name in deployment.alarm_names:
                    self._stop_for(deployment, [alarm.name])

    def _stopped_by_alarm(self, deployment: Deployment) -> bool:
        """Look at the alarms before anything is changed; True when one of them has stopped the deployment."""
        if not deployment.alarm_names:
            return False
        self._role.demand(deployment.group.role, "cloudwatch:DescribeAlarms", "*")
        active = [name for name in deployment.alarm_names if self._alarms.evaluate(name) == "ALARM"]
        if active and not deployment.ended:
            self._stop_for(deployment, active)
        return deployment.ended

    def _stop_for(self, deployment: Deployment, alarms: list[str]) -> None:
        message = (
            "One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and the "
            f"affected deployments have been stopped. Activated alarms: <{', '.join(alarms)}>"
        )
        wanted = deployment.rolls_back_on("DEPLOYMENT_STOP_ON_ALARM")
        self._finish(deployment, "Stopped", ("ALARM_ACTIVE", message), wanted)

    def _fail(self, deployment: Deployment, code: str, message: str) -> None:
        self._finish(deployment, "Failed", (code, message), deployment.rolls_back_on("DEPLOYMENT_FAILURE"))

    def _finish(
        self, deployment: Deployment, status: str, error: tuple[str, str] | None = None, roll_back: bool = False
    ) -> None:
        deployment.cancel_timers()
        deployment.error = error
        for event in deployment.events.values():
            if event.status == "InProgress":
                self._end(event, "Failed")
            elif event.status == "Pending":
                event.status = "Skipped"
        deployment.status, deployment.completed = status, self._clock.timestamp()
        if status == "Succeeded":
            deployment.group.succeeded = deployment.id
        if roll_back and deployment.shifts:
            self._take_back(deployment)
        self._tell(deployment, {"Succeeded": "Success", "Failed": "Failure", "Stopped": "Stop"}[status])

    def _take_back(self, deployment: Deployment) -> None:
        """Roll back by a deployment of its own: all traffic goes to the version that was there, at once."""
        back = self.records.add(deployment.group, ALL_AT_ONCE, deployment.appspec.reversed())
        back.creator, back.rollback_of = "codeDeployRollback", deployment.id
        deployment.rolled_back_by = back.id
        deployment.rollback_message = "Deployment rolled back by a deployment of the last known good revision."
        back.status, back.started = "InProgress", self._clock.timestamp()
        try:
            self._traffic.shift(back.group, back.appspec, 100)
        except (Refused, LambdaError) as refused:
            back.status, back.error = "Failed", ("INTERNAL_ERROR", str(refused))
        else:
            self._note_share(deployment, 0)
            back.weight, back.status, back.group.succeeded = 100.0, "Succeeded", back.id
        back.completed = self._clock.timestamp()
        for event in back.events.values():
            event.status = "Skipped" if event.name != "AllowTraffic" else back.status
        self._tell(back, "Rollback")

    def _end(self, event: LifecycleEvent, status: str) -> None:
        event.status, event.ended = status, self._clock.timestamp()

    def _tell(self, deployment: Deployment, what: str) -> None:
        for listener in self._listeners:
            listener(deployment, what)
