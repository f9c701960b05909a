"""AWS::IAM::*"""

from __future__ import annotations

import json
from typing import Any

from grader.cloud.stacks.providers.base import Made, Making, Provider, changed_tags
from grader.cloud.stacks.resource_type import ResourceType, resource_type
from grader.cloud.stacks.stack import Resource


def document(policy: Any) -> str:
    """A policy document as JSON text.

    SAM's policy templates write no ``Version``; AWS takes such a document, moto does not.
    """
    if isinstance(policy, str):
        return policy
    return json.dumps({"Version": "2012-10-17", **_numbers_as_text(policy)} if isinstance(policy, dict) else policy)


def _numbers_as_text(part: Any) -> Any:
    """A part of a policy with its numbers in quotes: IAM takes a condition's numbers without, moto does not."""
    if isinstance(part, dict):
        return {name: _numbers_as_text(value) for name, value in part.items()}
    if isinstance(part, list):
        return [_numbers_as_text(value) for value in part]
    return str(part) if isinstance(part, (int, float)) and not isinstance(part, bool) else part


class RoleProvider(Provider):
    """``AWS::IAM::Role``; ``Ref`` is the name."""

    def create(self, making: Making) -> Made:
        name = making.name("RoleName", 64)
        answer = self.tools.call(
            "iam",
            "CreateRole",
            RoleName=name,
            AssumeRolePolicyDocument=document(making.get("AssumeRolePolicyDocument")),
            **making.some("Path Description MaxSessionDuration PermissionsBoundary Tags"),
        )
        made = self._made(name, answer["Role"])
        self._attach(name, [], making.get("ManagedPolicyArns") or [])
        self._write(name, [], making.get("Policies") or [])
        return made

    def _made(self, name: str, role: dict[str, Any]) -> Made:
        return Made(name, {"Arn": role["Arn"], "RoleId": role["RoleId"]}, role["Arn"])

    def _attach(self, name: str, before: list[str], after: list[str]) -> None:
        for arn in after:
            if arn not in before:
                self.tools.call("iam", "AttachRolePolicy", RoleName=name, PolicyArn=arn)
        for arn in before:
            if arn not in after:
                self.tools.call_unless_missing("iam", "DetachRolePolicy", RoleName=name, PolicyArn=arn)

    def _write(self, name: str, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> None:
        for policy in after:
            if policy not in before:
                self.tools.call(
                    "iam",
                    "PutRolePolicy",
                    RoleName=name,
                    PolicyName=policy["PolicyName"],
                    PolicyDocument=document(policy["PolicyDocument"]),
                )
        for gone in {policy["PolicyName"] for policy in before} - {policy["PolicyName"] for policy in after}:
            self.tools.call_unless_missing("iam", "DeleteRolePolicy", RoleName=name, PolicyName=gone)

    def update(self, making: Making, current: Resource) -> Made:
        name, before = current.physical_id, current.properties
        if making.get("AssumeRolePolicyDocument") != before.get("AssumeRolePolicyDocument"):
            trust = document(making.get("AssumeRolePolicyDocument"))
            self.tools.call("iam", "UpdateAssumeRolePolicy", RoleName=name, PolicyDocument=trust)
        if making.some("Description MaxSessionDuration") != {
            key: before[key] for key in ("Description", "MaxSessionDuration") if key in before
        }:
            self.tools.call(
                "iam",
                "UpdateRole",
                RoleName=name,
                Description=making.get("Description", ""),
                MaxSessionDuration=making.get("MaxSessionDuration", 3600),
            )
        self._attach(name, before.get("ManagedPolicyArns") or [], making.get("ManagedPolicyArns") or [])
        self._write(name, before.get("Policies") or [], making.get("Policies") or [])
        added, removed = changed_tags(before.get("Tags"), making.get("Tags"))
        if added:
            tags = [{"Key": key, "Value": value} for key, value in added.items()]
            self.tools.call("iam", "TagRole", RoleName=name, Tags=tags)
        if removed:
            self.tools.call("iam", "UntagRole", RoleName=name, TagKeys=removed)
        return Made(name, current.attributes, current.arn)

    def delete(self, resource: Resource) -> None:
        name = resource.physical_id
        self._attach(name, resource.properties.get("ManagedPolicyArns") or [], [])
        self._write(name, resource.properties.get("Policies") or [], [])
        self.tools.call_unless_missing("iam", "DeleteRole", RoleName=name)


class PolicyProvider(Provider):
    """``AWS::IAM::Policy``: an inline policy of roles, users or groups."""

    OWNERS = (("Roles", "Role"), ("Users", "User"), ("Groups", "Group"))

    def create(self, making: Making) -> Made:
        self._put(making)
        return Made(making.name(limit=100))

    def _put(self, making: Making) -> None:
        for owners, owner in self.OWNERS:
            for name in making.get(owners) or []:
                self.tools.call(
                    "iam",
                    f"Put{owner}Policy",
                    PolicyName=making.get("PolicyName"),
                    PolicyDocument=document(making.get("PolicyDocument")),
                    **{f"{owner}Name": name},
                )

    def _remove(self, policy: str, owner: str, names: list[str]) -> None:
        for name in names:
            self.tools.call_unless_missing("iam", f"Delete{owner}Policy", PolicyName=policy, **{f"{owner}Name": name})

    def update(self, making: Making, current: Resource) -> Made:
        self._put(making)
        for owners, owner in self.OWNERS:
            gone = [name for name in current.properties.get(owners) or [] if name not in (making.get(owners) or [])]
            self._remove(current.properties["PolicyName"], owner, gone)
        return Made(current.physical_id)

    def delete(self, resource: Resource) -> None:
        for owners, owner in self.OWNERS:
            self._remove(resource.properties["PolicyName"], owner, resource.properties.get(owners) or [])


class RolePolicyProvider(Provider):
    """``AWS::IAM::RolePolicy``: an inline policy of one role; ``Ref`` is ``name|role``."""

    def create(self, making: Making) -> Made:
        return self._put(making, f"{making.get('PolicyName')}|{making.get('RoleName')}")

    def _put(self, making: Making, physical_id: str) -> Made:
        name, role = physical_id.split("|")
        policy = document(making.get("PolicyDocument"))
        self.tools.call("iam", "PutRolePolicy", RoleName=role, PolicyName=name, PolicyDocument=policy)
        return Made(physical_id)

    def update(self, making: Making, current: Resource) -> Made:
        return self._put(making, current.physical_id)

    def delete(self, resource: Resource) -> None:
        name, role = resource.physical_id.split("|")
        self.tools.call_unless_missing("iam", "DeleteRolePolicy", RoleName=role, PolicyName=name)


class ManagedPolicyProvider(Provider):
    """``AWS::IAM::ManagedPolicy``; ``Ref`` is the ARN."""

    def create(self, making: Making) -> Made:
        answer = self.tools.call(
            "iam",
            "CreatePolicy",
            PolicyName=making.name("ManagedPolicyName", 128),
            PolicyDocument=document(making.get("PolicyDocument")),
            **making.some("Path Description"),
        )
        arn = str(answer["Policy"]["Arn"])
        self._attach(arn, {}, making.properties)
        return Made(arn, {"PolicyArn": arn}, arn)

    def _attach(self, arn: str, before: Any, after: Any) -> None:
        for owners, owner in PolicyProvider.OWNERS:
            old, new = before.get(owners) or [], after.get(owners) or []
            for name in (name for name in new if name not in old):
                self.tools.call("iam", f"Attach{owner}Policy", PolicyArn=arn, **{f"{owner}Name": name})
            for name in (name for name in old if name not in new):
                self.tools.call_unless_missing("iam", f"Detach{owner}Policy", PolicyArn=arn, **{f"{owner}Name": name})

    def update(self, making: Making, current: Resource) -> Made:
        arn = current.physical_id
        if making.get("PolicyDocument") != current.properties.get("PolicyDocument"):
            self._replace_version(arn, document(making.get("PolicyDocument")))
        self._attach(arn, current.properties, making.properties)
        return Made(arn, current.attributes, arn)

    def _replace_version(self, arn: str, policy: str) -> None:
        old = [v["VersionId"] for v in self.tools.call("iam", "ListPolicyVersions", PolicyArn=arn)["Versions"]]
        self.tools.call("iam", "CreatePolicyVersion", PolicyArn=arn, PolicyDocument=policy, SetAsDefault=True)
        for version in old:
            self.tools.call_unless_missing("iam", "DeletePolicyVersion", PolicyArn=arn, VersionId=version)

    def delete(self, resource: Resource) -> None:
        self._attach(resource.physical_id, resource.properties, {})
        self.tools.call_unless_missing("iam", "DeletePolicy", PolicyArn=resource.physical_id)


TYPES: dict[str, ResourceType] = {
    "AWS::IAM::Role": resource_type(
        RoleProvider,
        "AssumeRolePolicyDocument",
        "RoleName Path",
        "AssumeRolePolicyDocument Description ManagedPolicyArns MaxSessionDuration PermissionsBoundary Policies Tags",
        "Arn RoleId",
        "RoleName",
    ),
    "AWS::IAM::Policy": resource_type(
        PolicyProvider, "PolicyName PolicyDocument", "PolicyName", "PolicyDocument Roles Users Groups"
    ),
    "AWS::IAM::RolePolicy": resource_type(
        RolePolicyProvider, "PolicyName RoleName PolicyDocument", "PolicyName RoleName", "PolicyDocument"
    ),
    "AWS::IAM::ManagedPolicy": resource_type(
        ManagedPolicyProvider,
        "PolicyDocument",
        "ManagedPolicyName Path Description",
        "PolicyDocument Roles Users Groups",
        "PolicyArn",
        "ManagedPolicyName",
    ),
}
