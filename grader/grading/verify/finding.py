"""What ``grader verify`` finds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes
    ----------
    subject
        An exercise's id or a chapter's stem.
    what
        What should hold, in a few words: ``starter``, ``wrong: body_is_a_dict``, ``links`` …
    problems
        Why it does not hold; empty when it does.
    """

    subject: str
    what: str
    problems: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether all is well."""
        return not self.problems


@dataclass(frozen=True)
class Verified:
    """All findings."""

    findings: tuple[Finding, ...]

    @property
    def problems(self) -> tuple[Finding, ...]:
        """The findings that do not hold."""
        return tuple(finding for finding in self.findings if not finding.holds)

    @property
    def status(self) -> int:
        """The exit status: 0 when everything holds, 1 when not."""
        return 1 if self.problems else 0

    def as_json(self) -> dict[str, Any]:
        """Everything as plain data."""
        return {"schema": 1, "holds": not self.problems, "findings": [asdict(finding) for finding in self.findings]}
