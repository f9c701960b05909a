"""The stacks of one account in one region."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from grader.cloud.clock import Clock
from grader.cloud.ids import Ids
from grader.cloud.stacks.stack import Stack
from grader.cloud.stacks.template import Template

ALL_CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")


class StackService:
    """Create, update and delete stacks.

    Parameters
    ----------
    clock, ids
        Time and identifiers.
    client
        Gives the boto3 client of a service, with rights to everything.
    gateway
        The API Gateway that REST APIs are made in.
    """

    def __init__(
        self, clock: Clock, ids: Ids, client: Callable[[str], Any], gateway: Any, *,
        account_id: str = "123456789012", region: str = "us-east-1",
    ) -> None:
        self.clock, self.ids, self.client, self.gateway = clock, ids, client, gateway
        self.account_id, self.region = account_id, region
        self.stacks: dict[str, Stack] = {}

    def deploy(
        self, template: Template | Path | str | Mapping[str, Any], name: str = "app",
        parameters: Mapping[str, Any] | None = None, capabilities: Sequence[str] = ALL_CAPABILITIES,
    ) -> Stack:
        """Create the stack, or update it when it exists; local code folders are packaged first."""
        raise NotImplementedError

    def find(self, name: str) -> Stack | None:
        """The stack with this name or id."""
        return self.stacks.get(name)
