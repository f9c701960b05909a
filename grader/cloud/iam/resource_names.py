"""Names that policies do not know: an alias of a key, a secret's plain name. IAM judges by the ARN behind them."""

from __future__ import annotations

from typing import Any

from grader.cloud.iam.identity import Account
from grader.cloud.iam.needs import Parameters


class ResourceNames:
    """Replaces such names in an operation's parameters by ARNs.

    Parameters
    ----------
    moto
        Where keys and secrets are kept.
    """

    def __init__(self, moto: Account) -> None:
        self._moto = moto

    def resolved(self, service: str, parameters: Parameters) -> Parameters:
        """The parameters with ARNs; what is not found stays as it is."""
        find = {"kms": ("KeyId", self._key), "secretsmanager": ("SecretId", self._secret)}.get(service)
        name = parameters.get(find[0]) if find else None
        if find is None or not isinstance(name, str) or not name:
            return parameters
        with self._moto.lock:
            arn = find[1](name)
        return {**parameters, find[0]: arn} if arn else parameters

    def _key(self, name: str) -> Any:
        kms = self._moto.backend("kms")
        alias = "alias/" + name.partition("alias/")[2] if "alias/" in name else ""
        held = kms.keys.get(kms.get_key_id_from_alias(alias)) if alias else kms.keys.get(name.rpartition("/")[2])
        return held.arn if held else None

    def _secret(self, name: str) -> Any:
        secrets = self._moto.backend("secretsmanager").secrets
        return getattr(secrets.get(name), "arn", None)
