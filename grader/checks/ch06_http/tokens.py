"""Tokens, good and bad, as 6.6 needs them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

AUDIENCE = "album"


class Issuer:
    """Signs tokens with the key of a stack.

    Parameters
    ----------
    secret
        The secret's name or ARN.
    """

    def __init__(self, cloud: Any, secret: str) -> None:
        found = cloud.client("secretsmanager").get_secret_value(SecretId=secret)
        self._key = found["SecretString"].encode()
        self._clock = cloud.clock

    def claims(self, **changes: Any) -> dict[str, Any]:
        """The claims of a good token: a reader's, for an hour."""
        now = int(self._clock.timestamp())
        return {"sub": "ada", "aud": AUDIENCE, "exp": now + 3600, "scope": "read", **changes}

    def token(self, **changes: Any) -> str:
        """A token that we signed."""
        return self.signed({"alg": "HS256", "typ": "JWT"}, self.claims(**changes))

    def without(self, claim: str) -> str:
        """A token that we signed, and that lacks a claim."""
        claims = self.claims()
        del claims[claim]
        return self.signed({"alg": "HS256", "typ": "JWT"}, claims)

    def signed(self, head: Mapping[str, Any], claims: Mapping[str, Any], key: bytes | None = None) -> str:
        """Both parts and their HMAC-SHA256, by our key or another."""
        text = f"{encoded(head)}.{encoded(claims)}"
        return f"{text}.{base64url(hmac.new(key or self._key, text.encode(), hashlib.sha256).digest())}"

    def unsigned(self, alg: str) -> str:
        """A token that says that it needs no signature."""
        return f"{encoded({'alg': alg, 'typ': 'JWT'})}.{encoded(self.claims())}."

    def changed(self, **changes: Any) -> str:
        """A good token whose claims were changed afterwards."""
        head, _, signature = self.token().split(".")
        return f"{head}.{encoded(self.claims(**changes))}.{signature}"


def encoded(part: Mapping[str, Any]) -> str:
    """One part of a token."""
    return base64url(json.dumps(part, separators=(",", ":")).encode())


def base64url(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
