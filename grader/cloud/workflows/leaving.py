"""What a state leaves behind when it ends well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Left:
    """A state's output, and the variables that it assigns.

    Attributes
    ----------
    assigned
        Their values by name; they hold from the next state on.
    """

    output: Any
    assigned: Mapping[str, Any] = field(default_factory=dict)
