"""The AppSpec of a Lambda deployment: which alias goes from which version to which, and which functions are asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from grader.cloud.door.responder import ApiError
from grader.cloud.errors import NotSupported

HOOKS = ("BeforeAllowTraffic", "AfterAllowTraffic")
LONGEST = 100_000


@dataclass(frozen=True)
class AppSpec:
    """What a deployment is to do.

    Attributes
    ----------
    before, after
        Names or ARNs of the hook functions; None without.
    content
        The text, as it was given.
    """

    function: str
    alias: str
    current: str
    target: str
    before: str | None = None
    after: str | None = None
    content: str = ""

    def reversed(self) -> AppSpec:
        """The way back; no hook is asked about it."""
        return AppSpec(self.function, self.alias, self.target, self.current)

    def text(self) -> str:
        """The AppSpec as JSON, when no text was given."""
        properties = {
            "Name": self.function,
            "Alias": self.alias,
            "CurrentVersion": self.current,
            "TargetVersion": self.target,
        }
        resource = {self.function: {"Type": "AWS::Lambda::Function", "Properties": properties}}
        pairs = zip(HOOKS, (self.before, self.after), strict=True)
        hooks = [{name: function} for name, function in pairs if function]
        return json.dumps({"version": 0.0, "Resources": [resource], **({"Hooks": hooks} if hooks else {})})


def appspec_of(revision: Mapping[str, Any]) -> AppSpec:
    """The AppSpec of a revision that holds its text.

    Raises
    ------
    ApiError
        ``InvalidRevisionException``.
    NotSupported
        For revisions in S3 or GitHub.
    """
    kind = str(revision.get("revisionType") or "")
    if kind not in ("AppSpecContent", "String"):
        raise NotSupported(f"CodeDeploy's revisions of the type {kind or 'without one'}")
    content = str((revision.get("appSpecContent") or revision.get("string") or {}).get("content") or "")
    try:
        document: Any = yaml.safe_load(content) if len(content) <= LONGEST else None
        (resource,) = document["Resources"]
        ((_, described),) = resource.items()
        wanted = described["Properties"]
        if described["Type"] != "AWS::Lambda::Function":
            raise ValueError(described["Type"])
        hooks: dict[str, str] = {}
        for hook in document.get("Hooks") or ():
            hooks.update({str(name): str(function) for name, function in hook.items()})
        return AppSpec(
            str(wanted["Name"]), str(wanted["Alias"]), str(wanted["CurrentVersion"]), str(wanted["TargetVersion"]),
            hooks.get(HOOKS[0]), hooks.get(HOOKS[1]), content,
        )  # fmt: skip
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as fault:
        raise ApiError(
            "InvalidRevisionException",
            "The AppSpec must have exactly one resource of the type AWS::Lambda::Function with Name, Alias, "
            "CurrentVersion and TargetVersion.",
        ) from fault
