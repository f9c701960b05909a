"""What ``Fn::GetAtt`` gives, and what it says when there is no such thing."""

from __future__ import annotations

from typing import Any

from grader.cloud.stacks.errors import ResourceFailure
from grader.cloud.stacks.stack import Resource
from grader.cloud.stacks.types import is_custom


def attribute_of(resource: Resource, wanted: str) -> Any:
    """An attribute of a resource that exists.

    Raises
    ------
    ResourceFailure
        In CloudFormation's words.
    """
    if wanted in resource.attributes:
        return resource.attributes[wanted]
    if is_custom(resource.type):
        raise ResourceFailure(
            f"CustomResource attribute error: Vendor response doesn't contain {wanted} attribute in object "
            f"{resource.stack_id}|{resource.logical_id} in S3 bucket cloudformation-custom-resource-storage-useast1"
        )
    if wanted.startswith("Outputs."):
        raise ResourceFailure(f"Output '{wanted.partition('.')[2]}' not found in stack '{resource.physical_id}'")
    raise ResourceFailure(f"Attribute '{wanted}' does not exist")
