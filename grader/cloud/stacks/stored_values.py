"""Values that templates take from Parameter Store and Secrets Manager."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from grader.cloud.stacks.errors import ResourceFailure
from grader.cloud.stacks.templates.dynamic_references import DynamicReference, filled, json_value

PARAMETERS, SECRETS = frozenset({"ssm"}), frozenset({"secretsmanager"})


class StoredValues:
    """Looks values up with the developer's credentials, as CloudFormation does with those of who deploys.

    Parameters
    ----------
    client
        Gives the boto3 client of a service.
    """

    def __init__(self, client: Callable[[str], Any]) -> None:
        self._client = client

    def with_parameters(self, value: Any) -> Any:
        """``value`` with its references to Parameter Store filled in.

        Raises
        ------
        ResourceFailure
            When there is no such parameter, or it is a SecureString.
        """
        return filled(value, PARAMETERS, self._reference)

    def with_secrets(self, value: Any) -> Any:
        """``value`` with its references to Secrets Manager filled in.

        Raises
        ------
        ResourceFailure
            When there is no such secret, or no such key in it.
        """
        return filled(value, SECRETS, self._secret)

    def parameter(self, name: str) -> str:
        """The value of a parameter; ``name:version`` asks for a version.

        Raises
        ------
        ResourceFailure
            When there is no such parameter, or it is a SecureString: those are never shown.
        """
        try:
            found = self._client("ssm").get_parameter(Name=name)["Parameter"]
        except ClientError as error:
            words = f"Unable to fetch parameters [{name}] from parameter store for this account."
            raise ResourceFailure(words) from error
        if found["Type"] == "SecureString":
            words = f"Parameters [{name}] referenced by CloudFormation are of type SecureString, which it cannot read."
            raise ResourceFailure(words)
        return str(found["Value"])

    def _reference(self, reference: DynamicReference) -> str:
        return self.parameter(":".join(filter(None, (reference.name, reference.version))))

    def _secret(self, reference: DynamicReference) -> str:
        which = {"VersionStage": reference.stage, "VersionId": reference.version_id}
        asked = {name: value for name, value in which.items() if value}
        try:
            answer = self._client("secretsmanager").get_secret_value(SecretId=reference.name, **asked)
        except ClientError as error:
            raise ResourceFailure(error.response["Error"]["Message"]) from error
        return json_value(str(answer.get("SecretString", "")), reference.key)
