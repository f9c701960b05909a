"""AWS::IAM::User, Group, UserToGroupAddition and AccessKey: long-lived identities, for lessons that show why not."""

from __future__ import annotations

from typing import Any

from grader.cloud.stacks.providers.base import Made, Making, Provider
from grader.cloud.stacks.providers.iam import document
from grader.cloud.stacks.resource_type import ResourceType, resource_type
from grader.cloud.stacks.stack import Resource


class PrincipalProvider(Provider):
    """What users and groups have in common: a name, managed policies, inline policies.

    ``KIND`` is ``User`` or ``Group``, as the operations of IAM are called.
    """

    KIND = ""

    def create(self, making: Making) -> Made:
        name = making.name(f"{self.KIND}Name", 64)
        answer = self._call("Create", name, **self._given(making))
        self._bring_up_to_date(name, {}, making)
        return Made(name, {"Arn": answer[self.KIND]["Arn"]}, answer[self.KIND]["Arn"])

    def _given(self, making: Making) -> dict[str, Any]:
        return making.some("Path")

    def _call(self, verb: str, name: str, noun: str = "", /, **arguments: Any) -> dict[str, Any]:
        return self.tools.call("iam", f"{verb}{self.KIND}{noun}", **{f"{self.KIND}Name": name}, **arguments)

    def _bring_up_to_date(self, name: str, before: dict[str, Any], making: Making) -> None:
        arns, old_arns = making.get("ManagedPolicyArns") or [], before.get("ManagedPolicyArns") or []
        policies = {str(one["PolicyName"]): one["PolicyDocument"] for one in making.get("Policies") or []}
        old_policies = {str(one["PolicyName"]): one["PolicyDocument"] for one in before.get("Policies") or []}
        for arn in [one for one in arns if one not in old_arns]:
            self._call("Attach", name, "Policy", PolicyArn=arn)
        for arn in [one for one in old_arns if one not in arns]:
            self._call("Detach", name, "Policy", PolicyArn=arn)
        for policy, content in policies.items():
            if old_policies.get(policy) != content:
                self._call("Put", name, "Policy", PolicyName=policy, PolicyDocument=document(content))
        for policy in [one for one in old_policies if one not in policies]:
            self._call("Delete", name, "Policy", PolicyName=policy)

    def update(self, making: Making, current: Resource) -> Made:
        self._bring_up_to_date(current.physical_id, current.properties, making)
        return Made(current.physical_id, current.attributes, current.arn)

    def delete(self, resource: Resource) -> None:
        nothing = Making(resource.logical_id, {}, "", lambda: "")
        self._bring_up_to_date(resource.physical_id, resource.properties, nothing)
        self._leave(resource)
        name = {f"{self.KIND}Name": resource.physical_id}
        self.tools.call_unless_missing("iam", f"Delete{self.KIND}", **name)

    def _leave(self, resource: Resource) -> None:
        """Undo what else keeps it from being deleted."""


class GroupProvider(PrincipalProvider):
    """``AWS::IAM::Group``; ``Ref`` is the name."""

    KIND = "Group"


class UserProvider(PrincipalProvider):
    """``AWS::IAM::User``; ``Ref`` is the name."""

    KIND = "User"

    def _given(self, making: Making) -> dict[str, Any]:
        return making.some("Path PermissionsBoundary Tags")

    def _bring_up_to_date(self, name: str, before: dict[str, Any], making: Making) -> None:
        super()._bring_up_to_date(name, before, making)
        groups, old = making.get("Groups") or [], before.get("Groups") or []
        for group in [one for one in groups if one not in old]:
            self.tools.call("iam", "AddUserToGroup", UserName=name, GroupName=group)
        for group in [one for one in old if one not in groups]:
            self.tools.call_unless_missing("iam", "RemoveUserFromGroup", UserName=name, GroupName=group)


class UserToGroupAdditionProvider(Provider):
    """``AWS::IAM::UserToGroupAddition``."""

    def create(self, making: Making) -> Made:
        for user in making.get("Users") or []:
            self.tools.call("iam", "AddUserToGroup", UserName=user, GroupName=making.get("GroupName"))
        return Made(making.name(limit=100))

    def update(self, making: Making, current: Resource) -> Made:
        self._remove(current, [user for user in current.properties["Users"] if user not in making.get("Users")])
        for user in making.get("Users") or []:
            self.tools.call("iam", "AddUserToGroup", UserName=user, GroupName=making.get("GroupName"))
        return Made(current.physical_id)

    def _remove(self, resource: Resource, users: list[str]) -> None:
        group = resource.properties["GroupName"]
        for user in users:
            self.tools.call_unless_missing("iam", "RemoveUserFromGroup", UserName=user, GroupName=group)

    def delete(self, resource: Resource) -> None:
        self._remove(resource, resource.properties.get("Users") or [])


class AccessKeyProvider(Provider):
    """``AWS::IAM::AccessKey``; ``Ref`` is the key's id, ``SecretAccessKey`` can be read from the stack for ever."""

    def create(self, making: Making) -> Made:
        key = self.tools.call("iam", "CreateAccessKey", UserName=making.get("UserName"))["AccessKey"]
        made = Made(key["AccessKeyId"], {"SecretAccessKey": key["SecretAccessKey"]})
        if making.get("Status") == "Inactive":
            self._set(making, made.physical_id)
        return made

    def _set(self, making: Making, key: str) -> None:
        self.tools.call(
            "iam", "UpdateAccessKey", UserName=making.get("UserName"), AccessKeyId=key,
            Status=making.get("Status", "Active"),
        )  # fmt: skip

    def update(self, making: Making, current: Resource) -> Made:
        self._set(making, current.physical_id)
        return Made(current.physical_id, current.attributes)

    def delete(self, resource: Resource) -> None:
        user = resource.properties["UserName"]
        self.tools.call_unless_missing("iam", "DeleteAccessKey", UserName=user, AccessKeyId=resource.physical_id)


TYPES: dict[str, ResourceType] = {
    "AWS::IAM::User": resource_type(
        UserProvider,
        "",
        "UserName Path PermissionsBoundary Tags",
        "Groups ManagedPolicyArns Policies",
        "Arn",
        "UserName",
    ),
    "AWS::IAM::Group": resource_type(
        GroupProvider, "", "GroupName Path", "ManagedPolicyArns Policies", "Arn", "GroupName"
    ),
    "AWS::IAM::UserToGroupAddition": resource_type(
        UserToGroupAdditionProvider, "GroupName Users", "GroupName", "Users"
    ),
    "AWS::IAM::AccessKey": resource_type(AccessKeyProvider, "UserName", "UserName Serial", "Status", "SecretAccessKey"),
}
