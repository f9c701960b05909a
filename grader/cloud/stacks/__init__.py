"""Stacks: from a template to resources, through the same stages as CloudFormation.

load, parameters, SAM transform, conditions and intrinsics (``templates``), local code (``packaging``) → validation and
order (``planning``) → one provider per resource type (``types``, ``providers``) → events and rollback (``engine``).
``service`` holds the stacks of an account, ``api`` is CloudFormation's own face to boto3, ``sam`` and ``aws``.

The service is loaded when it is asked for: an error class must not cost a second of imports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.cloud.lazily import names_of
from grader.cloud.stacks.errors import DeployError, NoUpdates, TemplateError, TransformError
from grader.cloud.stacks.stack import Resource, Stack, StackEvent
from grader.cloud.stacks.templates.template import Template, load

if TYPE_CHECKING:
    from grader.cloud.stacks.service import StackService

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

__getattr__ = names_of(__name__, {"StackService": "grader.cloud.stacks.service"})
