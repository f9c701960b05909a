"""What a function may call, beside what it has called: the two lists that least privilege is made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from grader.cloud.iam.calls import Call
from grader.cloud.iam.evaluation import document_of
from grader.cloud.iam.patterns import as_list, matches


@dataclass(frozen=True)
class Grant:
    """One action on one resource that a role's policies allow.

    Attributes
    ----------
    policy
        The name of the policy that allows it.
    action, resource
        As the policy writes them, wildcards included.
    conditional
        Whether a condition narrows it.
    calls
        The calls that it allowed, each action on each resource once.
    """

    policy: str
    action: str
    resource: str
    conditional: bool
    calls: tuple[Call, ...]

    @property
    def used(self) -> bool:
        """Whether the function has needed it so far."""
        return bool(self.calls)

    def __str__(self) -> str:
        seen = ", ".join(dict.fromkeys(f"{call.action} on {call.resource}" for call in self.calls))
        return f"{'✓' if self.used else '·'} {self.action} on {self.resource} [{self.policy}]: {seen or 'never used'}"


@dataclass(frozen=True, repr=False)
class Access:
    """A function's permissions and its calls.

    Attributes
    ----------
    granted
        What its role may do, one entry for each action and resource that a policy names.
    calls
        What it has asked for, oldest first.
    """

    function: str
    granted: tuple[Grant, ...]
    calls: tuple[Call, ...]

    @property
    def unused(self) -> tuple[Grant, ...]:
        """Grants that no call has needed so far."""
        return tuple(grant for grant in self.granted if not grant.used)

    @property
    def denied(self) -> tuple[Call, ...]:
        """Calls that were refused, each once."""
        return _distinct(call for call in self.calls if not call.allowed)

    def __repr__(self) -> str:
        lines = [f"{self.function} may:"]
        for policy, action, resources, calls in self._rows():
            seen = f"used on {', '.join(_resources(calls))}" if calls else "never used"
            lines.append(f"  {'✓' if calls else '·'} {action} on {', '.join(resources)} [{policy}]: {seen}")
        refused = [f"  ✗ {call.action} on {call.resource}" for call in self.denied]
        return "\n".join([*lines, *([f"{self.function} was refused:", *refused] if refused else [])])

    def _repr_html_(self) -> str:
        rows = [
            (action, "\n".join(resources), policy, "\n".join(_resources(calls)) or "never used")
            for policy, action, resources, calls in self._rows()
        ]
        rows += [(call.action, call.resource, "no policy", "refused") for call in self.denied]
        head = "".join(f'<th scope="col">{name}</th>' for name in ("action", "resource", "allowed by", "used on"))
        body = "".join("<tr>" + "".join(f"<td>{_cell(cell)}</td>" for cell in row) + "</tr>" for row in rows)
        title = f"What {self.function} may call, and what it has called"
        return f"<table><caption>{escape(title)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def _rows(self) -> list[tuple[str, str, list[str], list[Call]]]:
        """Policy, action, resources and calls: the grants of one action by one policy together."""
        rows: dict[tuple[str, str], tuple[list[str], list[Call]]] = {}
        for grant in self.granted:
            resources, calls = rows.setdefault((grant.policy, grant.action), ([], []))
            resources.append(grant.resource)
            calls.extend(grant.calls)
        return [(policy, action, *found) for (policy, action), found in rows.items()]


def access_of(function: str, policies: Mapping[str, Any], calls: Sequence[Call]) -> Access:
    """Put a role's policies beside the calls of its function.

    Parameters
    ----------
    function
        Its name, for the reader.
    policies
        The documents, by the policies' names.
    calls
        What IAM was asked, oldest first.
    """
    return Access(function, tuple(_grants(policies, calls)), tuple(calls))


def _grants(policies: Mapping[str, Any], calls: Sequence[Call]) -> Iterator[Grant]:
    for name, document in policies.items():
        for statement in as_list(document_of(document).get("Statement")):
            if not isinstance(statement, Mapping) or statement.get("Effect") != "Allow":
                continue
            for action, resource in _pairs(statement):
                allowed = (call for call in calls if call.allowed and _covers(action, resource, call))
                yield Grant(name, action, resource, bool(statement.get("Condition")), _distinct(allowed))


def _pairs(statement: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    actions = [str(each) for each in as_list(statement.get("Action"))] or [f"not {statement.get('NotAction')}"]
    resources = [str(each) for each in as_list(statement.get("Resource"))] or [f"not {statement.get('NotResource')}"]
    return ((action, resource) for action in actions for resource in resources)


def _covers(action: str, resource: str, call: Call) -> bool:
    return matches(action, call.action, ignore_case=True) and matches(resource, call.resource)


def _distinct(calls: Iterator[Call]) -> tuple[Call, ...]:
    return tuple({(call.action, call.resource): call for call in calls}.values())


def _resources(calls: Iterable[Call]) -> list[str]:
    return list(dict.fromkeys(call.resource for call in calls))


def _cell(text: str) -> str:
    return escape(text).replace("\n", "<br>")
