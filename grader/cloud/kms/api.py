"""KMS's API where moto differs: it takes a key's id only, uses keys that are disabled, and is vague about forgeries."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

from grader.cloud.door.faults import Refusal
from grader.cloud.door.moto_service import Moto
from grader.cloud.door.request import Request
from grader.cloud.door.response import Response
from grader.cloud.errors import NotSupported
from grader.cloud.kms.key_pairs import make_on_demand
from grader.cloud.kms.keys import Keys

BY_ID = frozenset(
    {
        "EnableKey", "DisableKey", "ScheduleKeyDeletion", "CancelKeyDeletion", "EnableKeyRotation",
        "DisableKeyRotation", "GetKeyRotationStatus", "PutKeyPolicy", "UpdateKeyDescription",
    }
)  # fmt: skip


USES = frozenset(
    {
        "Encrypt", "Decrypt", "ReEncrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "Sign", "Verify",
        "GenerateMac", "VerifyMac",
    }
)  # fmt: skip

KEY_ID = 36  # bytes of a ciphertext of moto's: whose it is


class KmsApi:
    """Gives moto the id of a key that was named by its ARN; refuses keys, ciphertexts and signatures as KMS does.

    Parameters
    ----------
    moto
        Answers.
    """

    def __init__(self, moto: Moto) -> None:
        self._moto, self._keys = moto, Keys(moto)
        moto.before("kms", make_on_demand)

    def answers(self, request: Request) -> bool:
        """Whether the request is about such an operation."""
        operation = _operation(request)
        return operation in USES or (operation in BY_ID and b"arn:aws:kms:" in request.body)

    def handle(self, request: Request, access_key: str | None = None) -> Response:
        """Answer the request.

        Raises
        ------
        Refusal
            ``DisabledException``, ``KMSInvalidStateException``, ``InvalidCiphertextException``,
            ``IncorrectKeyException`` or ``KMSInvalidSignatureException``.
        """
        given = json.loads(request.body)
        if _operation(request) in USES:
            self._check(str(given.get("KeyId", "")))
            if _operation(request) == "Decrypt":
                self._check_ciphertext(given)
            return _verified(self._moto.call(request))
        given["KeyId"] = str(given.get("KeyId", "")).rpartition("/")[2]
        return self._moto.call(replace(request, body=json.dumps(given).encode()))

    def _check(self, name: str) -> None:
        with self._moto.lock:
            key = self._keys.find(name) if name else None
        if key is not None and key.key_state == "PendingDeletion":
            raise Refusal("KMSInvalidStateException", f"{key.arn} is pending deletion.", 400)
        if key is not None and not key.enabled:
            raise Refusal("DisabledException", f"{key.arn} is disabled.", 400)

    def _check_ciphertext(self, given: dict[str, Any]) -> None:
        """A ciphertext names its key: a name that is no key's was forged, and the caller may expect another key."""
        try:
            name = base64.b64decode(str(given.get("CiphertextBlob", "")))[:KEY_ID].decode()
        except ValueError:
            raise Refusal("InvalidCiphertextException", "", 400) from None
        with self._moto.lock:
            key, expected = self._keys.find(name), self._keys.find(str(given.get("KeyId", "")))
        if key is None:
            raise Refusal("InvalidCiphertextException", "", 400)
        if expected is not None and expected is not key:
            words = "The key ID in the request does not identify a CMK that can perform this operation."
            raise Refusal("IncorrectKeyException", words, 400)


def _verified(response: Response) -> Response:
    """KMS raises an error for a signature that does not fit; moto says ``SignatureValid: false``."""
    if response.status == 200 and json.loads(response.body).get("SignatureValid") is False:
        raise Refusal("KMSInvalidSignatureException", "", 400)
    return response


class RotationApi:
    """Secrets Manager's ``RotateSecret``: it would call a function in four steps, and is refused by name."""

    def answers(self, request: Request) -> bool:
        """Whether somebody asks for a rotation."""
        return _operation(request) == "RotateSecret"

    def handle(self, request: Request, access_key: str | None = None) -> Response:
        """Refuse.

        Raises
        ------
        NotSupported
            Always.
        """
        raise NotSupported("secretsmanager:RotateSecret", next_step="Put a new value: PutSecretValue.")


def _operation(request: Request) -> str:
    return request.header("X-Amz-Target").rpartition(".")[2]
