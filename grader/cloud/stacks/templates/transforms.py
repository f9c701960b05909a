"""Every transform of a template, in AWS's order: included pieces first, then those that the Transform section lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from grader.cloud.errors import NotSupported
from grader.cloud.stacks.errors import DeployError
from grader.cloud.stacks.templates.includes import INCLUDE, declared_transforms, include
from grader.cloud.stacks.templates.language_extensions import LANGUAGE_EXTENSIONS, extend
from grader.cloud.stacks.templates.sections import check_sections
from grader.cloud.stacks.templates.template import Template
from grader.cloud.stacks.templates.transform import SAM

KNOWN = (SAM, LANGUAGE_EXTENSIONS, INCLUDE)


def no_pieces(location: str) -> str:
    """What a template that stands alone can include: nothing."""
    raise DeployError(f"there is nothing at {location}")


def prepare(
    template: Template,
    parameters: Mapping[str, str],
    pseudo: Mapping[str, Any],
    fetch: Callable[[str], str] = no_pieces,
) -> Template:
    """The template as the SAM transform gets it: pieces included, loops written out.

    Raises
    ------
    TransformError, TemplateError
        When a transform refuses, or makes what is no template.
    NotSupported
        For macros.
    """
    names = [_name(transform) for transform in declared_transforms(template)]
    if foreign := [name for name in names if name not in KNOWN]:
        raise NotSupported(f"the transform {foreign[0]}", template.where("Transform"))
    prepared = include(template, parameters, fetch)
    if LANGUAGE_EXTENSIONS in names:
        prepared = extend(prepared, parameters, pseudo)
    if prepared is not template:
        check_sections(prepared, finished=True)
    return prepared


def _name(transform: Any) -> str:
    return str(transform.get("Name")) if isinstance(transform, dict) else str(transform)
