"""Deployments through boto3: traffic by steps, alarms, hooks, the service role, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from grader.cloud.door.request import Request
from tests.cloud.deployments.conftest import CODEDEPLOY_TRUST, REPORT, Shop


def test_all_at_once_takes_no_time(shop: Shop) -> None:
    shop.group()
    began = shop.clock.timestamp()
    deployment = shop.deploy()

    assert (shop.info(deployment)["status"], shop.weight(), shop.clock.timestamp()) == ("Succeeded", 100, began)


@pytest.mark.parametrize(
    ("configuration", "minutes", "weights"),
    [
        ("Canary10Percent5Minutes", 1, [10] * 5 + [100]),
        ("Canary10Percent15Minutes", 5, [10] * 3 + [100]),
        ("Canary10Percent30Minutes", 10, [10] * 3 + [100]),
        ("Linear10PercentEvery1Minute", 1, [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]),
        ("Linear10PercentEvery3Minutes", 3, [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]),
        ("Linear10PercentEvery10Minutes", 10, [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]),
    ],
)
def test_traffic_is_shifted_by_the_steps_of_the_configuration(
    shop: Shop, configuration: str, minutes: int, weights: list[int]
) -> None:
    shop.group(configuration)
    deployment = shop.deploy()
    seen = [shop.weight()]
    for _ in weights[1:]:
        assert shop.info(deployment)["status"] == "InProgress"
        shop.clock.advance(minutes=minutes)
        seen.append(shop.weight())

    assert [round(weight) for weight in seen] == weights
    assert shop.info(deployment)["status"] == "Succeeded"
    assert shop.lifecycle(deployment) == {
        "BeforeAllowTraffic": "Skipped", "AllowTraffic": "Succeeded", "AfterAllowTraffic": "Skipped",
    }  # fmt: skip


def test_a_configuration_of_ones_own(shop: Shop) -> None:
    shop.codedeploy.create_deployment_config(
        deploymentConfigName="halves", computePlatform="Lambda",
        trafficRoutingConfig={
            "type": "TimeBasedLinear", "timeBasedLinear": {"linearPercentage": 50, "linearInterval": 2},
        },
    )  # fmt: skip
    shop.group(deploymentConfigName="halves")
    shop.deploy()
    seen = [shop.weight()]
    shop.clock.advance(minutes=2)

    assert [*seen, shop.weight()] == [50, 100]


def test_a_tenth_of_the_requests_meets_the_new_version(shop: Shop) -> None:
    shop.group("Canary10Percent5Minutes")
    shop.deploy()

    served = shop.calls(300)

    assert 15 <= served["2"] <= 45


def test_an_alarm_stops_the_deployment_and_takes_it_back(shop: Shop) -> None:
    shop.group("Canary10Percent5Minutes", alarms=(shop.alarm(),))
    shop.failing.add("2")
    deployment = shop.deploy()
    shop.calls(100)
    shop.clock.advance(minutes=1)
    info = shop.info(deployment)
    back = shop.info(info["rollbackInfo"]["rollbackDeploymentId"])

    assert (info["status"], info["errorInformation"]["code"]) == ("Stopped", "ALARM_ACTIVE")
    assert "Activated alarms: <errors>" in info["errorInformation"]["message"]
    assert (back["status"], back["creator"]) == ("Succeeded", "codeDeployRollback")
    assert back["rollbackInfo"]["rollbackTriggeringDeploymentId"] == deployment
    assert (shop.weight(), shop.calls(50)) == (0, {"1": 50})
    shop.clock.advance(minutes=10)
    assert shop.weight() == 0


def test_an_alarm_that_is_on_already_lets_no_deployment_begin(shop: Shop) -> None:
    shop.group("Canary10Percent5Minutes", alarms=(shop.alarm(),))
    shop.failing.add("1")
    shop.calls(1)
    shop.clock.advance(minutes=1)
    deployment = shop.deploy()

    assert (shop.info(deployment)["status"], shop.weight()) == ("Stopped", 0)
    assert "rollbackInfo" not in shop.info(deployment)


def test_noise_on_latest_is_none_of_the_aliases(shop: Shop) -> None:
    shop.group("Canary10Percent5Minutes", alarms=(shop.alarm(),))
    shop.failing.add("$LATEST")
    deployment = shop.deploy()
    for _ in range(6):
        shop.account.functions.invoke("shop")
        shop.calls(5)
        shop.clock.advance(minutes=1)

    assert (shop.info(deployment)["status"], shop.weight()) == ("Succeeded", 100)


def test_without_automatic_rollback_the_weights_stay_where_they_were(shop: Shop) -> None:
    shop.group("Canary10Percent5Minutes", alarms=(shop.alarm(),), autoRollbackConfiguration={"enabled": False})
    shop.failing.add("2")
    deployment = shop.deploy()
    shop.calls(100)
    shop.clock.advance(minutes=6)

    assert (shop.info(deployment)["status"], round(shop.weight())) == ("Stopped", 10)


def test_a_hook_that_reports_success_lets_the_traffic_begin(shop: Shop) -> None:
    shop.group()
    deployment = shop.deploy(BeforeAllowTraffic=shop.hook("CodeDeployHook_before"))

    assert shop.info(deployment)["status"] == "Succeeded"
    assert set(shop.account.called("CodeDeployHook_before")[0]) == {"DeploymentId", "LifecycleEventHookExecutionId"}


@pytest.mark.parametrize(("event", "shifts"), [("BeforeAllowTraffic", 0), ("AfterAllowTraffic", 1)])
def test_a_hook_that_reports_failure_ends_it_and_nothing_stays(shop: Shop, event: str, shifts: int) -> None:
    shop.group()
    deployment = shop.deploy(**{event: shop.hook("CodeDeployHook_test", "Failed")})
    info = shop.info(deployment)

    assert (info["status"], info["errorInformation"]["code"], shop.weight()) == ("Failed", "HOOK_EXECUTION_FAILURE", 0)
    assert shop.lifecycle(deployment)[event] == "Failed"
    assert ("rollbackInfo" in info) == bool(shifts)


def test_a_hook_that_never_reports_fails_after_an_hour(shop: Shop) -> None:
    shop.group()
    deployment = shop.deploy(BeforeAllowTraffic=shop.hook("CodeDeployHook_silent", None))
    shop.clock.advance(minutes=59)
    waiting = shop.info(deployment)["status"]
    shop.clock.advance(minutes=1)

    assert (waiting, shop.info(deployment)["status"], shop.weight()) == ("InProgress", "Failed", 0)
    assert "within one hour" in shop.info(deployment)["errorInformation"]["message"]


def test_the_managed_policy_invokes_only_functions_named_codedeployhook(shop: Shop) -> None:
    shop.group()
    deployment = shop.deploy(BeforeAllowTraffic=shop.hook("before"))
    info = shop.info(deployment)

    assert (info["status"], info["errorInformation"]["code"]) == ("Failed", "IAM_ROLE_PERMISSIONS")
    assert "AWSLambda" in info["errorInformation"]["message"]
    assert shop.account.called("before") == []


def test_a_role_of_ones_own_may_invoke_others(shop: Shop) -> None:
    shop.role = shop.service_role("own", "AWSCodeDeployRoleForLambda")
    statement = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"}
    shop.account.client("iam").put_role_policy(
        RoleName="own", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    shop.group()
    deployment = shop.deploy(BeforeAllowTraffic=shop.hook("before"))

    assert shop.info(deployment)["status"] == "Succeeded"


def test_a_hook_without_the_permission_to_report_cannot(shop: Shop) -> None:
    other = {**REPORT, "Resource": "arn:aws:codedeploy:us-east-1:123456789012:deploymentgroup:other/*"}
    own = {**REPORT, "Resource": "arn:aws:codedeploy:us-east-1:123456789012:deploymentgroup:app/*"}
    shop.group()
    refused = shop.deploy(BeforeAllowTraffic=shop.hook("CodeDeployHook_other", "Succeeded", other))
    shop.clock.advance(hours=1)
    allowed = shop.deploy(BeforeAllowTraffic=shop.hook("CodeDeployHook_own", "Succeeded", own))

    assert [shop.info(one)["status"] for one in (refused, allowed)] == ["Failed", "Succeeded"]


@pytest.mark.parametrize(
    ("role", "code"),
    [
        ("none", "IAM_ROLE_MISSING"),
        ("untrusted", "IAM_ROLE_PERMISSIONS"),
        ("bare", "IAM_ROLE_PERMISSIONS"),
    ],
)
def test_a_role_that_cannot_do_it_fails_the_deployment(shop: Shop, role: str, code: str) -> None:
    trust = {
        **CODEDEPLOY_TRUST,
        "Statement": [{**CODEDEPLOY_TRUST["Statement"][0], "Principal": {"Service": "s3.amazonaws.com"}}],
    }  # type: ignore[dict-item]
    shop.role = {
        "none": lambda: "arn:aws:iam::123456789012:role/none",
        "untrusted": lambda: shop.service_role("untrusted", "AWSCodeDeployRoleForLambda", trust=trust),
        "bare": lambda: shop.service_role("bare"),
    }[role]()
    shop.group()
    info = shop.info(shop.deploy())

    assert (info["status"], info["errorInformation"]["code"], shop.weight()) == ("Failed", code, 0)


def test_a_deployment_can_be_stopped_by_hand(shop: Shop) -> None:
    shop.group("Linear10PercentEvery1Minute")
    deployment = shop.deploy()
    shop.clock.advance(minutes=3)
    shop.codedeploy.stop_deployment(deploymentId=deployment)
    shop.clock.advance(minutes=10)

    assert (shop.info(deployment)["errorInformation"]["code"], shop.weight()) == ("MANUAL_STOP", 0)
    with pytest.raises(ClientError, match="DeploymentAlreadyCompleted"):
        shop.codedeploy.stop_deployment(deploymentId=deployment)


def test_a_group_has_one_deployment_at_a_time(shop: Shop) -> None:
    shop.group("Canary10Percent5Minutes")
    shop.deploy()

    with pytest.raises(ClientError, match="already has an active Deployment"):
        shop.deploy()


def test_an_alias_that_is_elsewhere_is_not_moved(shop: Shop) -> None:
    shop.group()
    shop.lambda_.update_alias(FunctionName="shop", Name="live", FunctionVersion="2")
    info = shop.info(shop.deploy())

    assert (info["status"], info["errorInformation"]["code"]) == ("Failed", "INVALID_LAMBDA_CONFIGURATION")


def test_topics_and_rules_hear_of_it(shop: Shop) -> None:
    sns, events = shop.account.client("sns"), shop.account.client("events")
    topic = sns.create_topic(Name="ops")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ops@example.com")
    queue = shop.account.queue("notices", "events.amazonaws.com")
    events.put_rule(Name="notices", EventPattern=json.dumps({"source": ["aws.codedeploy"]}))
    events.put_targets(Rule="notices", Targets=[{"Id": "q", "Arn": queue}])
    trigger = {
        "triggerName": "all",
        "triggerTargetArn": topic,
        "triggerEvents": ["DeploymentStart", "DeploymentSuccess"],
    }
    shop.group(triggerConfigurations=[trigger])
    deployment = shop.deploy()

    assert [mail.subject.split(":")[0] for mail in shop.account.cloud.outbox] == ["CREATED", "SUCCEEDED"]
    told = [json.loads(message["Body"])["detail"] for message in shop.account.received("notices")]
    assert [(one["deploymentId"], one["state"]) for one in told] == [(deployment, "START"), (deployment, "SUCCESS")]


def test_a_report_is_taken_once_and_only_for_its_own_hook(shop: Shop) -> None:
    shop.group()
    shop.hook("CodeDeployHook_silent", None)
    deployment = shop.deploy(BeforeAllowTraffic="CodeDeployHook_silent")
    execution = shop.account.called("CodeDeployHook_silent")[0]["LifecycleEventHookExecutionId"]

    def report(**changed: Any) -> None:
        given = {"deploymentId": deployment, "lifecycleEventHookExecutionId": execution, "status": "Succeeded"}
        shop.codedeploy.put_lifecycle_event_hook_execution_status(**{**given, **changed})

    for changed, code in (
        ({"status": "InProgress"}, "InvalidLifecycleEventHookExecutionStatus"),
        ({"lifecycleEventHookExecutionId": "x"}, "InvalidLifecycleEventHookExecutionId"),
        ({"deploymentId": "d-NONE00000"}, "DeploymentDoesNotExist"),
    ):
        with pytest.raises(ClientError, match=code):
            report(**changed)
    report()
    with pytest.raises(ClientError, match="LifecycleEventAlreadyCompleted"):
        report()
    shop.account.cloud.run_until_idle()
    assert shop.info(deployment)["status"] == "Succeeded"


def test_deployments_are_listed_newest_first_and_the_group_remembers_its_last(shop: Shop) -> None:
    shop.group()
    first = shop.deploy()
    second = shop.deploy()  # the alias is on version 2 by now
    group = shop.codedeploy.get_deployment_group(applicationName="app", deploymentGroupName="group")
    told = group["deploymentGroupInfo"]

    listed = shop.codedeploy.list_deployments(applicationName="app", deploymentGroupName="group")["deployments"]
    failed = shop.codedeploy.list_deployments(includeOnlyStatuses=["Failed"])["deployments"]

    assert (listed, failed) == ([second, first], [second])
    assert told["lastSuccessfulDeployment"]["deploymentId"] == first
    assert told["lastAttemptedDeployment"]["deploymentId"] == second


@pytest.mark.parametrize(
    ("operation", "given", "why"),
    [
        ("create_application", {"applicationName": "app", "computePlatform": "Server"}, "NotSupported"),
        ("get_application", {"applicationName": "none"}, "ApplicationDoesNotExist"),
        ("get_deployment_config", {"deploymentConfigName": "none"}, "DeploymentConfigDoesNotExist"),
        ("delete_deployment_config", {"deploymentConfigName": "CodeDeployDefault.LambdaAllAtOnce"}, "InvalidOperation"),
        ("get_deployment", {"deploymentId": "d-NONE00000"}, "DeploymentDoesNotExist"),
        ("list_on_premises_instances", {}, "NotSupported"),
    ],
)
def test_what_cannot_be_is_refused(shop: Shop, operation: str, given: dict[str, Any], why: str) -> None:
    with pytest.raises(ClientError, match=why):
        getattr(shop.codedeploy, operation)(**given)


def test_the_configurations_of_aws_are_those_that_sam_knows(shop: Shop) -> None:
    from samtranslator.model.preferences.deployment_preference_collection import (
        CODEDEPLOY_PREDEFINED_CONFIGURATIONS_LIST,
    )

    names = shop.codedeploy.list_deployment_configs()["deploymentConfigsList"]

    assert names == sorted(f"CodeDeployDefault.Lambda{name}" for name in CODEDEPLOY_PREDEFINED_CONFIGURATIONS_LIST)


@pytest.mark.parametrize(
    ("operation", "body", "why"),
    [
        ("CreateApplication", b"{}", "applicationName"),
        ("CreateDeploymentGroup", b'{"applicationName": 7}', "deploymentGroupName"),
        ("GetDeployment", b'{"deploymentId": ["d"]}', "deploymentId"),
    ],
)
def test_a_client_that_does_not_look_first_is_told_what_is_missing(
    shop: Shop, operation: str, body: bytes, why: str
) -> None:
    headers = (("X-Amz-Target", f"CodeDeploy_20141006.{operation}"), ("Content-Type", "application/x-amz-json-1.1"))
    request = Request("POST", "https", "codedeploy.us-east-1.amazonaws.com", "/", "", headers, body)
    answer = shop.account.cloud.door.handle(request, trusted=True)

    assert (answer.status, json.loads(answer.body)["__type"]) == (400, "ValidationException")
    assert why in answer.body.decode()
