"""The operations of the CloudFormation API on change sets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grader.cloud.errors import NotSupported
from grader.cloud.stacks.api import descriptions as describe
from grader.cloud.stacks.api.given_templates import GivenTemplates, parameters_of
from grader.cloud.stacks.api.query_form import Form, is_true, page, tags_of
from grader.cloud.stacks.api.stack_actions import options_of
from grader.cloud.stacks.change_sets import ChangeSets
from grader.cloud.stacks.service import StackService


class ChangeSetActions:
    """CreateChangeSet and its like."""

    def __init__(self, stacks: StackService, change_sets: ChangeSets) -> None:
        self._stacks, self.change_sets = stacks, change_sets
        self._templates = GivenTemplates(stacks)

    def table(self) -> dict[str, Callable[[Form], Any]]:
        """The operations by name."""
        return {
            "CreateChangeSet": self._create_change_set,
            "DescribeChangeSet": self._describe_change_set,
            "ExecuteChangeSet": self._execute_change_set,
            "DeleteChangeSet": self._delete_change_set,
            "ListChangeSets": self._list_change_sets,
            "DescribeChangeSetHooks": self._hooks,
        }

    def _create_change_set(self, form: Form) -> Any:
        name, kind = str(form["StackName"]), str(form.get("ChangeSetType", "UPDATE"))
        if kind not in ("CREATE", "UPDATE"):
            raise NotSupported(f"change sets of type {kind}")
        previous = self._stacks.find(name) if kind == "UPDATE" else None
        made = self.change_sets.create(
            str(form["ChangeSetName"]),
            name,
            kind,
            self._templates.source(form),
            parameters_of(form, previous),
            form.get("Capabilities") or (),
            tags_of(form) if "Tags" in form else None,
            form.get("Description"),
            options_of(form, direct=False),
            is_true(form, "IncludeNestedStacks"),
        )
        return {"Id": made.id, "StackId": made.stack.id}

    def _describe_change_set(self, form: Form) -> Any:
        return describe.change_set(self.change_sets.get(str(form["ChangeSetName"]), form.get("StackName")))

    def _execute_change_set(self, form: Form) -> Any:
        made = self.change_sets.get(str(form["ChangeSetName"]), form.get("StackName"))
        token, retain = form.get("ClientRequestToken"), is_true(form, "RetainExceptOnCreate")
        self.change_sets.execute(made, is_true(form, "DisableRollback"), token, retain)
        return {}

    def _delete_change_set(self, form: Form) -> Any:
        self.change_sets.delete(self.change_sets.get(str(form["ChangeSetName"]), form.get("StackName")))
        return {}

    def _list_change_sets(self, form: Form) -> Any:
        stack = self._stacks.get(str(form["StackName"]))
        found = [describe.change_set_summary(made) for made in self.change_sets.of(stack)]
        return page(form, "Summaries", found, self._stacks.page_size)

    def _hooks(self, form: Form) -> Any:
        made = self.change_sets.get(str(form["ChangeSetName"]), form.get("StackName"))
        return {
            "ChangeSetId": made.id, "ChangeSetName": made.name, "StackId": made.stack.id,
            "StackName": made.stack.name, "Status": "PLANNED", "Hooks": [],
        }  # fmt: skip
