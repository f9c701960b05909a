"""The operations of the CloudFormation API that only look: stacks, events, resources, exports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grader.cloud.stacks.api import descriptions as describe
from grader.cloud.stacks.api.query_form import Form, page
from grader.cloud.stacks.errors import DeployError
from grader.cloud.stacks.service import StackService
from grader.cloud.stacks.stack import Stack


class ReadingActions:
    """DescribeStacks and its like."""

    def __init__(self, stacks: StackService) -> None:
        self._stacks = stacks

    def table(self) -> dict[str, Callable[[Form], Any]]:
        """The operations by name."""
        return {
            "DescribeStacks": self._describe_stacks,
            "DescribeStackEvents": self._describe_stack_events,
            "DescribeEvents": self._describe_events,
            "DescribeAccountLimits": self._limits,
            "DescribeStackResource": self._describe_resource,
            "DescribeStackResources": self._describe_resources,
            "ListStackResources": self._list_resources,
            "ListStacks": self._list_stacks,
            "ListExports": self._list_exports,
            "ListImports": self._list_imports,
        }

    def _describe_stacks(self, form: Form) -> Any:
        named = form.get("StackName")
        stacks = [self._stacks.get(str(named))] if named else list(self._stacks)
        return page(form, "Stacks", [describe.stack(stack) for stack in stacks], self._stacks.page_size)

    def _describe_stack_events(self, form: Form) -> Any:
        stack = self._find(form)
        return page(
            form,
            "StackEvents",
            [describe.resource_event(stack, event) for event in reversed(stack.events)],
            self._stacks.page_size,
        )

    def _describe_events(self, form: Form) -> Any:
        operation = form.get("OperationId")
        stacks = (
            [*self._stacks, *self._stacks.deleted()] if operation and "StackName" not in form else [self._find(form)]
        )
        failed = str((form.get("Filters") or {}).get("FailedEvents", "")).lower() == "true"
        found = [
            describe.operation_event(stack, event)
            for stack in stacks
            for event in reversed(stack.events)
            if operation in (None, event.operation) and (not failed or event.status.endswith("_FAILED"))
        ]
        return page(form, "OperationEvents", found, self._stacks.page_size)

    def _limits(self, form: Form) -> Any:
        limits = {"StackLimit": 2000, "StackOutputsLimit": 200, "ConcurrentResourcesLimit": 2500}
        return {"AccountLimits": [{"Name": name, "Value": value} for name, value in limits.items()]}

    def _find(self, form: Form) -> Stack:
        name = str(form.get("StackName", ""))
        stack = self._stacks.find(name)
        if stack is None:
            raise DeployError(f"Stack [{name}] does not exist")
        return stack

    def _describe_resource(self, form: Form) -> Any:
        stack, logical_id = self._find_resources(form), str(form["LogicalResourceId"])
        if logical_id not in stack.resources:
            raise DeployError(f"Resource {logical_id} does not exist for stack {stack.name}")
        return {"StackResourceDetail": describe.resource_detail(stack, stack.resources[logical_id])}

    def _find_resources(self, form: Form) -> Stack:
        name = str(form.get("StackName", ""))
        stack = self._stacks.find(name)
        if stack is None:
            raise DeployError(f"Stack '{name}' does not exist")
        return stack

    def _describe_resources(self, form: Form) -> Any:
        if "StackName" in form:
            stack = self._stacks.get(str(form["StackName"]))
            found = [(stack, resource) for resource in stack.resources.values()]
        else:
            wanted = form.get("PhysicalResourceId")
            found = [(stack, r) for stack in self._stacks for r in stack.resources.values() if r.physical_id == wanted]
            found = [(stack, r) for stack, _ in found[:1] for r in stack.resources.values()]
            if not found:
                raise DeployError(f"Stack for {wanted} does not exist")
        logical_id = form.get("LogicalResourceId")
        return {
            "StackResources": [
                describe.resource(stack, resource)
                for stack, resource in found
                if logical_id in (None, resource.logical_id)
            ]
        }

    def _list_resources(self, form: Form) -> Any:
        stack = self._stacks.get(str(form["StackName"]))
        found = [describe.resource_summary(resource) for resource in stack.resources.values()]
        return page(form, "StackResourceSummaries", found, self._stacks.page_size)

    def _list_stacks(self, form: Form) -> Any:
        wanted = form.get("StackStatusFilter")
        stacks = [*reversed(list(self._stacks)), *reversed(self._stacks.deleted())]
        found = [describe.stack_summary(stack) for stack in stacks if not wanted or stack.status in wanted]
        return page(form, "StackSummaries", found, self._stacks.page_size)

    def _list_exports(self, form: Form) -> Any:
        exports = self._stacks.exports()
        found = [
            {"ExportingStackId": owner, "Name": name, "Value": value}
            for name, (owner, value) in sorted(exports.items())
        ]
        return page(form, "Exports", found, self._stacks.page_size)

    def _list_imports(self, form: Form) -> Any:
        export = str(form["ExportName"])
        importers = self._stacks.importers(export)
        if not importers:
            raise DeployError(f"Export '{export}' is not imported by any stack.")
        return {"Imports": importers}
