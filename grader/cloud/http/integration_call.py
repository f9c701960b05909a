"""What went to a function on behalf of a request, and what came back: for the logs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.cloud.http.neighbours import Invocation


@dataclass(frozen=True)
class IntegrationCall:
    """One call of a function by an integration.

    Attributes
    ----------
    function
        ARN of the function, version or alias.
    invocation
        How it went; None when Lambda did not run it.
    """

    function: str
    event: Mapping[str, Any]
    invocation: Invocation | None = None
