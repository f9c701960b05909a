"""The stacks that exist in an account and Region, and what they hold."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from grader.cloud.stacks.errors import DeployError, ResourceFailure
from grader.cloud.stacks.stack import Stack


class KnownStacks:
    """Finds stacks, their resources and their exports."""

    def __init__(self) -> None:
        self._stacks: dict[str, Stack] = {}
        self._deleted: list[Stack] = []
        self._lock = threading.Lock()

    def enter(self, stack: Stack) -> None:
        """Let a stack exist.

        Raises
        ------
        DeployError
            When another of its name came first.
        """
        with self._lock:
            if self._stacks.setdefault(stack.name, stack) is not stack:
                raise DeployError(f"Stack [{stack.name}] already exists", code="AlreadyExistsException")

    def leave(self, stack: Stack) -> None:
        """A stack is deleted; it is found by its id from now on."""
        with self._lock:
            self._deleted.append(self._stacks.pop(stack.name))

    def nested_in(self, stack: Stack) -> list[Stack]:
        """The stacks that are nested in one, directly."""
        return [other for other in self if other.parent_id == stack.id]

    def find(self, name: str) -> Stack | None:
        """The stack with this name or id; a deleted one only by its id."""
        if name in self._stacks:
            return self._stacks[name]
        return next((stack for stack in [*self._stacks.values(), *self._deleted] if stack.id == name), None)

    def get(self, name: str) -> Stack:
        """The stack with this name or id.

        Raises
        ------
        DeployError
            ``Stack with id … does not exist``.
        """
        stack = self.find(name)
        if stack is None:
            raise DeployError(f"Stack with id {name} does not exist")
        return stack

    def __iter__(self) -> Iterator[Stack]:
        """The stacks that exist, oldest first."""
        return iter(list(self._stacks.values()))

    def deleted(self) -> list[Stack]:
        """The stacks that were deleted, oldest first."""
        return list(self._deleted)

    def resolve(self, logical_id: str) -> str | None:
        """The physical id of the only resource with this logical id; None when no stack, or several, have one."""
        found = [stack.resources[logical_id].physical_id for stack in self if logical_id in stack.resources]
        return found[0] if len(found) == 1 else None

    def exports(self) -> dict[str, tuple[str, str]]:
        """Every export: name → id of its stack, value."""
        return {name: (stack.id, value) for stack in self for name, value in stack.exports.items()}

    def importers(self, export: str) -> list[str]:
        """The names of the stacks that import it."""
        return [stack.name for stack in self if export in stack.imports]

    def imported(self, export: str) -> str:
        """The value of an export.

        Raises
        ------
        ResourceFailure
            When no stack exports it.
        """
        exports = self.exports()
        if export not in exports:
            raise ResourceFailure(f"No export named {export} found.")
        return exports[export][1]

    def owner_of(self, kind: str, physical_id: str) -> str | None:
        """The id of the stack that made a resource of this type and name; for ``export``, the one that exports it."""
        if kind == "export":
            return self.exports().get(physical_id, (None, ""))[0]
        for stack in self:
            for resource in stack.resources.values():
                if resource.type == kind and physical_id in (
                    resource.physical_id,
                    resource.attributes.get("QueueName"),
                    resource.attributes.get("TopicName"),
                ):
                    return stack.id
        return None
