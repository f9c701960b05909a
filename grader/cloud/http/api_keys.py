"""API keys and usage plans: not imitated yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.cloud.errors import NotSupported


def refuse_api_keys(schemes: Mapping[str, Any], requirements: list[Mapping[str, Any]], where: str) -> None:
    """Refuse a method that wants an ``x-api-key`` header."""
    for name in (name for requirement in requirements for name in requirement):
        if schemes.get(name, {}).get("name") == "x-api-key":
            raise NotSupported("API Gateway API keys (ApiKeyRequired)", where)
