"""Types that are little more than one call: dashboards, and the policies of one queue, one topic or one role."""

from __future__ import annotations

import json
from typing import Any

TEMPLATE = """\
Resources:
  Board: {Type: AWS::CloudWatch::Dashboard, Properties: {DashboardBody: '{"widgets": []}'}}
  Queue: {Type: AWS::SQS::Queue}
  Topic: {Type: AWS::SNS::Topic}
  QueueLets:
    Type: AWS::SQS::QueueInlinePolicy
    Properties:
      Queue: !Ref Queue
      PolicyDocument:
        Statement: [{Effect: Allow, Principal: '*', Action: 'sqs:SendMessage', Resource: !GetAtt Queue.Arn}]
  TopicLets:
    Type: AWS::SNS::TopicInlinePolicy
    Properties:
      TopicArn: !Ref Topic
      PolicyDocument: {Statement: [{Effect: Allow, Principal: '*', Action: 'sns:Publish', Resource: !Ref Topic}]}
"""


def policy_of_queue(account: Any, url: str) -> str:
    answer = account.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])
    text: str = answer.get("Attributes", {}).get("Policy", "")
    return text


def test_a_dashboard_is_kept_changed_and_deleted(account: Any) -> None:
    client = account.client("cloudwatch")
    name = account.stacks.deploy(TEMPLATE).resources["Board"].physical_id
    assert json.loads(client.get_dashboard(DashboardName=name)["DashboardBody"]) == {"widgets": []}
    account.stacks.deploy(TEMPLATE.replace('"widgets": []', '"start": "-PT1H"'))
    assert json.loads(client.get_dashboard(DashboardName=name)["DashboardBody"]) == {"start": "-PT1H"}
    account.stacks.delete("app")
    assert client.list_dashboards()["DashboardEntries"] == []


def test_the_policy_of_one_queue_and_of_one_topic_comes_changes_and_goes(account: Any) -> None:
    stack = account.stacks.deploy(TEMPLATE)
    queue, topic = stack.resources["Queue"].physical_id, stack.resources["Topic"].physical_id
    sns = account.client("sns")
    assert (stack.resources["QueueLets"].physical_id, stack.resources["TopicLets"].physical_id) == (queue, topic)
    assert "sqs:SendMessage" in policy_of_queue(account, queue)
    assert "sns:Publish" in sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]
    account.stacks.deploy(
        TEMPLATE.replace("sqs:SendMessage", "sqs:ReceiveMessage").replace("sns:Publish", "sns:Subscribe")
    )
    assert "sqs:ReceiveMessage" in policy_of_queue(account, queue)
    assert "sns:Subscribe" in sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]
    account.stacks.deploy(TEMPLATE.partition("  QueueLets:")[0])
    assert policy_of_queue(account, queue) == ""
    assert "sns:Subscribe" not in sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]


def test_the_policy_of_one_role_comes_changes_and_goes(account: Any) -> None:
    role = """\
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]
"""
    policy = """\
  RoleMay:
    Type: AWS::IAM::RolePolicy
    Properties:
      PolicyName: read
      RoleName: !Ref Role
      PolicyDocument: {Statement: [{Effect: Allow, Action: 's3:GetObject', Resource: '*'}]}
"""
    client, stack = account.client("iam"), account.stacks.deploy(role + policy)
    name = stack.resources["Role"].physical_id
    assert stack.resources["RoleMay"].physical_id == f"read|{name}"
    account.stacks.deploy(role + policy.replace("GetObject", "PutObject"))
    [statement] = client.get_role_policy(RoleName=name, PolicyName="read")["PolicyDocument"]["Statement"]
    assert statement["Action"] == "s3:PutObject"
    account.stacks.deploy(role + policy.replace("PolicyName: read", "PolicyName: write"))
    assert client.list_role_policies(RoleName=name)["PolicyNames"] == ["write"]
    account.stacks.deploy(role)
    assert client.list_role_policies(RoleName=name)["PolicyNames"] == []
