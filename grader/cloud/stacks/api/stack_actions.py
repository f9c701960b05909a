"""The operations of the CloudFormation API that make, change and delete stacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grader.cloud.errors import NotSupported
from grader.cloud.stacks.api.given_templates import GivenTemplates, parameters_of
from grader.cloud.stacks.api.query_form import Form, is_true, tags_of
from grader.cloud.stacks.errors import DeployError
from grader.cloud.stacks.options import Options
from grader.cloud.stacks.service import StackService
from grader.cloud.stacks.stack import Stack

ALARM = "AWS::CloudWatch::Alarm"


class StackActions:
    """CreateStack and its like."""

    def __init__(self, stacks: StackService) -> None:
        self._stacks = stacks
        self._templates = GivenTemplates(stacks)

    def table(self) -> dict[str, Callable[[Form], Any]]:
        """The operations by name."""
        return {
            "CreateStack": self._create_stack,
            "UpdateStack": self._update_stack,
            "DeleteStack": self._delete_stack,
            "RollbackStack": self._roll_back,
            "ContinueUpdateRollback": self._continue,
            "CancelUpdateStack": self._cancel,
            "UpdateTerminationProtection": self._protect,
            "GetStackPolicy": self._policy,
        }

    def _create_stack(self, form: Form) -> Any:
        name, token, template = str(form["StackName"]), form.get("ClientRequestToken"), self._templates.given(form)
        known = self._stacks.find(name)
        if known is not None and token is not None and known.token == token:
            return _told(known)  # asked twice, done once
        before = {stack.id for stack in self._stacks.deleted()}
        self._stacks.operations.start(
            lambda: self._stacks.create(
                name,
                template,
                parameters_of(form, None),
                form.get("Capabilities") or (),
                tags_of(form),
                options_of(form, direct=True),
            )
        )
        gone = [stack for stack in self._stacks.deleted() if stack.id not in before]  # OnFailure DELETE
        return _told(self._stacks.find(name) or gone[-1])

    def _update_stack(self, form: Form) -> Any:
        stack, token = self._stacks.get(str(form["StackName"])), form.get("ClientRequestToken")
        if token is not None and stack.token == token:
            return _told(stack)
        template = self._templates.source(form)
        self._stacks.operations.start(
            lambda: self._stacks.update(
                stack.id if stack.deleted else stack.name,
                template,
                parameters_of(form, stack),
                form.get("Capabilities") or (),
                tags_of(form) if "Tags" in form else None,
                options_of(form, direct=True),
            )
        )
        return _told(stack)

    def _delete_stack(self, form: Form) -> Any:
        name, retained, token = (
            str(form["StackName"]),
            form.get("RetainResources") or (),
            form.get("ClientRequestToken"),
        )
        self._stacks.operations.start(lambda: self._stacks.delete(name, retained, token))

    def _roll_back(self, form: Form) -> Any:
        stack = self._stacks.get(str(form["StackName"]))
        if stack.status == "UPDATE_ROLLBACK_FAILED":
            raise DeployError(f"Stack:{stack.id} is in {stack.status} state and can not be rolled back.")
        self._stacks.operations.start(lambda: self._stacks.roll_back(stack.name, (), form.get("ClientRequestToken")))
        return _told(stack)

    def _continue(self, form: Form) -> Any:
        stack = self._stacks.get(str(form["StackName"]))
        if stack.status != "UPDATE_ROLLBACK_FAILED":
            raise DeployError(f"Stack:{stack.id} is in {stack.status} state and can not be rolled back further.")
        skipped, token = form.get("ResourcesToSkip") or (), form.get("ClientRequestToken")
        self._stacks.operations.start(lambda: self._stacks.roll_back(stack.name, skipped, token))
        return {}

    def _cancel(self, form: Form) -> Any:
        stack = self._stacks.get(str(form["StackName"]))
        raise DeployError(f"CancelUpdateStack cannot be called from current stack status: {stack.status}")

    def _protect(self, form: Form) -> Any:
        stack = self._stacks.get(str(form["StackName"]))
        if stack.parent_id:
            raise DeployError("Termination protection of a nested stack is that of its root stack.")
        stack.protected = is_true(form, "EnableTerminationProtection")
        return {"StackId": stack.id}

    def _policy(self, form: Form) -> Any:
        self._stacks.get(str(form["StackName"]))
        return {}


def _told(stack: Stack) -> dict[str, str]:
    return {"StackId": stack.id, "OperationId": stack.operations[-1].id}


def options_of(form: Form, direct: bool) -> Options:
    """How a request wants its operation carried out.

    Raises
    ------
    NotSupported
        For rollback triggers that are no metric alarms.
    """
    config: dict[str, Any] = form.get("DeploymentConfig") or {}
    express = config.get("Mode") == "EXPRESS"
    rollback = is_true(form, "DisableRollback") or str(config.get("DisableRollback", express)).lower() == "true"
    if "OnFailure" in form and "DisableRollback" in form:
        raise DeployError("You can specify either DisableRollback or OnFailure, but not both.")
    minutes = form.get("TimeoutInMinutes")
    watching: dict[str, Any] = form.get("RollbackConfiguration") or {}
    return Options(
        direct=direct,
        disable_rollback=rollback,
        on_failure=str(form.get("OnFailure") or form.get("OnStackFailure") or "ROLLBACK"),
        protected=is_true(form, "EnableTerminationProtection"),
        notifications=tuple(form["NotificationARNs"]) if "NotificationARNs" in form else None,
        token=form.get("ClientRequestToken"),
        retain_except_on_create=is_true(form, "RetainExceptOnCreate"),
        timeout_minutes=int(minutes) if minutes else None,
        triggers=_triggers(watching) if "RollbackConfiguration" in form else None,
        monitoring_minutes=int(watching.get("MonitoringTimeInMinutes") or 0),
        express=express,
    )


def _triggers(watching: dict[str, Any]) -> tuple[str, ...]:
    triggers = watching.get("RollbackTriggers") or []
    for trigger in triggers:
        if trigger.get("Type") != ALARM:
            raise NotSupported(f"rollback triggers of type {trigger.get('Type')}")
    return tuple(str(trigger["Arn"]) for trigger in triggers)
