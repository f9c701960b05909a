"""The page of resource types: what a template may contain, and what a change of each property does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from grader.cloud.stacks.resource_type import ResourceType
from grader.cloud.stacks.types import TYPES

INTRODUCTION = """\
# Resource types

<!-- Made by `python -m grader.cloud.reference` from the one table in grader/cloud/stacks/types.py. Do not edit. -->

These {number} types can be deployed. Anything else that AWS knows is refused as `NotSupported`, by its name, with the
logical id and the line; so is a property that is not listed here. What nobody knows is refused as CloudFormation
refuses it. SAM's own types are expanded to these by AWS's translator.

- **Needed**: without it CloudFormation refuses the resource.
- **Makes a new one**: a change of it makes a new resource, and the old one goes when everything else has succeeded.
- **Is changed**: a change of it leaves the resource what it is.
- **`Fn::GetAtt`**: what a template may ask for.
"""
ANY = {"*": "whatever its answer holds", "Outputs.*": "`Outputs.<name>`"}


def page(types: Mapping[str, ResourceType] = TYPES) -> str:
    """The page as Markdown; the same table gives the same text."""
    services = sorted({_service(name) for name in types})
    lines = [INTRODUCTION.format(number=len(types))]
    for service in services:
        lines.append(f"## {service}\n")
        for name in sorted(types):
            if _service(name) == service:
                lines += _section(name, types[name])
    return "\n".join(lines).rstrip() + "\n"


def _service(name: str) -> str:
    return name.rpartition("::")[0]


def _section(name: str, known: ResourceType) -> Iterator[str]:
    yield f"### {name}\n"
    if known.open:
        yield "Also every `Custom::…`; it takes any property.\n"
    rows = {
        "needed": known.required,
        "makes a new one": known.replaced_by - known.required,
        "is changed": known.changed_by - known.required,
    }
    for title, names in rows.items():
        if names:
            yield f"- {title}: {_listed(names)}"
    both = known.required & known.replaced_by
    if both:
        yield f"- of the needed ones, these make a new one: {_listed(both)}"
    if known.attributes:
        yield f"- `Fn::GetAtt`: {', '.join(ANY.get(one, f'`{one}`') for one in sorted(known.attributes))}"
    yield ""


def _listed(names: frozenset[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))
