"""Safe deployments of SAM templates: what publishes, how a stack waits, what is rolled back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from grader.cloud import Cloud, DeployError

HEAD = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Shop:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: src/
      AutoPublishAlias: live
"""
CANARY = """
      DeploymentPreference:
        Type: Canary10Percent10Minutes
        Alarms: [!Ref Errors]
  Errors:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/Lambda
      MetricName: Errors
      Dimensions:
        - {Name: FunctionName, Value: !Ref Shop}
        - {Name: Resource, Value: !Sub "${Shop}:live"}
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 0
      ComparisonOperator: GreaterThanThreshold
      TreatMissingData: notBreaching
"""
GOOD = "def handler(event, context):\n    return {answer!r}\n"
BAD = "def handler(event, context):\n    raise ValueError('a bad release')\n"


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud() as made:
        yield made


class Project:
    """A SAM project in a folder, released again and again."""

    def __init__(self, folder: Path, cloud: Cloud) -> None:
        self.folder, self.cloud = folder, cloud
        (folder / "src").mkdir()

    def release(self, code: str, template: str = HEAD, **options: Any) -> Any:
        (self.folder / "template.yaml").write_text(template)
        (self.folder / "src" / "app.py").write_text(code)
        return self.cloud.deploy(self.folder / "template.yaml", name="shop", **options)

    @property
    def name(self) -> str:
        return str(self.cloud.stacks.get("shop").resources["Shop"].physical_id)

    def versions(self) -> list[str]:
        pages = boto3.client("lambda").get_paginator("list_versions_by_function").paginate(FunctionName=self.name)
        return [one["Version"] for page in pages for one in page["Versions"]]

    def alias(self) -> tuple[str, dict[str, float]]:
        told = boto3.client("lambda").get_alias(FunctionName=self.name, Name="live")
        return told["FunctionVersion"], told.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})

    def calls(self, number: int) -> list[str | None]:
        done = [self.cloud.invoke("Shop", qualifier="live") for _ in range(number)]
        return [one.version for one in done]  # type: ignore[union-attr]


@pytest.fixture
def project(tmp_path: Path, cloud: Cloud) -> Project:
    return Project(tmp_path, cloud)


def test_a_release_publishes_when_code_changes_and_not_otherwise(project: Project) -> None:
    project.release(GOOD.format(answer=1))
    first = project.alias()
    project.release(GOOD.format(answer=1))
    project.release(GOOD.format(answer=2))

    assert (first, project.alias(), project.versions()) == (("1", {}), ("2", {}), ["$LATEST", "1", "2"])


@pytest.mark.parametrize(
    ("added", "alias"),
    [
        ("      Timeout: 7\n", "1"),
        ("      Description: another\n", "1"),
        ("      MemorySize: 256\n", "2"),
        ("      Environment: {Variables: {MODE: b}}\n", "2"),
        ("      Timeout: 7\n      AutoPublishAliasAllProperties: true\n", "2"),
    ],
)
def test_sam_publishes_for_code_environment_and_memory_and_for_all_when_asked(
    project: Project, added: str, alias: str
) -> None:
    project.release(GOOD.format(answer=1))
    project.release(GOOD.format(answer=1), HEAD + added)

    assert project.alias()[0] == alias


def test_old_versions_stay_unless_the_template_says_otherwise(project: Project) -> None:
    for answer in (1, 2):
        project.release(GOOD.format(answer=answer))
    kept = project.versions()
    template = HEAD + "      VersionDeletionPolicy: Delete\n"
    for answer in (3, 4):
        project.release(GOOD.format(answer=answer), template)

    assert (kept, project.versions()) == (["$LATEST", "1", "2"], ["$LATEST", "1", "2", "4"])


def test_the_first_deployment_shifts_nothing(project: Project) -> None:
    project.release(GOOD.format(answer=1), HEAD + CANARY)

    assert project.alias() == ("1", {})
    assert boto3.client("codedeploy").list_deployments()["deployments"] == []


def test_a_good_release_takes_its_ten_minutes(project: Project, cloud: Cloud) -> None:
    project.release(GOOD.format(answer=1), HEAD + CANARY)
    began = cloud.clock.timestamp()
    stack = project.release(GOOD.format(answer=2), HEAD + CANARY)

    assert (stack.status, cloud.clock.timestamp() - began) == ("UPDATE_COMPLETE", 600)
    assert project.alias() == ("2", {})


def test_without_waiting_the_stack_goes_on_with_the_clock(project: Project, cloud: Cloud) -> None:
    project.release(GOOD.format(answer=1), HEAD + CANARY)
    stack = project.release(GOOD.format(answer=2), HEAD + CANARY, wait=False)
    seen = [(stack.status, stack.in_progress, project.alias())]
    with pytest.raises(DeployError, match="UPDATE_IN_PROGRESS state and can not be updated"):
        project.release(GOOD.format(answer=3), HEAD + CANARY)
    cloud.clock.advance(minutes=9)
    seen.append((stack.status, stack.in_progress, project.alias()))
    cloud.clock.advance(minutes=1)
    seen.append((stack.status, stack.in_progress, project.alias()))

    assert seen == [
        ("UPDATE_IN_PROGRESS", True, ("1", {"2": 0.1})),
        ("UPDATE_IN_PROGRESS", True, ("1", {"2": 0.1})),
        ("UPDATE_COMPLETE", False, ("2", {})),
    ]


def test_two_functions_of_a_stack_are_released_one_after_the_other(project: Project, cloud: Cloud) -> None:
    preference = "      DeploymentPreference: {Type: Canary10Percent10Minutes}\n"
    second = HEAD.partition("Resources:\n")[2].replace("Shop:", "Other:") + preference
    project.release(GOOD.format(answer=1), HEAD + preference + second)
    began = cloud.clock.timestamp()
    project.release(GOOD.format(answer=2), HEAD + preference + second)

    assert cloud.clock.timestamp() - began == 1200


def test_a_bad_release_is_taken_back_with_its_stack(project: Project, cloud: Cloud) -> None:
    project.release(GOOD.format(answer=1), HEAD + CANARY)
    stack = project.release(BAD, HEAD + CANARY, wait=False)
    project.calls(60)
    cloud.clock.advance(minutes=1)

    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert (project.alias(), set(project.calls(20))) == (("1", {}), {"1"})
    assert stack.failure is not None
    assert "Activated alarms" in str(stack.failure)
    assert cloud.invoke("Shop").payload == 1  # $LATEST went back too
    assert project.versions() == ["$LATEST", "1", "2"]  # the version itself is retained


def test_waiting_for_a_bad_release_raises_what_stopped_it(project: Project, cloud: Cloud) -> None:
    project.release(GOOD.format(answer=1), HEAD + CANARY)
    cloud.clock.at(cloud.clock.timestamp() + 90, lambda: project.calls(60) and None)

    with pytest.raises(DeployError, match="Activated alarms"):
        project.release(BAD, HEAD + CANARY)


def test_after_a_rollback_the_same_code_cannot_be_published_again(project: Project, cloud: Cloud) -> None:
    project.release(GOOD.format(answer=1), HEAD + CANARY)
    project.release(BAD, HEAD + CANARY, wait=False)
    project.calls(60)
    cloud.clock.advance(minutes=1)

    with pytest.raises(DeployError, match=r"A version for this Lambda function exists \( 2 \)"):
        project.release(BAD, HEAD + CANARY)
    cloud.clock.advance(minutes=5)  # the alarm must be over before a release can begin
    assert project.release(GOOD.format(answer=3), HEAD + CANARY).status == "UPDATE_COMPLETE"
    assert project.alias() == ("3", {})


def test_a_bad_release_after_a_good_one_is_taken_back_to_the_good_one(project: Project, cloud: Cloud) -> None:
    project.release(GOOD.format(answer=1), HEAD + CANARY)
    project.release(GOOD.format(answer=2), HEAD + CANARY)
    stack = project.release(BAD, HEAD + CANARY, wait=False)
    project.calls(60)
    cloud.clock.advance(minutes=1)

    assert (stack.status, project.alias()) == ("UPDATE_ROLLBACK_COMPLETE", ("2", {}))


HOOK = """
        Hooks: {PreTraffic: !Ref Test}
  Test:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: CodeDeployHook_test
      Runtime: python3.13
      Handler: hook.handler
      CodeUri: src/
      Environment: {Variables: {NEW_VERSION: !Ref Shop.Version}}
      Policies:
        - Version: "2012-10-17"
          Statement:
            - {Effect: Allow, Action: codedeploy:PutLifecycleEventHookExecutionStatus, Resource: "*"}
            - {Effect: Allow, Action: lambda:InvokeFunction, Resource: !Ref Shop.Version}
"""
TEST = """
import boto3, json, os

def handler(event, context):
    answer = boto3.client("lambda").invoke(FunctionName=os.environ["NEW_VERSION"])
    good = "FunctionError" not in answer
    boto3.client("codedeploy").put_lifecycle_event_hook_execution_status(
        deploymentId=event["DeploymentId"],
        lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
        status="Succeeded" if good else "Failed",
    )
"""


def test_a_hook_tests_the_new_version_before_any_traffic(project: Project, cloud: Cloud) -> None:
    template = HEAD + "\n      DeploymentPreference:\n        Type: AllAtOnce" + HOOK
    (project.folder / "src" / "hook.py").write_text(TEST)
    project.release(GOOD.format(answer=1), template)
    project.release(GOOD.format(answer=2), template)
    good = project.alias()

    with pytest.raises(DeployError, match="reported the status Failed"):
        project.release(BAD, template)

    assert (good, project.alias()) == (("2", {}), ("2", {}))


def test_the_api_of_cloudformation_comes_back_while_traffic_is_shifted(project: Project, cloud: Cloud) -> None:
    cloudformation = boto3.client("cloudformation")
    project.release(GOOD.format(answer=1), HEAD + CANARY)
    (project.folder / "src" / "app.py").write_text(GOOD.format(answer=2))
    from grader.cloud.stacks.packaging import package
    from grader.cloud.stacks.templates.template import load

    packaged = package(load(project.folder / "template.yaml"), cloud.stacks.artifacts)
    cloudformation.update_stack(
        StackName="shop", TemplateBody=json.dumps(packaged.body),
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )  # fmt: skip
    cloud.run_until_idle()

    def status() -> str:
        return str(cloudformation.describe_stacks(StackName="shop")["Stacks"][0]["StackStatus"])

    during, weights = status(), project.alias()
    cloud.clock.advance(minutes=10)
    assert (during, weights, status()) == ("UPDATE_IN_PROGRESS", ("1", {"2": 0.1}), "UPDATE_COMPLETE")


def test_a_closed_cloud_leaves_no_operation_behind(tmp_path: Path) -> None:
    import threading

    cloud = Cloud()
    project = Project(tmp_path, cloud)
    project.release(GOOD.format(answer=1), HEAD + CANARY)
    project.release(GOOD.format(answer=2), HEAD + CANARY, wait=False)
    cloud.close()

    assert [thread.name for thread in threading.enumerate() if thread.name == "stack operation"] == []
