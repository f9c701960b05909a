"""Stacks in stacks: made, updated, taken back and deleted together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from grader.cloud.stacks import DeployError, Stack

INNER = """\
Parameters:
  Delay: {Type: Number, Default: 0}
  Names: {Type: CommaDelimitedList, Default: ''}
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: !Ref Delay}}
Outputs:
  Url: {Value: !Ref Queue}
  Names: {Value: !Join ['-', !Ref Names]}
"""
OUTER = """\
Parameters:
  Delay: {Type: Number, Default: 3}
Resources:
  Inner:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: inner.yaml
      Parameters: {Delay: !Ref Delay, Names: [a, b]}
  Bucket: {Type: AWS::S3::Bucket, DependsOn: Inner}
Outputs:
  Url: {Value: !GetAtt Inner.Outputs.Url}
  Names: {Value: !GetAtt Inner.Outputs.Names}
  Stack: {Value: !Ref Inner}
"""


def project(folder: Path, outer: str = OUTER, inner: str = INNER) -> Path:
    (folder / "inner.yaml").write_text(inner)
    (folder / "template.yaml").write_text(outer)
    return folder / "template.yaml"


def history(stack: Stack, start: int = 0) -> list[tuple[str, str]]:
    return [(event.logical_id, event.status) for event in stack.events[start:]]


def inner_of(account: Any) -> Stack:
    found: Stack = account.stacks.get(account.stacks.get("app").resources["Inner"].physical_id)
    return found


def delay(account: Any) -> str:
    url = inner_of(account).resources["Queue"].physical_id
    answer = account.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])
    value: str = answer["Attributes"]["DelaySeconds"]
    return value


def test_a_nested_stack_is_made_with_its_parameters_and_gives_its_outputs(account: Any, tmp_path: Path) -> None:
    stack = account.stacks.deploy(project(tmp_path), tags={"team": "blue"})
    inner = inner_of(account)
    assert stack.outputs == {"Url": inner.resources["Queue"].physical_id, "Names": "a-b", "Stack": inner.id}
    assert inner.name.startswith("app-Inner-")
    assert (inner.parent_id, inner.root_id, inner.tags) == (stack.id, stack.id, {"team": "blue"})
    assert inner.parameters == {"Delay": "3", "Names": "a,b"}
    assert delay(account) == "3"
    assert history(inner)[-1] == (inner.name, "CREATE_COMPLETE")


def test_the_api_shows_who_is_nested_in_whom(account: Any, tmp_path: Path) -> None:
    stack = account.stacks.deploy(project(tmp_path))
    [described] = account.client("cloudformation").describe_stacks(StackName=inner_of(account).name)["Stacks"]
    assert (described["ParentId"], described["RootId"]) == (stack.id, stack.id)
    [outer] = account.client("cloudformation").describe_stacks(StackName="app")["Stacks"]
    assert "ParentId" not in outer


def test_a_nested_stack_has_a_time_limit_of_its_own(account: Any, tmp_path: Path) -> None:
    limited = OUTER.replace(
        "      TemplateURL: inner.yaml\n", "      TemplateURL: inner.yaml\n      TimeoutInMinutes: 5\n"
    )
    account.stacks.deploy(project(tmp_path, limited))
    client = account.client("cloudformation")
    [inner] = client.describe_stacks(StackName=inner_of(account).name)["Stacks"]
    [outer] = client.describe_stacks(StackName="app")["Stacks"]
    assert (inner["TimeoutInMinutes"], "TimeoutInMinutes" in outer) == (5, False)


def test_an_update_reaches_the_nested_stack_and_cleans_up_at_the_end(account: Any, tmp_path: Path) -> None:
    stack = account.stacks.deploy(project(tmp_path))
    inner, begun, begun_inner = inner_of(account), len(stack.events), len(inner_of(account).events)
    account.stacks.deploy(project(tmp_path), parameters={"Delay": 5})
    assert delay(account) == "5"
    assert history(stack, begun) == [
        ("app", "UPDATE_IN_PROGRESS"),
        ("Inner", "UPDATE_IN_PROGRESS"),
        ("Inner", "UPDATE_COMPLETE"),
        ("app", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("app", "UPDATE_COMPLETE"),
    ]
    assert [status for name, status in history(inner, begun_inner) if name == inner.name] == [
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_COMPLETE",
    ]
    assert inner.under_way is None


def test_a_changed_inner_template_is_an_update_of_the_outer_stack(account: Any, tmp_path: Path) -> None:
    account.stacks.deploy(project(tmp_path))
    stack = account.stacks.deploy(project(tmp_path, inner=INNER.replace("!Ref Delay}", "7}")))
    assert (stack.status, delay(account)) == ("UPDATE_COMPLETE", "7")


def test_a_failure_around_it_takes_the_nested_stack_back(account: Any, tmp_path: Path) -> None:
    account.client("sqs").create_queue(QueueName="taken")
    account.stacks.deploy(project(tmp_path))
    url = inner_of(account).resources["Queue"].physical_id
    bad = OUTER.replace("Outputs:", "  Bad: {Type: AWS::SQS::Queue, DependsOn: Inner, Properties: {QueueName: taken}}\n"
                        "Outputs:")  # fmt: skip
    replacing = INNER.replace("DelaySeconds: !Ref Delay", "QueueName: new, DelaySeconds: !Ref Delay")
    with pytest.raises(DeployError, match="taken already exists"):
        account.stacks.deploy(project(tmp_path, bad, replacing), parameters={"Delay": 5})
    inner = inner_of(account)
    assert inner.resources["Queue"].physical_id == url  # it was not deleted: a nested stack cleans up last
    assert (inner.status, delay(account)) == ("UPDATE_ROLLBACK_COMPLETE", "3")
    assert inner.outputs["Url"] == url
    names = [address.rsplit("/")[-1] for address in account.client("sqs").list_queues()["QueueUrls"]]
    assert "new" not in names
    assert account.stacks.deploy(project(tmp_path), parameters={"Delay": 6}).status == "UPDATE_COMPLETE"


def test_a_failing_nested_stack_fails_its_parent_and_is_named_from_inside(account: Any, tmp_path: Path) -> None:
    account.client("sqs").create_queue(QueueName="taken")
    bad = INNER.replace("DelaySeconds: !Ref Delay", "QueueName: taken")
    with pytest.raises(DeployError) as caught:
        account.stacks.deploy(project(tmp_path, inner=bad))
    assert (caught.value.logical_id, caught.value.reason, caught.value.line) == ("Queue", "taken already exists", 5)
    assert caught.value.where == "inner.yaml line 5, Queue (nested as Inner)"
    stack = account.stacks.get("app")
    [reason] = [event.reason for event in stack.events if event.status == "CREATE_FAILED"]
    assert reason.startswith("Embedded stack arn:aws:cloudformation:us-east-1:123456789012:stack/app-Inner-")
    assert reason.endswith(" was not successfully created: The following resource(s) failed to create: [Queue].")
    assert history(stack)[-4:] == [
        ("app", "ROLLBACK_IN_PROGRESS"),
        ("Inner", "DELETE_IN_PROGRESS"),
        ("Inner", "DELETE_COMPLETE"),
        ("app", "ROLLBACK_COMPLETE"),
    ]
    assert [one.name for one in account.stacks] == ["app"]


def test_a_failing_update_of_a_nested_stack_is_told_as_aws_tells_it(account: Any, tmp_path: Path) -> None:
    account.client("sqs").create_queue(QueueName="taken")
    account.stacks.deploy(project(tmp_path))
    bad = INNER.replace("DelaySeconds: !Ref Delay", "QueueName: taken")
    with pytest.raises(DeployError, match="taken already exists"):
        account.stacks.deploy(project(tmp_path, inner=bad))
    stack = account.stacks.get("app")
    [reason] = [event.reason for event in stack.events if event.status == "UPDATE_FAILED"]
    assert "was not successfully updated. Currently in UPDATE_ROLLBACK_IN_PROGRESS with reason: The following" in reason
    assert (stack.status, inner_of(account).status) == ("UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
    assert delay(account) == "3"


def test_deleting_the_outer_stack_deletes_the_nested_one(account: Any, tmp_path: Path) -> None:
    stack = account.stacks.deploy(project(tmp_path))
    inner = inner_of(account)
    stack.delete()
    assert (inner.status, list(account.stacks)) == ("DELETE_COMPLETE", [])


def test_a_nested_stack_that_cannot_be_deleted_keeps_its_parent(account: Any, tmp_path: Path) -> None:
    bucket = "Resources:\n  B: {Type: AWS::S3::Bucket}\nOutputs: {Url: {Value: !Ref B}, Names: {Value: x}}\n"
    outer = OUTER.replace("      Parameters: {Delay: !Ref Delay, Names: [a, b]}\n", "")
    stack = account.stacks.deploy(project(tmp_path, outer, bucket))
    account.client("s3").put_object(Bucket=stack.outputs["Url"], Key="k", Body=b"x")
    with pytest.raises(DeployError, match="The bucket you tried to delete is not empty"):
        stack.delete()
    [reason] = [
        event.reason for event in stack.events if event.status == "DELETE_FAILED" and event.logical_id == "Inner"
    ]
    assert reason.endswith("was not successfully deleted: The following resource(s) failed to delete: [B].")


def test_a_resource_that_was_replaced_in_a_nested_stack_goes_at_the_end(account: Any, tmp_path: Path) -> None:
    account.stacks.deploy(project(tmp_path))
    url = inner_of(account).resources["Queue"].physical_id
    account.stacks.deploy(project(tmp_path, inner=INNER.replace("DelaySeconds", "QueueName: new, DelaySeconds")))
    addresses = account.client("sqs").list_queues()["QueueUrls"]
    assert url not in addresses and any(address.endswith("/new") for address in addresses)


def test_an_output_that_the_nested_stack_has_not_is_named(account: Any, tmp_path: Path) -> None:
    with pytest.raises(DeployError) as caught:
        account.stacks.deploy(project(tmp_path, OUTER.replace("Inner.Outputs.Url", "Inner.Outputs.Nope")))
    assert str(caught.value.reason).startswith("Output 'Nope' not found in stack 'arn:aws:cloudformation:")


def test_templates_of_nested_stacks_come_from_s3(account: Any) -> None:
    s3 = account.client("s3")
    s3.create_bucket(Bucket="templates")
    s3.put_object(Bucket="templates", Key="a/inner.yaml", Body=INNER.encode())
    url = "https://templates.s3.us-east-1.amazonaws.com/a/inner.yaml"
    account.stacks.deploy(OUTER.replace("inner.yaml", url))
    assert delay(account) == "3"
    with pytest.raises(DeployError, match="S3 error: The specified key does not exist"):
        account.stacks.deploy(OUTER.replace("inner.yaml", url + "x"), name="other")


def test_a_nested_transform_or_role_needs_the_outer_stacks_capabilities(account: Any, tmp_path: Path) -> None:
    sam = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Table: {Type: AWS::Serverless::SimpleTable}
Outputs: {Url: {Value: !Ref Table}, Names: {Value: x}}
"""
    outer = OUTER.replace("      Parameters: {Delay: !Ref Delay, Names: [a, b]}\n", "")
    with pytest.raises(DeployError, match=r"Requires capabilities : \[CAPABILITY_AUTO_EXPAND\]"):
        account.stacks.deploy(project(tmp_path, outer, sam), capabilities=["CAPABILITY_IAM"])
    account.stacks.delete("app")
    assert account.stacks.deploy(project(tmp_path, outer, sam), capabilities=["CAPABILITY_AUTO_EXPAND"])


def test_a_change_set_can_look_into_nested_stacks(account: Any, tmp_path: Path) -> None:
    client = account.client("cloudformation")
    stack = account.stacks.deploy(project(tmp_path))
    text = OUTER.replace("inner.yaml", stack.resources["Inner"].properties["TemplateURL"])
    made = client.create_change_set(
        StackName="app", ChangeSetName="look", TemplateBody=text, IncludeNestedStacks=True,
        Parameters=[{"ParameterKey": "Delay", "ParameterValue": "9"}],
    )  # fmt: skip
    [change] = client.describe_change_set(ChangeSetName=made["Id"])["Changes"]
    assert change["ResourceChange"]["LogicalResourceId"] == "Inner"
    inner = client.describe_change_set(ChangeSetName=change["ResourceChange"]["ChangeSetId"])
    assert [
        (one["ResourceChange"]["LogicalResourceId"], one["ResourceChange"]["Action"]) for one in inner["Changes"]
    ] == [("Queue", "Modify")]
    assert (inner["RootChangeSetId"], inner["ParentChangeSetId"]) == (made["Id"], made["Id"])
    with pytest.raises(ClientError, match="is nested: execute its root change set"):
        client.execute_change_set(ChangeSetName=inner["ChangeSetId"])
    client.execute_change_set(ChangeSetName=made["Id"])
    assert delay(account) == "9"


def test_protection_is_the_root_stacks(account: Any, tmp_path: Path) -> None:
    account.stacks.deploy(project(tmp_path))
    with pytest.raises(ClientError, match="Termination protection of a nested stack is that of its root stack"):
        account.client("cloudformation").update_termination_protection(
            StackName=inner_of(account).name, EnableTerminationProtection=True
        )
