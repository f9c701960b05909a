"""The operations of the CloudFormation API that make, change and delete stacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grader.cloud.stacks.api.given_templates import GivenTemplates, parameters_of
from grader.cloud.stacks.api.query_form import Form, is_true, tags_of
from grader.cloud.stacks.service import StackService


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
            "UpdateTerminationProtection": self._protect,
        }

    def _create_stack(self, form: Form) -> Any:
        name, template = str(form["StackName"]), self._templates.given(form)
        before = {stack.id for stack in self._stacks.deleted()}
        self._stacks.operations.start(
            lambda: self._stacks.create(
                name,
                template,
                parameters_of(form, None),
                form.get("Capabilities") or (),
                tags_of(form),
                disable_rollback=is_true(form, "DisableRollback"),
                on_failure=str(form.get("OnFailure", "ROLLBACK")),
                protected=is_true(form, "EnableTerminationProtection"),
            )
        )
        gone = [stack for stack in self._stacks.deleted() if stack.id not in before]  # OnFailure DELETE
        return {"StackId": (self._stacks.find(name) or gone[-1]).id}

    def _update_stack(self, form: Form) -> Any:
        stack = self._stacks.get(str(form["StackName"]))
        template = self._templates.source(form)
        self._stacks.operations.start(
            lambda: self._stacks.update(
                stack.id if stack.deleted else stack.name,
                template,
                parameters_of(form, stack),
                form.get("Capabilities") or (),
                tags_of(form) if "Tags" in form else None,
                disable_rollback=is_true(form, "DisableRollback"),
            )
        )
        return {"StackId": stack.id}

    def _delete_stack(self, form: Form) -> Any:
        self._stacks.delete(str(form["StackName"]), form.get("RetainResources") or ())

    def _protect(self, form: Form) -> Any:
        stack = self._stacks.get(str(form["StackName"]))
        stack.protected = is_true(form, "EnableTerminationProtection")
        return {"StackId": stack.id}
