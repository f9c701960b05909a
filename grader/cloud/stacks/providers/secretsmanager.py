"""AWS::SecretsManager::*"""

from __future__ import annotations

import json
from typing import Any

from grader.cloud.stacks.errors import ResourceFailure
from grader.cloud.stacks.providers.base import Made, Making, Provider, changed_tags
from grader.cloud.stacks.providers.iam import document
from grader.cloud.stacks.resource_type import ResourceType, resource_type
from grader.cloud.stacks.stack import Resource

GENERATION = (
    "ExcludeCharacters", "ExcludeLowercase", "ExcludeNumbers", "ExcludePunctuation", "ExcludeUppercase",
    "IncludeSpace", "PasswordLength", "RequireEachIncludedType",
)  # fmt: skip


class SecretProvider(Provider):
    """``AWS::SecretsManager::Secret``; ``Ref`` is the ARN."""

    def create(self, making: Making) -> Made:
        name = making.name("Name", 512)
        answer = self.tools.call(
            "secretsmanager", "CreateSecret", Name=name, SecretString=self._value(making),
            **making.some("Description KmsKeyId Tags"),
        )  # fmt: skip
        return Made(answer["ARN"], {"Id": answer["ARN"]}, answer["ARN"])

    def _value(self, making: Making) -> str | None:
        """The given text, or a generated password, alone or put into a JSON template."""
        wanted = making.get("GenerateSecretString")
        if wanted is None:
            given = making.get("SecretString")
            return None if given is None else str(given)
        if making.get("SecretString") is not None:
            raise ResourceFailure("You can't specify both SecretString and GenerateSecretString.")
        asked = {name: wanted[name] for name in GENERATION if name in wanted}
        password = self.tools.call("secretsmanager", "GetRandomPassword", **asked)["RandomPassword"]
        template, key = wanted.get("SecretStringTemplate"), wanted.get("GenerateStringKey")
        if template is None and key is None:
            return str(password)
        if template is None or key is None:
            raise ResourceFailure("SecretStringTemplate and GenerateStringKey must be given together.")
        try:
            return json.dumps({**json.loads(template), str(key): password})
        except ValueError as unreadable:
            raise ResourceFailure("Could not parse SecretStringTemplate JSON") from unreadable

    def update(self, making: Making, current: Resource) -> Made:
        arn, before = current.physical_id, current.properties
        changes: dict[str, Any] = making.some("Description KmsKeyId")
        if any(making.get(name) != before.get(name) for name in ("SecretString", "GenerateSecretString")):
            changes["SecretString"] = self._value(making)
        if changes:
            self.tools.call("secretsmanager", "UpdateSecret", SecretId=arn, **changes)
        added, removed = changed_tags(before.get("Tags"), making.get("Tags"))
        if added:
            tags = [{"Key": key, "Value": value} for key, value in added.items()]
            self.tools.call("secretsmanager", "TagResource", SecretId=arn, Tags=tags)
        if removed:
            self.tools.call("secretsmanager", "UntagResource", SecretId=arn, TagKeys=removed)
        return Made(arn, current.attributes, arn)

    def delete(self, resource: Resource) -> None:
        self.tools.call_unless_missing(
            "secretsmanager", "DeleteSecret", SecretId=resource.physical_id, ForceDeleteWithoutRecovery=True
        )


class ResourcePolicyProvider(Provider):
    """``AWS::SecretsManager::ResourcePolicy``; ``Ref`` is the secret's ARN."""

    def create(self, making: Making) -> Made:
        secret, policy = str(making.get("SecretId")), document(making.get("ResourcePolicy"))
        answer = self.tools.call("secretsmanager", "PutResourcePolicy", SecretId=secret, ResourcePolicy=policy)
        return Made(answer["ARN"])

    def update(self, making: Making, current: Resource) -> Made:
        return self.create(making)

    def delete(self, resource: Resource) -> None:
        self.tools.call_unless_missing("secretsmanager", "DeleteResourcePolicy", SecretId=resource.physical_id)


TYPES: dict[str, ResourceType] = {
    "AWS::SecretsManager::Secret": resource_type(
        SecretProvider, "", "Name", "Description GenerateSecretString KmsKeyId SecretString Tags", "Id", "Name"
    ),
    "AWS::SecretsManager::ResourcePolicy": resource_type(
        ResourcePolicyProvider, "SecretId ResourcePolicy", "SecretId", "ResourcePolicy"
    ),
}
