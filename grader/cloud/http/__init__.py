"""HTTP: API Gateway's REST APIs, the client ``cloud.http``, and addresses that a browser can open.

The gateway and its client are loaded when they are asked for: an upload's form must not cost a second of imports.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from grader.cloud.http.answer import Answer, Headers
from grader.cloud.http.body import Upload
from grader.cloud.http.errors import GatewayRefusal
from grader.cloud.http.exchange import Exchange

if TYPE_CHECKING:
    from grader.cloud.http.client import HttpClient
    from grader.cloud.http.gateway import Gateway
    from grader.cloud.http.local_addresses import LocalAddresses

__all__ = ["Answer", "Exchange", "Gateway", "GatewayRefusal", "Headers", "HttpClient", "LocalAddresses", "Upload"]

_HOMES = {
    "Gateway": "grader.cloud.http.gateway",
    "HttpClient": "grader.cloud.http.client",
    "LocalAddresses": "grader.cloud.http.local_addresses",
}


def __getattr__(name: str) -> Any:
    """Load a name from its home."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
