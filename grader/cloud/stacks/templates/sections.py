"""What CloudFormation refuses about a template as a whole, before it looks at any value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from grader.cloud.errors import NotSupported
from grader.cloud.stacks.errors import TemplateError

if TYPE_CHECKING:
    from grader.cloud.stacks.templates.template import Template

SECTIONS = frozenset(
    [
        "AWSTemplateFormatVersion",
        "Description",
        "Metadata",
        "Parameters",
        "Mappings",
        "Conditions",
        "Transform",
        "Globals",
        "Resources",
        "Outputs",
        "Rules",
        "Hooks",
    ]
)


# CloudFormation's quotas for one template.
LIMITS = {"Parameters": 200, "Mappings": 200, "Resources": 500, "Outputs": 200}
MACRO_KEYS = ("Fn::Transform", "Fn::ForEach::")


def check_sections(template: Template, finished: bool = False) -> None:
    """Refuse sections that do not exist, and members that have not the shape of one.

    Parameters
    ----------
    finished
        Whether pieces are included and loops written out, so that nothing is left that another transform would read.

    Raises
    ------
    TemplateError, NotSupported
        With the line.
    """
    unknown = [name for name in template.body if name not in SECTIONS]
    if unknown:
        raise _error(template, f"Invalid template property or properties [{', '.join(map(str, unknown))}]", unknown[0])
    if "Hooks" in template.body:
        raise NotSupported("the template section Hooks", template.where("Hooks"))
    if not template.body.get("Resources"):
        raise TemplateError("Template format error: At least one Resources member must be defined.", template.where())
    for section in ("Parameters", "Mappings", "Conditions", "Globals", "Resources", "Outputs", "Metadata", "Rules"):
        if not isinstance(template.body.get(section, {}), dict | None):
            raise _error(template, f"Template format error: [/{section}] must be a map", section)
    check_limits(template, template.body)
    loops = not finished and "AWS::LanguageExtensions" in str(template.body.get("Transform"))
    waiting = () if finished else MACRO_KEYS if loops else MACRO_KEYS[:1]
    for section in ("Parameters", "Resources", "Outputs", "Rules"):
        _check_members(template, section, waiting)


def check_limits(template: Template, body: Mapping[str, Any]) -> None:
    """Refuse more members of a section than CloudFormation takes."""
    for section, limit in LIMITS.items():
        number = len(body.get(section) or {})
        if number > limit:
            words = f"Number of {section.lower()}, {number}, is greater than maximum allowed, {limit}"
            raise _error(template, f"Template format error: {words}", section)


def _check_members(template: Template, section: str, waiting: tuple[str, ...]) -> None:
    for name, member in (template.body.get(section) or {}).items():
        if waiting and str(name).startswith(waiting):
            continue
        if not str(name).isalnum():
            words = f"{section} name {name} is non alphanumeric."
            raise _error(template, f"Template format error: {words}", section, name)
        if not isinstance(member, dict):
            raise _error(template, f"Template format error: [/{section}/{name}] must be an object", section, name)
        if section == "Outputs" and not isinstance(member.get("Condition", ""), str):
            raise _error(
                template, f"Template format error: [/Outputs/{name}] Condition must be a string.", section, name
            )
        if section == "Resources" and not (waiting and "Fn::Transform" in member):
            _check_resource(template, str(name), member, len(waiting) > 1)
        if section == "Rules":
            _check_rule(template, str(name), member)


def _check_rule(template: Template, name: str, member: dict[str, Any]) -> None:
    assertions = member.get("Assertions")
    if not isinstance(assertions, list) or not all(isinstance(one, dict) and "Assert" in one for one in assertions):
        raise _error(
            template, f"Template format error: [/Rules/{name}] Assertions must be a list of Assert.", "Rules", name
        )


def _check_resource(template: Template, name: str, member: dict[str, Any], extended: bool) -> None:
    place = f"Template format error: [/Resources/{name}]"
    if not isinstance(member.get("Type"), str):
        raise _error(template, f"{place} Every Resources object must contain a Type member.", "Resources", name)
    for part in ("Properties", "Metadata"):
        if not isinstance(member.get(part), dict | None):
            raise _error(template, f"{place} {part} must be a map.", "Resources", name, part)
    named = member.get("DependsOn") or []
    if not isinstance(named, str) and not (isinstance(named, list) and all(isinstance(item, str) for item in named)):
        raise _error(template, f"{place} DependsOn must be a name or a list of names.", "Resources", name, "DependsOn")
    for field_name in ("Condition", "DeletionPolicy", "UpdateReplacePolicy"):
        chosen = member.get(field_name, "")
        computed = extended and isinstance(chosen, dict) and field_name != "Condition"  # AWS::LanguageExtensions
        if not isinstance(chosen, str) and not computed:
            raise _error(template, f"{place} {field_name} must be a string.", "Resources", name, field_name)


def _error(template: Template, words: str, *place: str | int) -> TemplateError:
    logical_id = str(place[1]) if len(place) > 1 else None
    return TemplateError(words, template.where(*place), logical_id=logical_id, line=template.line_of(*place))
