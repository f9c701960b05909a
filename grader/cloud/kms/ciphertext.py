"""SecureString parameters as they are kept: not to be read without decryption. moto keeps the text itself."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from itertools import cycle
from typing import Any

PREFIX = "AQICAH"  # what KMS's ciphertexts look like


@lru_cache(maxsize=1)
def encrypt_parameters() -> None:
    """Let moto keep and show ciphertext, once for the process; it has no setting for it."""
    from moto.ssm.models import Parameter  # imports moto's EC2 and all of its tables: a second and more

    Parameter.encrypt = _encrypt
    Parameter.decrypt = _decrypt


def _encrypt(parameter: Any, value: str) -> str:
    return PREFIX + base64.b64encode(_mixed(value.encode(), str(parameter.keyid))).decode()


def _decrypt(parameter: Any, value: str) -> str | None:
    if parameter.parameter_type != "SecureString" or not value.startswith(PREFIX):
        return value
    return _mixed(base64.b64decode(value.removeprefix(PREFIX)), str(parameter.keyid)).decode()


def _mixed(content: bytes, key: str) -> bytes:
    """Not a cipher, only no plain text: nothing in a pocket AWS is a secret."""
    return bytes(a ^ b for a, b in zip(content, cycle(hashlib.sha256(key.encode()).digest())))
