"""What the table of supported types says of one type."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from grader.cloud.stacks.providers.base import Provider


@dataclass(frozen=True)
class ResourceType:
    """A supported type.

    Attributes
    ----------
    required
        Properties without which CloudFormation refuses the resource.
    replaced_by
        Properties whose change makes a new resource in place of the old one.
    changed_by
        Properties that are changed in place.
    attributes
        What ``Fn::GetAtt`` may ask for; ``Outputs.*`` stands for every name behind the dot, ``*`` for every name.
    name
        The property that sets the physical name, if there is one.
    tags
        How ``Tags`` is written: ``list`` of keys and values, or ``map``. The stack's own tags go onto lists only.
    open
        Whether any property may be given, as to a custom resource.
    """

    provider: type[Provider]
    required: frozenset[str]
    replaced_by: frozenset[str]
    changed_by: frozenset[str]
    attributes: frozenset[str]
    name: str | None = None
    tags: str = "list"
    open: bool = False

    def takes(self, name: str) -> bool:
        """Whether a template may set a property."""
        return self.open or name in self.properties

    def gives(self, attribute: str) -> bool:
        """Whether ``Fn::GetAtt`` may ask for an attribute."""
        return any(fnmatchcase(attribute, pattern) for pattern in self.attributes)

    @property
    def properties(self) -> frozenset[str]:
        """Every supported property."""
        return self.replaced_by | self.changed_by

    @property
    def tagged(self) -> bool:
        """Whether the stack's own tags go onto the resource."""
        return "Tags" in self.changed_by and self.tags == "list"


def resource_type(
    provider: type[Provider],
    required: str = "",
    replaced_by: str = "",
    changed_by: str = "",
    attributes: str = "",
    name: str | None = None,
    tags: str = "list",
    open: bool = False,
) -> ResourceType:
    """A row of the table, from names separated by spaces."""
    needed, replacing, changing, readable = (
        frozenset(words.split()) for words in (required, replaced_by, changed_by, attributes)
    )
    return ResourceType(provider, needed, replacing, changing, readable, name, tags, open)
