"""A plan: what is to exist, in which order, and which line of the template asked for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from grader.cloud.stacks.templates.parameters import shown
from grader.cloud.stacks.templates.references import dependencies
from grader.cloud.stacks.templates.template import Template
from grader.cloud.stacks.templates.values import Values
from grader.cloud.stacks.templates.yaml_reader import Place


@dataclass(frozen=True)
class Account:
    """Where the stack is to be made."""

    account_id: str
    region: str


@dataclass(frozen=True)
class Plan:
    """A checked template.

    Attributes
    ----------
    prepared
        After ``AWS::Include`` and ``AWS::LanguageExtensions``.
    expanded
        After the SAM transform, conditions still in it.
    resources
        What is to exist: conditions decided, references still in it.
    order
        Their logical ids, dependencies first.
    sources
        Expanded logical id → logical id in the learner's template.
    """

    template: Template
    prepared: Template
    expanded: dict[str, Any]
    given: dict[str, str]
    values: Values
    resources: dict[str, Any]
    outputs: dict[str, Any]
    order: list[str]
    sources: dict[str, str]
    tags: dict[str, str] = field(default_factory=dict)

    @cached_property
    def dependencies(self) -> dict[str, list[str]]:
        """For each logical id, those that must exist before it."""
        return dependencies(self.resources)

    @property
    def shown(self) -> dict[str, str]:
        """The parameters as the API shows them."""
        return shown(self.template, self.given)

    def where(self, logical_id: str, *rest: str | int) -> tuple[str, int | None]:
        """Place in words and line, in the learner's template, of an expanded resource or of something in it."""
        place: Place = ("Resources", self.sources.get(logical_id, logical_id), *rest)
        words = self.prepared.where(*place)
        source = self.sources.get(logical_id, logical_id)
        return (words if source == logical_id else f"{words} (its {logical_id})"), self.prepared.line_of(*place)
