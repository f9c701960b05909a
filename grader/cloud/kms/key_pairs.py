"""moto makes a pair of RSA keys for each KMS key, also for one that only encrypts: 40 ms for what nobody asks for."""

from __future__ import annotations

from functools import cache, cached_property
from typing import Any


class KeyPair:
    """A pair that is made when somebody first signs with it, or asks for its public half."""

    def __init__(self, key_spec: str) -> None:
        self._key_spec = key_spec

    @cached_property
    def _made(self) -> Any:
        from moto.kms.utils import generate_private_key

        return generate_private_key(self._key_spec)

    def sign(self, message: bytes, signing_algorithm: str) -> bytes:
        """A signature."""
        return bytes(self._made.sign(message, signing_algorithm))

    def verify(self, message: bytes, signature: bytes, signing_algorithm: str) -> bool:
        """Whether a signature is one of this pair's."""
        return bool(self._made.verify(message, signature, signing_algorithm))

    def public_key(self) -> bytes:
        """The public half, as DER."""
        return bytes(self._made.public_key())


@cache
def make_on_demand() -> None:
    """Let moto's KMS keys have such pairs."""
    import moto.kms.models

    moto.kms.models.generate_private_key = KeyPair
