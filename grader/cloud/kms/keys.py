"""KMS keys by any of their names: id, ARN, alias, alias ARN."""

from __future__ import annotations

from typing import Any

from grader.cloud.door.faults import Refusal
from grader.cloud.iam.identity import Account
from grader.cloud.kms.key_pairs import make_on_demand

AWS_ALIASES = "alias/aws/"


class Keys:
    """The account's KMS keys; call it under moto's lock.

    Parameters
    ----------
    moto
        Where they are kept.
    """

    def __init__(self, moto: Account) -> None:
        self._moto = moto

    def find(self, name: str) -> Any | None:
        """moto's key of this name; AWS managed keys come into being when they are first named."""
        make_on_demand()
        kms = self._moto.backend("kms")
        alias = name.partition(":alias/")[2]
        if alias or name.startswith("alias/"):
            known = kms.get_key_id_from_alias(f"alias/{alias}" if alias else name)
            return kms.keys.get(known) if known else None
        return kms.keys.get(name.rpartition("/")[2])

    def arn_of(self, name: str) -> str | None:
        """The ARN of a key, or None when there is none."""
        key = self.find(name)
        return str(key.arn) if key is not None else None

    def usable(self, name: str) -> str:
        """The ARN of a key that can be used.

        Raises
        ------
        Refusal
            S3's ``KMS.…`` errors: no such key, disabled, to be deleted.
        """
        key = self.find(name)
        if key is None:
            raise Refusal("KMS.NotFoundException", f"Invalid keyId '{name}'", 400)
        if key.key_state == "PendingDeletion":
            raise Refusal("KMS.KMSInvalidStateException", f"{key.arn} is pending deletion.", 400)
        if not key.enabled:
            raise Refusal("KMS.DisabledException", f"{key.arn} is disabled.", 400)
        return str(key.arn)

    def managed_by_aws(self, arn: str) -> bool:
        """Whether it is a key such as ``aws/s3``: everybody in the account may use it through its service."""
        key = self.find(arn)
        return key is not None and any(str(alias).startswith(AWS_ALIASES) for alias in key.aliases)
