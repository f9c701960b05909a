"""What Parameter Store and Secrets Manager need on KMS keys besides their own permissions.

A value that is encrypted with a key of the account's own needs that key; AWS managed keys (``aws/ssm``,
``aws/secretsmanager``) let the whole account in. Systems Manager User Guide, *How Parameter Store uses KMS*; Secrets
Manager User Guide, *Secret encryption and decryption*.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from grader.cloud.door.moto_service import Moto
from grader.cloud.door.operation import Operation
from grader.cloud.iam.needs import Need
from grader.cloud.iam.patterns import as_list
from grader.cloud.kms.ciphertext import encrypt_parameters
from grader.cloud.kms.keys import Keys

SECRET_WRITES = frozenset({"CreateSecret", "PutSecretValue", "UpdateSecret"})


class KeyNeeds:
    """Names the needs on keys.

    Parameters
    ----------
    moto
        Where parameters, secrets and keys are kept.
    """

    def __init__(self, moto: Moto) -> None:
        moto.before("ssm", encrypt_parameters)
        self._moto, self._keys = moto, Keys(moto)

    def of_parameters(self, operation: Operation) -> list[Need]:
        """Those of an operation of Parameter Store."""
        given = operation.parameters
        with self._moto.lock:
            if operation.name == "PutParameter" and given.get("Type") == "SecureString":
                return list(self._need("kms:Encrypt", given.get("KeyId"), "ssm", "PARAMETER_ARN", ""))
            if not operation.name.startswith("GetParameter") or not given.get("WithDecryption"):
                return []
            names = [str(name) for name in as_list(given.get("Names") or given.get("Name"))]
            held = (self._parameter(name) for name in names)
            return [need for one in held if one is not None for need in self._parameter_needs(one)]

    def of_secrets(self, operation: Operation) -> list[Need]:
        """Those of an operation of Secrets Manager."""
        given = operation.parameters
        with self._moto.lock:
            secret = self._secret(str(given.get("SecretId") or given.get("Name") or ""))
            key = given.get("KmsKeyId") or getattr(secret, "kms_key_id", None)
            arn = str(getattr(secret, "arn", ""))
            actions = ["kms:Decrypt"] if operation.name == "GetSecretValue" else []
            if operation.name in SECRET_WRITES:
                actions = ["kms:GenerateDataKey", "kms:Decrypt"]
            return [need for action in actions for need in self._need(action, key, "secretsmanager", "SecretARN", arn)]

    def _parameter(self, name: str) -> Any:
        bare = name.partition("parameter")[2] if name.startswith("arn:") else name.partition(":")[0]
        store = self._moto.backend("ssm")._parameters
        versions = store.get(bare) or store.get(bare.removeprefix("/")) or []
        return versions[-1] if versions else None

    def _parameter_needs(self, parameter: Any) -> Iterator[Need]:
        if parameter.parameter_type == "SecureString":
            name = str(parameter.name).removeprefix("/")
            arn = f"arn:aws:ssm:{self._moto.region}:{self._moto.account_id}:parameter/{name}"
            yield from self._need("kms:Decrypt", parameter.keyid, "ssm", "PARAMETER_ARN", arn)

    def _secret(self, name: str) -> Any:
        secrets = self._moto.backend("secretsmanager").secrets
        return secrets.get(name)

    def _need(self, action: str, key: Any, service: str, context: str, about: str) -> Iterator[Need]:
        arn = self._keys.arn_of(str(key)) if key else None
        if arn is None or self._keys.managed_by_aws(arn):
            return
        via = f"{service}.{arn.split(':')[3]}.amazonaws.com"
        yield Need(action, arn, (("kms:viaservice", via), (f"kms:encryptioncontext:{context.lower()}", about)))
