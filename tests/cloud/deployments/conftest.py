"""A function with two published versions behind an alias, and a deployment group for it."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from tests.cloud.conftest import Account

CODEDEPLOY_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "codedeploy.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
REPORT = {"Effect": "Allow", "Action": "codedeploy:PutLifecycleEventHookExecutionStatus", "Resource": "*"}


class Shop:
    """The function ``shop`` with its alias ``live`` on version 1; version 2 waits for its traffic."""

    def __init__(self, account: Account) -> None:
        self.account, self.clock = account, account.clock
        self.failing: set[str] = set()
        self.codedeploy = account.client("codedeploy")
        self.lambda_ = account.client("lambda")
        account.function("shop", self._answer)
        self.lambda_.publish_version(FunctionName="shop")
        self.lambda_.update_function_code(FunctionName="shop", ZipFile=account.package("two"))
        self.lambda_.publish_version(FunctionName="shop")
        self.lambda_.create_alias(FunctionName="shop", Name="live", FunctionVersion="1")
        self.role = self.service_role("deployer", "AWSCodeDeployRoleForLambda")

    def _answer(self, event: Any, environment: Any) -> Any:
        if environment.config.version in self.failing:
            raise ValueError(f"version {environment.config.version} is broken")
        return environment.config.version

    def service_role(self, name: str, *managed: str, trust: Any = CODEDEPLOY_TRUST) -> str:
        iam = self.account.client("iam")
        arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        for policy in managed:
            iam.attach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/service-role/{policy}")
        return arn

    def group(self, configuration: str = "AllAtOnce", alarms: tuple[str, ...] = (), **more: Any) -> None:
        self.codedeploy.create_application(applicationName="app", computePlatform="Lambda")
        watched = {"enabled": True, "alarms": [{"name": name} for name in alarms]}
        events = ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"]
        given = {
            "deploymentConfigName": f"CodeDeployDefault.Lambda{configuration}",
            "serviceRoleArn": self.role,
            "autoRollbackConfiguration": {"enabled": True, "events": events},
            **({"alarmConfiguration": watched} if alarms else {}),
            **more,
        }
        self.codedeploy.create_deployment_group(applicationName="app", deploymentGroupName="group", **given)

    def deploy(self, **hooks: str) -> str:
        properties = {"Name": "shop", "Alias": "live", "CurrentVersion": "1", "TargetVersion": "2"}
        spec = {
            "version": 0.0,
            "Resources": [{"shop": {"Type": "AWS::Lambda::Function", "Properties": properties}}],
            "Hooks": [{name: function} for name, function in hooks.items()],
        }
        made: str = self.codedeploy.create_deployment(
            applicationName="app", deploymentGroupName="group",
            revision={"revisionType": "AppSpecContent", "appSpecContent": {"content": json.dumps(spec)}},
        )["deploymentId"]  # fmt: skip
        self.account.cloud.run_until_idle()
        return made

    def info(self, deployment: str) -> dict[str, Any]:
        info: dict[str, Any] = self.codedeploy.get_deployment(deploymentId=deployment)["deploymentInfo"]
        return info

    def lifecycle(self, deployment: str) -> dict[str, str]:
        target = self.codedeploy.get_deployment_target(deploymentId=deployment, targetId="shop:live")
        events = target["deploymentTarget"]["lambdaTarget"]["lifecycleEvents"]
        return {event["lifecycleEventName"]: event["status"] for event in events}

    def weight(self) -> float:
        """The share of version 2, percent, as the alias has it."""
        alias = self.lambda_.get_alias(FunctionName="shop", Name="live")
        if alias["FunctionVersion"] == "2":
            return 100.0
        return 100 * float(alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {}).get("2", 0))

    def calls(self, number: int) -> Counter[str]:
        """Invoke the alias, and count who served."""
        done = [self.account.functions.invoke("shop", qualifier="live") for _ in range(number)]
        return Counter(one.version for one in done)

    def hook(self, name: str, status: str | None = "Succeeded", *allow: dict[str, Any]) -> str:
        """A hook function that reports a status, or nothing."""

        def handler(event: dict[str, str], environment: Any) -> None:
            if status is not None:
                self.report(environment, event, status)

        self.account.function(name, handler, *(allow or (REPORT,)))
        return name

    def report(self, environment: Any, event: dict[str, str], status: str) -> None:
        """What a hook's handler does with boto3: a call with the environment's own credentials."""
        import boto3

        keys = environment.credentials
        client = boto3.client(
            "codedeploy",
            aws_access_key_id=keys.access_key_id,
            aws_secret_access_key=keys.secret_access_key,
            aws_session_token=keys.session_token,
        )
        client.put_lifecycle_event_hook_execution_status(
            deploymentId=event["DeploymentId"],
            lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
            status=status,
        )

    def alarm(self, **changed: Any) -> str:
        """An alarm on the errors of the alias."""
        sides = [{"Name": "FunctionName", "Value": "shop"}, {"Name": "Resource", "Value": "shop:live"}]
        given = {
            "AlarmName": "errors", "Namespace": "AWS/Lambda", "MetricName": "Errors", "Dimensions": sides,
            "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 0,
            "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "notBreaching", **changed,
        }  # fmt: skip
        self.account.client("cloudwatch").put_metric_alarm(**given)
        return "errors"


@pytest.fixture
def shop(account: Account) -> Shop:
    return Shop(account)
