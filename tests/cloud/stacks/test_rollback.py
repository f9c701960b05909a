"""Operations left as they failed, rollbacks that get stuck, alarms that take an operation back."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from grader.cloud.stacks import Stack
from grader.cloud.stacks.errors import ResourceFailure
from grader.cloud.stacks.providers.sqs import QueueProvider

GOOD = "Resources:\n  A: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 1}}\n"
BAD = """\
Resources:
  A: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 2}}
  New: {Type: AWS::S3::Bucket, DependsOn: A}
  Bad: {Type: AWS::SQS::Queue, DependsOn: New, Properties: {QueueName: taken}}
"""


@pytest.fixture
def cloudformation(account: Any) -> Any:
    account.client("sqs").create_queue(QueueName="taken")
    return account.client("cloudformation")


def stuck(provider: Any, making: Any, current: Any) -> Any:
    raise ResourceFailure("the queue is out for lunch")


def statuses(stack: Stack) -> dict[str, str]:
    return {name: resource.status for name, resource in stack.resources.items()}


def delay(account: Any, stack: Stack) -> str:
    answer = account.client("sqs").get_queue_attributes(
        QueueUrl=stack.resources["A"].physical_id, AttributeNames=["DelaySeconds"]
    )
    value: str = answer["Attributes"]["DelaySeconds"]
    return value


def test_a_creation_may_be_left_as_it_failed_and_taken_back_later(account: Any, cloudformation: Any) -> None:
    cloudformation.create_stack(StackName="app", TemplateBody=BAD, DisableRollback=True)
    stack = account.stacks.get("app")
    assert stack.status == "CREATE_FAILED"
    assert statuses(stack) == {"A": "CREATE_COMPLETE", "New": "CREATE_COMPLETE", "Bad": "CREATE_FAILED"}
    assert cloudformation.rollback_stack(StackName="app")["StackId"] == stack.id
    assert (stack.status, stack.resources) == ("ROLLBACK_COMPLETE", {})


def test_a_creation_that_was_left_can_be_mended(account: Any, cloudformation: Any) -> None:
    cloudformation.create_stack(StackName="app", TemplateBody=BAD, OnFailure="DO_NOTHING")
    cloudformation.update_stack(StackName="app", TemplateBody=BAD.replace("taken", "free"))
    stack = account.stacks.get("app")
    assert (stack.status, stack.resources["Bad"].physical_id.rsplit("/")[-1]) == ("UPDATE_COMPLETE", "free")


def test_a_creation_may_be_deleted_on_failure(account: Any, cloudformation: Any) -> None:
    identifier = cloudformation.create_stack(StackName="app", TemplateBody=BAD, OnFailure="DELETE")["StackId"]
    assert account.stacks.find("app") is None
    assert account.stacks.get(identifier).status == "DELETE_COMPLETE"


def test_an_update_may_be_left_as_it_failed_and_taken_back_later(account: Any, cloudformation: Any) -> None:
    stack = account.stacks.deploy(GOOD)
    cloudformation.update_stack(StackName="app", TemplateBody=BAD, DisableRollback=True)
    assert stack.status == "UPDATE_FAILED"
    assert statuses(stack) == {"A": "UPDATE_COMPLETE", "New": "CREATE_COMPLETE", "Bad": "CREATE_FAILED"}
    cloudformation.rollback_stack(StackName="app")
    assert (stack.status, list(stack.resources), delay(account, stack)) == ("UPDATE_ROLLBACK_COMPLETE", ["A"], "1")
    assert account.client("s3").list_buckets()["Buckets"] == []


def test_an_update_that_was_left_can_be_mended_or_go_back_all_the_way(account: Any, cloudformation: Any) -> None:
    stack = account.stacks.deploy(GOOD)
    cloudformation.update_stack(StackName="app", TemplateBody=BAD, DisableRollback=True)
    again = BAD.replace("DelaySeconds: 2", "DelaySeconds: 3")
    cloudformation.update_stack(StackName="app", TemplateBody=again)
    assert (stack.status, delay(account, stack)) == ("UPDATE_ROLLBACK_COMPLETE", "1")
    cloudformation.update_stack(StackName="app", TemplateBody=again.replace("taken", "free"))
    assert (stack.status, delay(account, stack)) == ("UPDATE_COMPLETE", "3")


def test_a_rollback_that_got_stuck_goes_on_or_skips(
    account: Any, cloudformation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = account.stacks.deploy(GOOD)

    with monkeypatch.context() as patched:
        patched.setattr(QueueProvider, "revert", stuck)
        cloudformation.update_stack(StackName="app", TemplateBody=BAD)
        assert (stack.status, stack.reason) == (
            "UPDATE_ROLLBACK_FAILED",
            "The following resource(s) failed to update: [A].",
        )
        with pytest.raises(ClientError, match="can not be updated"):
            cloudformation.update_stack(StackName="app", TemplateBody=GOOD)
        cloudformation.continue_update_rollback(StackName="app")
        assert stack.status == "UPDATE_ROLLBACK_FAILED"
    cloudformation.continue_update_rollback(StackName="app")
    assert (stack.status, delay(account, stack)) == ("UPDATE_ROLLBACK_COMPLETE", "1")
    with pytest.raises(ClientError, match="can not be rolled back further"):
        cloudformation.continue_update_rollback(StackName="app")


def test_a_resource_may_be_skipped_by_a_rollback(
    account: Any, cloudformation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = account.stacks.deploy(GOOD)
    monkeypatch.setattr(QueueProvider, "revert", stuck)
    cloudformation.update_stack(StackName="app", TemplateBody=BAD)
    cloudformation.continue_update_rollback(StackName="app", ResourcesToSkip=["A"])
    assert (stack.status, delay(account, stack)) == ("UPDATE_ROLLBACK_COMPLETE", "2")


def test_what_is_to_be_kept_goes_when_its_creation_is_taken_back_and_stays_otherwise(
    account: Any, cloudformation: Any
) -> None:
    kept = BAD.replace("New: {Type: AWS::S3::Bucket,", "New: {Type: AWS::S3::Bucket, DeletionPolicy: %s,")
    cloudformation.create_stack(StackName="one", TemplateBody=kept % "RetainExceptOnCreate")
    assert account.client("s3").list_buckets()["Buckets"] == []
    cloudformation.create_stack(StackName="two", TemplateBody=kept % "Retain", RetainExceptOnCreate=True)
    assert account.client("s3").list_buckets()["Buckets"] == []
    cloudformation.create_stack(StackName="three", TemplateBody=kept % "Retain")
    assert len(account.client("s3").list_buckets()["Buckets"]) == 1
    good = (kept % "RetainExceptOnCreate").replace("taken", "free")
    cloudformation.create_stack(StackName="four", TemplateBody=good)
    cloudformation.delete_stack(StackName="four")
    assert len(account.client("s3").list_buckets()["Buckets"]) == 2


def test_an_alarm_takes_an_update_back(account: Any, cloudformation: Any) -> None:
    cloudwatch = account.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="errors", MetricName="Errors", Namespace="App", Period=60, EvaluationPeriods=1, Threshold=1,
        ComparisonOperator="GreaterThanThreshold", Statistic="Sum",
    )  # fmt: skip
    arn = cloudwatch.describe_alarms()["MetricAlarms"][0]["AlarmArn"]
    stack = account.stacks.deploy(GOOD)
    watched = {"RollbackTriggers": [{"Arn": arn, "Type": "AWS::CloudWatch::Alarm"}], "MonitoringTimeInMinutes": 5}
    begun = account.clock.timestamp()
    state = {"AlarmName": "errors", "StateReason": "x"}
    account.clock.after(200, lambda: cloudwatch.set_alarm_state(StateValue="ALARM", **state))
    update = GOOD.replace("1", "2")
    cloudformation.update_stack(StackName="app", TemplateBody=update, RollbackConfiguration=watched)
    assert stack.status == "UPDATE_IN_PROGRESS"
    account.clock.advance(minutes=4)
    assert (stack.status, delay(account, stack)) == ("UPDATE_ROLLBACK_COMPLETE", "1")
    assert stack.failure.reason == f"The rollback trigger {arn} is in the state ALARM."
    assert account.clock.timestamp() - begun == 240
    [described] = cloudformation.describe_stacks(StackName="app")["Stacks"]
    assert described["RollbackConfiguration"] == watched
    cloudwatch.set_alarm_state(StateValue="OK", **state)
    cloudformation.update_stack(StackName="app", TemplateBody=update)
    account.clock.advance(minutes=5)
    assert stack.status == "UPDATE_COMPLETE"


def test_express_mode_leaves_what_failed_unless_asked(account: Any, cloudformation: Any) -> None:
    cloudformation.create_stack(StackName="fast", TemplateBody=BAD, DeploymentConfig={"Mode": "EXPRESS"})
    assert account.stacks.get("fast").status == "CREATE_FAILED"
    config = {"Mode": "EXPRESS", "DisableRollback": False}
    cloudformation.create_stack(StackName="back", TemplateBody=BAD, DeploymentConfig=config)
    assert account.stacks.get("back").status == "ROLLBACK_COMPLETE"
    [described] = cloudformation.describe_stacks(StackName="fast")["Stacks"]
    assert described["DeploymentConfig"] == {"Mode": "EXPRESS"}


def test_retaining_is_for_a_deletion_that_failed(account: Any, cloudformation: Any) -> None:
    stack = account.stacks.deploy("Resources:\n  B: {Type: AWS::S3::Bucket}\n")
    account.client("s3").put_object(Bucket=stack.resources["B"].physical_id, Key="k", Body=b"")
    with pytest.raises(ClientError, match="that is in the DELETE_FAILED state"):
        cloudformation.delete_stack(StackName="app", RetainResources=["B"])
    cloudformation.delete_stack(StackName="app")
    with pytest.raises(ClientError, match="The resource Nope does not exist"):
        cloudformation.delete_stack(StackName="app", RetainResources=["Nope"])
    cloudformation.delete_stack(StackName="app", RetainResources=["B"])
    assert stack.status == "DELETE_COMPLETE"
