"""Function URLs (``https://<id>.lambda-url.<region>.on.aws``): not imitated yet."""

from __future__ import annotations

from grader.cloud.errors import NotSupported


def refuse_function_url(host: str) -> None:
    """Refuse a request to a function URL."""
    raise NotSupported("AWS::Lambda::Url", host, "Use a REST API: the event type Api.")
