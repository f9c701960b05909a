"""HTTP APIs (``AWS::ApiGatewayV2::Api``, payload format 2.0): not imitated yet."""

from __future__ import annotations

from grader.cloud.errors import NotSupported


def refuse_http_api(name: str) -> None:
    """Refuse to create an HTTP API."""
    raise NotSupported("AWS::ApiGatewayV2::Api", name, "Use a REST API: the event type Api instead of HttpApi.")
