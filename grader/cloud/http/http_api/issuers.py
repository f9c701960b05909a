"""The issuers of tokens: where API Gateway finds the keys that a JWT authorizer verifies with.

An issuer is a web address that publishes ``/.well-known/openid-configuration``, which names its ``jwks_uri``. There is
no network here: an issuer is one that lessons and tests have opened (``cloud.http.issuer``), or an address of the cloud
itself, for example a bucket that holds the two documents.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

Fetch = Callable[[str], Mapping[str, Any] | None]
KEPT_SECONDS = 2 * 3600.0
DISCOVERY = "/.well-known/openid-configuration"


class UnknownIssuer(Exception):
    """An issuer whose documents cannot be had."""

    def __init__(self, issuer: str) -> None:
        address = f"{issuer.rstrip('/')}{DISCOVERY}"
        super().__init__(
            f"Caught exception when connecting to {address} for issuer {issuer}. Please try again later. "
            f"Error: Invalid issuer: {issuer}"
        )


class Issuers:
    """Finds issuers' keys, and keeps them for two hours of the clock, as API Gateway does.

    Parameters
    ----------
    fetch
        Gives the JSON document at an address, or None.
    """

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._kept: dict[str, tuple[float, dict[str, Mapping[str, Any]]]] = {}
        self._lock = threading.Lock()

    def check(self, issuer: str) -> None:
        """Refuse an issuer that does not publish what it must.

        Raises
        ------
        UnknownIssuer
            In API Gateway's words.
        """
        self._jwks_uri(issuer)

    def key(self, issuer: str, key_id: str, now: float) -> Mapping[str, Any] | None:
        """The public key (JWK) with an id; asks the issuer again when it is not among those that are kept.

        Raises
        ------
        UnknownIssuer
            When the issuer's documents cannot be had any more.
        """
        with self._lock:
            expires, keys = self._kept.get(issuer, (0.0, {}))
        if now >= expires or key_id not in keys:
            document = self._fetch(self._jwks_uri(issuer))
            if document is None:
                raise UnknownIssuer(issuer)
            keys = {str(one.get("kid")): one for one in document.get("keys") or () if isinstance(one, Mapping)}
            with self._lock:
                self._kept[issuer] = (now + KEPT_SECONDS, keys)
        return keys.get(key_id)

    def _jwks_uri(self, issuer: str) -> str:
        if not issuer.startswith("https://"):
            raise UnknownIssuer(issuer)
        document = self._fetch(f"{issuer.rstrip('/')}{DISCOVERY}")
        if document is None or document.get("issuer") != issuer or not document.get("jwks_uri"):
            raise UnknownIssuer(issuer)
        return str(document["jwks_uri"])
