"""State machines, and the rules for making them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from grader.cloud.door.responder import ApiError
from grader.cloud.errors import NotSupported
from grader.cloud.workflows.definition import Definition, read_definition

NAME = re.compile(r"^[0-9A-Za-z_-]{1,80}$")
STATES = "states.amazonaws.com"
Kind = Literal["STANDARD", "EXPRESS"]


@dataclass(frozen=True)
class StateMachine:
    """A state machine.

    Attributes
    ----------
    definition
        Its JSON text.
    revision
        Changes with each update.
    """

    arn: str
    name: str
    definition: str
    role: str
    kind: Kind
    created: float
    revision: str
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def read(self) -> Definition:
        """The definition, read."""
        return read_definition(self.definition)

    def description(self) -> dict[str, Any]:
        """The machine as DescribeStateMachine tells it."""
        return {
            "stateMachineArn": self.arn,
            "name": self.name,
            "status": "ACTIVE",
            "definition": self.definition,
            "roleArn": self.role,
            "type": self.kind,
            "creationDate": self.created,
            "loggingConfiguration": {"level": "OFF", "includeExecutionData": False},
            "tracingConfiguration": {"enabled": False},
            "revisionId": self.revision,
        }


def check_name(name: str) -> str:
    """A name of a state machine or of an execution."""
    if not NAME.match(name):
        raise ApiError("InvalidName", f"Invalid Name: '{name}'")
    return name


def check_imitated(given: Mapping[str, Any]) -> None:
    """Refuse what is not imitated, by name."""
    if (given.get("loggingConfiguration") or {}).get("level", "OFF") != "OFF":
        raise NotSupported("logging of state machines (loggingConfiguration)")
    if given.get("publish"):
        raise NotSupported("versions of state machines")
    if given.get("encryptionConfiguration", {}).get("type", "AWS_OWNED_KEY") != "AWS_OWNED_KEY":
        raise NotSupported("encryption of state machines with a key of one's own")
