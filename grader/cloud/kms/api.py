"""KMS's API where moto differs: it takes a key's id only and not its ARN, and uses keys that are disabled."""

from __future__ import annotations

import json
from dataclasses import replace

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


class KmsApi:
    """Gives moto the id of a key that was named by its ARN, and refuses to use a key that cannot be used.

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
            ``DisabledException`` or ``KMSInvalidStateException``.
        """
        given = json.loads(request.body)
        if _operation(request) in USES:
            self._check(str(given.get("KeyId", "")))
            return self._moto.call(request)
        given["KeyId"] = str(given.get("KeyId", "")).rpartition("/")[2]
        return self._moto.call(replace(request, body=json.dumps(given).encode()))

    def _check(self, name: str) -> None:
        with self._moto.lock:
            key = self._keys.find(name) if name else None
        if key is not None and key.key_state == "PendingDeletion":
            raise Refusal("KMSInvalidStateException", f"{key.arn} is pending deletion.", 400)
        if key is not None and not key.enabled:
            raise Refusal("DisabledException", f"{key.arn} is disabled.", 400)


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
