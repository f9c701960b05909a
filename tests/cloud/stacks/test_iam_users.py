"""Users, groups and access keys in templates."""

from __future__ import annotations

from typing import Any

import pytest

from grader.cloud.stacks import DeployError

TEMPLATE = """\
Resources:
  Readers:
    Type: AWS::IAM::Group
    Properties:
      Policies:
        - PolicyName: read
          PolicyDocument: {Statement: [{Effect: Allow, Action: 's3:GetObject', Resource: '*'}]}
  Ada:
    Type: AWS::IAM::User
    Properties: {Groups: [!Ref Readers], ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess']}
  Bob: {Type: AWS::IAM::User}
  Also: {Type: AWS::IAM::UserToGroupAddition, Properties: {GroupName: !Ref Readers, Users: [!Ref Bob]}}
  Key: {Type: AWS::IAM::AccessKey, Properties: {UserName: !Ref Bob}}
Outputs:
  Readers: {Value: !Ref Readers}
  Ada: {Value: !Ref Ada}
  Key: {Value: !Ref Key}
  Secret: {Value: !GetAtt Key.SecretAccessKey}
"""
READ_ONLY = "ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess']"


def members(account: Any, group: str) -> set[str]:
    return {user["UserName"] for user in account.client("iam").get_group(GroupName=group)["Users"]}


def test_users_are_made_changed_and_deleted_with_all_they_have(account: Any) -> None:
    stack = account.stacks.deploy(TEMPLATE)
    iam, ada, bob = account.client("iam"), stack.outputs["Ada"], stack.resources["Bob"].physical_id
    assert members(account, stack.outputs["Readers"]) == {ada, bob}
    assert stack.outputs["Key"].startswith("AKIA") and len(stack.outputs["Secret"]) == 40
    assert iam.list_group_policies(GroupName=stack.outputs["Readers"])["PolicyNames"] == ["read"]
    account.stacks.deploy(
        TEMPLATE.replace(f"Groups: [!Ref Readers], {READ_ONLY}", "Groups: []").replace("read\n", "look\n")
    )
    assert members(account, stack.outputs["Readers"]) == {bob}
    assert iam.list_attached_user_policies(UserName=ada)["AttachedPolicies"] == []
    assert iam.list_group_policies(GroupName=stack.outputs["Readers"])["PolicyNames"] == ["look"]
    stack.delete()
    assert (iam.list_users()["Users"], iam.list_groups()["Groups"]) == ([], [])


def test_users_must_be_acknowledged(account: Any) -> None:
    with pytest.raises(DeployError, match=r"Requires capabilities : \[CAPABILITY_IAM\]"):
        account.stacks.deploy(TEMPLATE, capabilities=[])
    named = "Resources:\n  U: {Type: AWS::IAM::User, Properties: {UserName: ada}}\n"
    with pytest.raises(DeployError, match=r"Requires capabilities : \[CAPABILITY_NAMED_IAM\]"):
        account.stacks.deploy(named, capabilities=["CAPABILITY_IAM"])
