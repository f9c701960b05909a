"""JSON Web Tokens as an HTTP API's JWT authorizer judges them: RSA signatures only, then the claims, one by one."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from typing import Any

from grader.cloud.http.http_api.routes import JwtAuthorizer

ALGORITHMS = {"RS256": "SHA256", "RS384": "SHA384", "RS512": "SHA512"}
FindKey = Callable[[str], Mapping[str, Any] | None]


class TokenFault(Exception):
    """Why a token is refused, as ``error_description`` of the ``www-authenticate`` header says it."""


def verified_claims(token: str, authorizer: JwtAuthorizer, find_key: FindKey, now: float) -> dict[str, Any]:
    """The claims of a token that is good, in the order that AWS documents: signature, issuer, audience, times.

    Parameters
    ----------
    find_key
        Gives the issuer's public key with an id.
    now
        Seconds since 1970.

    Raises
    ------
    TokenFault
        When it is not good.
    """
    parts = token.split(".")
    if len(parts) != 3:
        raise TokenFault("token contains an invalid number of segments")
    header, claims = _object(parts[0]), _object(parts[1])
    _check_signature(header, f"{parts[0]}.{parts[1]}".encode("ascii", "replace"), _bytes(parts[2]), find_key)
    if claims.get("iss") != authorizer.issuer:
        raise TokenFault("issuer does not match")
    _check_audience(claims, authorizer.audience)
    _check_times(claims, now)
    return claims


def scopes_of(claims: Mapping[str, Any]) -> list[str]:
    """A token's scopes: ``scope``, words in one string, or ``scp``."""
    written = claims.get("scope", claims.get("scp")) or []
    return written.split() if isinstance(written, str) else [str(one) for one in written]


def as_text(value: Any) -> str:
    """A claim as API Gateway hands it on: everything is a string, lists and maps in square brackets."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{' '.join(as_text(one) for one in value)}]"
    if isinstance(value, Mapping):
        return f"map[{' '.join(f'{key}:{as_text(one)}' for key, one in sorted(value.items()))}]"
    return str(value)


def _bytes(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as fault:
        raise TokenFault("illegal base64 data in the token") from fault


def _object(part: str) -> dict[str, Any]:
    try:
        found = json.loads(_bytes(part))
    except ValueError as fault:
        raise TokenFault("the token is malformed") from fault
    if not isinstance(found, dict):
        raise TokenFault("the token is malformed")
    return found


def _check_signature(header: Mapping[str, Any], signed: bytes, signature: bytes, find_key: FindKey) -> None:
    algorithm = header.get("alg")
    if algorithm not in ALGORITHMS:
        raise TokenFault(f"signing method {algorithm} is invalid")
    key = find_key(str(header.get("kid"))) if header.get("kid") else None
    if key is None or key.get("kty") != "RSA":
        raise TokenFault("unable to find a key of the issuer that matches the token's kid")
    if not verifies(key, ALGORITHMS[algorithm], signed, signature):
        raise TokenFault("crypto/rsa: verification error")


def verifies(key: Mapping[str, Any], digest: str, signed: bytes, signature: bytes) -> bool:
    """Whether an RSA signature (PKCS #1 v1.5) is the key's."""
    from cryptography.exceptions import InvalidSignature  # imported by those who verify tokens, and by nobody else
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    try:
        modulus, exponent = (int.from_bytes(_bytes(str(key[name]))) for name in ("n", "e"))
        public = rsa.RSAPublicNumbers(exponent, modulus).public_key()
        public.verify(signature, signed, padding.PKCS1v15(), getattr(hashes, digest)())
    except (InvalidSignature, KeyError, ValueError):
        return False
    return True


def _check_audience(claims: Mapping[str, Any], allowed: tuple[str, ...]) -> None:
    """``aud`` must name one of the audiences; ``client_id`` counts only where there is no ``aud``."""
    written = claims.get("aud", claims.get("client_id"))
    named = written if isinstance(written, list) else [written]
    if not set(map(str, named)) & set(allowed):
        raise TokenFault("the token does not have a valid audience")


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    expires = _number(claims, "exp")
    if expires is None or expires <= now:
        raise TokenFault("the token has expired")
    for name, fault in (("nbf", "the token is not valid yet"), ("iat", "the token was issued in the future")):
        moment = _number(claims, name)
        if moment is not None and moment > now:
            raise TokenFault(fault)


def _number(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenFault(f"the claim {name} is no number")
    return float(value)
