"""Stacks: from a template to resources, through the same stages as CloudFormation.

load, parameters, SAM transform, conditions and intrinsics (``templates``), local code (``packaging``) → validation and
order (``planning``) → one provider per resource type (``types``, ``providers``) → events and rollback (``engine``).
``service`` holds the stacks of an account, ``api`` is CloudFormation's own face to boto3, ``sam`` and ``aws``.
"""

from grader.cloud.stacks.errors import DeployError, NoUpdates, TemplateError, TransformError
from grader.cloud.stacks.service import StackService
from grader.cloud.stacks.stack import Resource, Stack, StackEvent
from grader.cloud.stacks.templates.template import Template, load

__all__ = [
    "DeployError",
    "NoUpdates",
    "Resource",
    "Stack",
    "StackEvent",
    "StackService",
    "Template",
    "TemplateError",
    "TransformError",
    "load",
]
