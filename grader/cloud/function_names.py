"""Names of functions: by logical id, as templates and lessons call them."""

from __future__ import annotations

from grader.cloud.stacks.service import StackService


class FunctionNames:
    """Finds the physical name of a function by its logical id.

    Parameters
    ----------
    stacks
        Where logical ids are declared.
    """

    def __init__(self, stacks: StackService) -> None:
        self._stacks = stacks

    def physical(self, function: str) -> str:
        """The name of a function that is called by logical id; a name or an ARN stays what it is.

        When several stacks declare the id, the stack that was deployed last is meant.
        """
        if ":" in function:
            return function
        found = [
            resource.physical_id
            for stack in self._stacks
            for resource in stack.resources.values()
            if resource.logical_id == function and resource.type == "AWS::Lambda::Function"
        ]
        return found[-1] if found else function
