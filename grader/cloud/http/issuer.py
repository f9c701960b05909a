"""An issuer of tokens for lessons and tests: an identity provider without a login."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from grader.cloud.clock import Clock
from grader.cloud.http.http_api.issuers import DISCOVERY

Algorithm = Literal["RS256", "RS384", "RS512", "HS256", "none"]
EXPONENT = 65537
_SMALL_PRIMES = [number for number in range(3, 2000, 2) if all(number % other for other in range(3, number, 2))]


@dataclass(frozen=True)
class SigningKey:
    """An RSA key and the id under which its public half is published."""

    id: str
    private: Any

    @property
    def jwk(self) -> dict[str, str]:
        """The public half as a JSON Web Key."""
        numbers = self.private.public_key().public_numbers()
        return {
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.id,
            "n": _encoded(numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8)),
            "e": _encoded(numbers.e.to_bytes(3)),
        }

    @property
    def pem(self) -> bytes:
        """The public half as a PEM file."""
        from cryptography.hazmat.primitives import serialization

        form = serialization.PublicFormat.SubjectPublicKeyInfo
        pem: bytes = self.private.public_key().public_bytes(serialization.Encoding.PEM, form)
        return pem


class Issuer:
    """Issues tokens, and publishes the keys to verify them with.

    Parameters
    ----------
    url
        What tokens say in ``iss``, for example ``https://login.example``.
    clock
        Dates the tokens.
    seed
        The same seed and address give the same keys, so that every run of a lesson shows the same tokens.
    """

    def __init__(self, url: str, clock: Clock, seed: int = 0) -> None:
        self.url = url
        self._clock, self._seed = clock, seed
        self._keys = [_key(url, seed, 0)]

    @property
    def key(self) -> SigningKey:
        """The key that tokens are signed with now."""
        return self._keys[-1]

    def rotate(self, keep_old: bool = True) -> None:
        """Sign with a new key from now on; with ``keep_old`` the old one's tokens stay good."""
        fresh = _key(self.url, self._seed, len(self._keys))
        self._keys = [*self._keys, fresh] if keep_old else [fresh]

    @property
    def jwks(self) -> dict[str, Any]:
        """The published keys: a JSON Web Key Set."""
        return {"keys": [key.jwk for key in self._keys]}

    def documents(self) -> dict[str, Mapping[str, Any]]:
        """What the issuer publishes, by address."""
        base = self.url.rstrip("/")
        keys = f"{base}/.well-known/jwks.json"
        discovery = {
            "issuer": self.url,
            "jwks_uri": keys,
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code", "token"],
            "subject_types_supported": ["public"],
        }
        return {f"{base}{DISCOVERY}": discovery, keys: self.jwks}

    def token(
        self,
        audience: str | list[str] | None = None,
        *,
        subject: str = "jane",
        scope: str = "",
        seconds: float = 3600,
        algorithm: Algorithm = "RS256",
        headers: Mapping[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        """A signed token.

        Parameters
        ----------
        audience
            ``aud``: whom it is for.
        scope
            Words separated by spaces.
        seconds
            How long it is good; negative for one that has expired already.
        algorithm
            ``RS256`` as it should be; ``none`` (no signature) and ``HS256`` (the public key misused as a secret) to try
            what a careless verifier lets pass.
        headers
            Further members of the header, or others: ``{"kid": "x"}``.
        claims
            Further claims, or others: ``iss="https://other.example"``, ``nbf=…``; None leaves a claim out.
        """
        now = int(self._clock.timestamp())
        given: dict[str, Any] = {
            "iss": self.url,
            "sub": subject,
            "aud": audience,
            "iat": now,
            "exp": now + int(seconds),
        }
        given |= {"scope": scope or None, **claims}
        header = {"alg": algorithm, "typ": "JWT", "kid": self.key.id, **(headers or {})}
        body = {name: value for name, value in given.items() if value is not None}
        signed = f"{_json(header)}.{_json(body)}"
        return f"{signed}.{_encoded(self._signature(signed.encode(), algorithm))}"

    def _signature(self, signed: bytes, algorithm: Algorithm) -> bytes:
        if algorithm == "none":
            return b""
        if algorithm == "HS256":
            return hmac.new(self.key.pem, signed, hashlib.sha256).digest()
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding

        digest = {"RS256": hashes.SHA256(), "RS384": hashes.SHA384(), "RS512": hashes.SHA512()}[algorithm]
        signature: bytes = self.key.private.sign(signed, padding.PKCS1v15(), digest)
        return signature

    def __repr__(self) -> str:
        return f"<Issuer {self.url}>"


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _json(value: Mapping[str, Any]) -> str:
    return _encoded(json.dumps(value, separators=(",", ":")).encode())


@lru_cache(maxsize=32)
def _key(url: str, seed: int, number: int) -> SigningKey:
    """An RSA key of 2,048 bits from a seed: the same in every run, and good for nothing but lessons."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    chance = random.Random(f"issuer-{seed}-{url}-{number}")
    p, q = _prime(chance), _prime(chance)
    d = pow(EXPONENT, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(EXPONENT, p * q)
    numbers = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public)
    return SigningKey(f"key-{chance.getrandbits(40):010x}", numbers.private_key())


def _prime(chance: random.Random) -> int:
    """A prime of 1,024 bits whose two highest bits are set."""
    while True:
        candidate = chance.getrandbits(1024) | (3 << 1022) | 1
        small = any(candidate % prime == 0 for prime in _SMALL_PRIMES)
        if not small and candidate % EXPONENT != 1 and all(pow(a, candidate - 1, candidate) == 1 for a in (2, 3, 5, 7)):
            return candidate
