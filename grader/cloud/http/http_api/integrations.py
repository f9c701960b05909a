"""An HTTP API's integrations: functions, in payload format 1.0 or 2.0."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from grader.cloud.errors import NotSupported
from grader.cloud.http.errors import bad_request
from grader.cloud.http.function_calls import function_of
from grader.cloud.http.http_api.routes import HttpIntegration

LONGEST_WAIT_MS = 30_000
_FUNCTION = re.compile(r"arn:[^:]+:lambda:[^:]+:\d{12}:function:[^:]+(?::.+)?")
_UNSUPPORTED = ("connectionId", "credentials", "credentialsArn", "requestParameters", "responseParameters", "tlsConfig",
                "integrationSubtype", "subtype", "requestTemplates")  # fmt: skip


def read_integration(identity: str, written: Mapping[str, Any], where: str) -> HttpIntegration:
    """An integration from OpenAPI's extension or from a template, keys in camel case.

    Raises
    ------
    GatewayRefusal
        In API Gateway's words.
    NotSupported
        For integrations with anything but a function, and for parameter mapping.
    """
    kind = str(written.get("type") or written.get("integrationType") or "").upper()
    for key in _UNSUPPORTED:
        if written.get(key):
            raise NotSupported(f"Integration.{key} of an HTTP API", where)
    if kind != "AWS_PROXY":
        raise NotSupported(f"Integration.type {kind or 'missing'} of an HTTP API", where, "Use AWS_PROXY.")
    uri = str(written.get("uri") or written.get("integrationUri") or "")
    arn = uri if _FUNCTION.fullmatch(uri) else function_of(uri)
    if arn is None:
        raise bad_request(f"Invalid integration uri specified: {uri}")
    version = str(written.get("payloadFormatVersion") or "")
    if version not in ("1.0", "2.0"):
        raise bad_request("PayloadFormatVersion is a required parameter for integration: it must be 1.0 or 2.0")
    timeout = int(written.get("timeoutInMillis") or LONGEST_WAIT_MS)
    if not 50 <= timeout <= LONGEST_WAIT_MS:
        raise bad_request(f"Timeout should be between 50 ms and {LONGEST_WAIT_MS} ms")
    return HttpIntegration(identity, arn, version, timeout)
