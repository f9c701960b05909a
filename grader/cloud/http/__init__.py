"""HTTP: API Gateway's REST APIs, the client ``cloud.http``, and addresses that a browser can open.

The gateway and its client are loaded when they are asked for: an upload's form must not cost a second of imports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.cloud.http.answer import Answer, Headers
from grader.cloud.http.body import Upload
from grader.cloud.http.errors import GatewayRefusal
from grader.cloud.http.exchange import Exchange
from grader.cloud.lazily import names_of

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

__getattr__ = names_of(__name__, _HOMES)
