"""AWS::KMS::*"""

from __future__ import annotations

from grader.cloud.stacks.providers.base import Made, Making, Provider, changed_tags
from grader.cloud.stacks.providers.iam import document
from grader.cloud.stacks.resource_type import ResourceType, resource_type
from grader.cloud.stacks.stack import Resource


class KeyProvider(Provider):
    """``AWS::KMS::Key``; ``Ref`` is the key's id. Deleting the resource schedules the key's deletion."""

    def create(self, making: Making) -> Made:
        tags = [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in making.get("Tags") or []]
        policy = making.get("KeyPolicy")
        answer = self.tools.call(
            "kms", "CreateKey", Policy=document(policy) if policy else None, Tags=tags or None,
            **making.some("Description KeySpec KeyUsage MultiRegion Origin"),
        )  # fmt: skip
        made = answer["KeyMetadata"]
        self._switch(made["KeyId"], making)
        return Made(made["KeyId"], {"Arn": made["Arn"], "KeyId": made["KeyId"]}, made["Arn"])

    def _switch(self, key: str, making: Making) -> None:
        rotating = str(making.get("EnableKeyRotation", False)).lower() == "true"
        self.tools.call("kms", "EnableKeyRotation" if rotating else "DisableKeyRotation", KeyId=key)
        enabled = str(making.get("Enabled", True)).lower() == "true"
        self.tools.call("kms", "EnableKey" if enabled else "DisableKey", KeyId=key)

    def update(self, making: Making, current: Resource) -> Made:
        key, before = current.physical_id, current.properties
        if making.get("KeyPolicy") != before.get("KeyPolicy") and making.get("KeyPolicy"):
            policy = document(making.get("KeyPolicy"))
            self.tools.call("kms", "PutKeyPolicy", KeyId=key, PolicyName="default", Policy=policy)
        if making.get("Description") != before.get("Description"):
            self.tools.call("kms", "UpdateKeyDescription", KeyId=key, Description=making.get("Description", ""))
        self._switch(key, making)
        added, removed = changed_tags(before.get("Tags"), making.get("Tags"))
        if added:
            tags = [{"TagKey": name, "TagValue": value} for name, value in added.items()]
            self.tools.call("kms", "TagResource", KeyId=key, Tags=tags)
        if removed:
            self.tools.call("kms", "UntagResource", KeyId=key, TagKeys=removed)
        return Made(key, current.attributes, current.arn)

    def delete(self, resource: Resource) -> None:
        days = resource.properties.get("PendingWindowInDays", 30)
        self.tools.call_unless_missing(
            "kms", "ScheduleKeyDeletion", KeyId=resource.physical_id, PendingWindowInDays=days
        )


class AliasProvider(Provider):
    """``AWS::KMS::Alias``; ``Ref`` is the alias."""

    def create(self, making: Making) -> Made:
        name = str(making.get("AliasName"))
        self.tools.call("kms", "CreateAlias", AliasName=name, TargetKeyId=making.get("TargetKeyId"))
        return Made(name)

    def update(self, making: Making, current: Resource) -> Made:
        target = making.get("TargetKeyId")
        self.tools.call("kms", "UpdateAlias", AliasName=current.physical_id, TargetKeyId=target)
        return Made(current.physical_id)

    def delete(self, resource: Resource) -> None:
        self.tools.call_unless_missing("kms", "DeleteAlias", AliasName=resource.physical_id)


TYPES: dict[str, ResourceType] = {
    "AWS::KMS::Key": resource_type(
        KeyProvider,
        "",
        "KeySpec KeyUsage MultiRegion Origin",
        "Description Enabled EnableKeyRotation KeyPolicy PendingWindowInDays Tags",
        "Arn KeyId",
    ),
    "AWS::KMS::Alias": resource_type(
        AliasProvider, "AliasName TargetKeyId", "AliasName", "TargetKeyId", "", "AliasName"
    ),
}
