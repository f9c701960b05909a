"""Policies where moto keeps them, put together as AWS does within one account."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from grader.cloud import Cloud
from grader.cloud.iam.authorization import Decision
from grader.cloud.iam.principals import Principal

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/R"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f"


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: str, resource: str = "*", **elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource} | elements


TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud() as made:
        yield made


@pytest.fixture
def iam(cloud: Cloud) -> Any:
    client = cloud.client("iam")
    client.create_role(RoleName="R", AssumeRolePolicyDocument=document(TRUST))
    return client


def session(cloud: Cloud, **options: Any) -> Principal:
    credentials = cloud.identity.role_credentials(ROLE, "S", **options)
    return cloud.identity.principal_of(credentials.access_key_id, credentials.session_token)


def decide(cloud: Cloud, action: str, resource: str = QUEUE, **options: Any) -> Decision:
    return cloud.authorization.decide(session(cloud, **options), action, resource)


def test_a_role_without_policies_may_do_nothing(cloud: Cloud, iam: Any) -> None:
    assert decide(cloud, "sqs:SendMessage") == Decision(
        False,
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/R/S is not authorized to perform: sqs:SendMessage on resource: "
        f"{QUEUE} because no identity-based policy allows the sqs:SendMessage action",
    )


def test_a_policy_that_is_changed_counts_at_once(cloud: Cloud, iam: Any) -> None:
    iam.put_role_policy(RoleName="R", PolicyName="p", PolicyDocument=document(allow("sqs:*")))
    before = decide(cloud, "sqs:SendMessage").allowed
    iam.delete_role_policy(RoleName="R", PolicyName="p")

    assert (before, decide(cloud, "sqs:SendMessage").allowed) == (True, False)


def test_a_boundary_limits_what_policies_allow(cloud: Cloud, iam: Any) -> None:
    boundary = iam.create_policy(PolicyName="b", PolicyDocument=document(allow("sqs:Send*")))["Policy"]["Arn"]
    iam.put_role_policy(RoleName="R", PolicyName="p", PolicyDocument=document(allow("sqs:*")))
    iam.put_role_permissions_boundary(RoleName="R", PermissionsBoundary=boundary)

    assert decide(cloud, "sqs:SendMessage").allowed
    assert not decide(cloud, "sqs:DeleteMessage").allowed


def test_a_session_policy_limits_its_session(cloud: Cloud, iam: Any) -> None:
    iam.put_role_policy(RoleName="R", PolicyName="p", PolicyDocument=document(allow("sqs:*")))
    limit = [json.loads(document(allow("sqs:ReceiveMessage")))]

    assert decide(cloud, "sqs:ReceiveMessage", session_policies=limit).allowed
    assert not decide(cloud, "sqs:SendMessage", session_policies=limit).allowed


@pytest.mark.parametrize(
    ("principal", "allowed"),
    [
        ({"AWS": ROLE}, True),
        ("*", True),
        ({"AWS": ACCOUNT}, False),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, False),
        ({"Service": "sns.amazonaws.com"}, False),
    ],
    ids=["role", "everybody", "account", "root", "service"],
)
def test_a_queues_policy_may_let_a_role_in(cloud: Cloud, iam: Any, principal: Any, allowed: bool) -> None:
    policy = document(allow("sqs:SendMessage", QUEUE, Principal=principal))
    cloud.client("sqs").create_queue(QueueName="q", Attributes={"Policy": policy})

    assert decide(cloud, "sqs:SendMessage").allowed is allowed


def test_users_have_their_own_and_their_groups_policies(cloud: Cloud) -> None:
    iam = cloud.client("iam")
    iam.create_user(UserName="ann")
    iam.create_group(GroupName="team")
    iam.add_user_to_group(UserName="ann", GroupName="team")
    iam.put_group_policy(GroupName="team", PolicyName="g", PolicyDocument=document(allow("sqs:ListQueues")))
    home = allow("s3:PutObject", "arn:aws:s3:::home/${aws:username}/*")
    iam.put_user_policy(UserName="ann", PolicyName="u", PolicyDocument=document(home))
    key = iam.create_access_key(UserName="ann")["AccessKey"]["AccessKeyId"]
    ann = cloud.identity.principal_of(key, None)

    assert ann.arn == f"arn:aws:iam::{ACCOUNT}:user/ann"
    assert cloud.authorization.decide(ann, "sqs:ListQueues", "*").allowed
    assert cloud.authorization.decide(ann, "s3:PutObject", "arn:aws:s3:::home/ann/x").allowed
    assert not cloud.authorization.decide(ann, "s3:PutObject", "arn:aws:s3:::home/bob/x").allowed


@pytest.fixture
def function(cloud: Cloud, iam: Any) -> Any:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("app.py", "")
    client = cloud.client("lambda")
    client.create_function(
        FunctionName="f", Runtime="python3.13", Role=ROLE, Handler="app.handler", Code={"ZipFile": code.getvalue()}
    )
    client.publish_version(FunctionName="f")
    client.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    return client


API = f"arn:aws:execute-api:us-east-1:{ACCOUNT}:abc"


def may(cloud: Cloud, function: str, service: str = "apigateway", source: str | None = f"{API}/Prod/GET/hello") -> bool:
    return cloud.authorization.service_may_invoke(function, f"{service}.amazonaws.com", source).allowed


def permit(function: Any, **more: Any) -> None:
    function.add_permission(
        FunctionName="f", StatementId="s", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com", **more
    )


def test_a_service_needs_a_permission_to_invoke(cloud: Cloud, function: Any) -> None:
    decision = cloud.authorization.service_may_invoke(FUNCTION, "apigateway.amazonaws.com", f"{API}/x")

    assert decision == Decision(
        False,
        f"The resource-based policy of {FUNCTION} does not let apigateway.amazonaws.com invoke it for {API}/x",
    )


def test_a_permission_is_for_its_service_and_source(cloud: Cloud, function: Any) -> None:
    permit(function, SourceArn=f"{API}/*/GET/hello")

    assert may(cloud, FUNCTION)
    assert not may(cloud, FUNCTION, source=f"{API}/Prod/POST/hello")
    assert not may(cloud, FUNCTION, source=None)
    assert not may(cloud, FUNCTION, service="s3")
    function.remove_permission(FunctionName="f", StatementId="s")
    assert not may(cloud, FUNCTION)


def test_a_permission_is_for_its_qualifier(cloud: Cloud, function: Any) -> None:
    permit(function, Qualifier="live")

    assert may(cloud, f"{FUNCTION}:live")
    assert not may(cloud, FUNCTION)
    assert not may(cloud, f"{FUNCTION}:1")


def test_a_permission_may_ask_for_the_source_account(cloud: Cloud, function: Any) -> None:
    permit(function, SourceAccount="999999999999")

    assert not may(cloud, FUNCTION)


def test_a_service_may_send_to_a_queue_by_the_queues_policy(cloud: Cloud) -> None:
    principal = {"Service": "s3.amazonaws.com"}
    source = {"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:pictures"}}
    policy = document(allow("sqs:SendMessage", QUEUE, Principal=principal, Condition=source))
    cloud.client("sqs").create_queue(QueueName="q", Attributes={"Policy": policy})
    service_may = cloud.authorization.service_may

    assert service_may("s3.amazonaws.com", "sqs:SendMessage", QUEUE, "arn:aws:s3:::pictures").allowed
    assert not service_may("s3.amazonaws.com", "sqs:SendMessage", QUEUE, "arn:aws:s3:::others").allowed
    assert not service_may("sns.amazonaws.com", "sqs:SendMessage", QUEUE, "arn:aws:s3:::pictures").allowed


def test_what_was_decided_is_decided_anew_when_a_policy_changes(cloud: Cloud, iam: Any) -> None:
    def allowed() -> list[bool]:
        return [decide(cloud, "sqs:SendMessage").allowed for _ in range(2)]

    found = [allowed()]
    iam.put_role_policy(RoleName="R", PolicyName="p", PolicyDocument=document(allow("sqs:*")))
    found.append(allowed())
    iam.put_role_policy(
        RoleName="R", PolicyName="q", PolicyDocument=document(allow("sqs:*") | {"Effect": "Deny"})
    )  # fmt: skip
    found.append(allowed())
    iam.delete_role_policy(RoleName="R", PolicyName="q")
    found.append(allowed())
    assert found == [[False, False], [True, True], [False, False], [True, True]]


@pytest.mark.parametrize(("account", "allowed"), [("123456789012", True), ("999999999999", False)])
def test_a_condition_may_name_the_account_of_the_resource(cloud: Cloud, iam: Any, account: str, allowed: bool) -> None:
    own = allow("sqs:*", Condition={"StringEquals": {"aws:ResourceAccount": account}})
    iam.put_role_policy(RoleName="R", PolicyName="p", PolicyDocument=document(own))

    assert decide(cloud, "sqs:SendMessage").allowed == allowed


def test_a_condition_is_asked_each_time(cloud: Cloud, iam: Any) -> None:
    tomorrow = (cloud.clock.now() + timedelta(days=1)).isoformat()
    until = allow("sqs:*", Condition={"DateLessThan": {"aws:CurrentTime": tomorrow}})
    iam.put_role_policy(RoleName="R", PolicyName="p", PolicyDocument=document(until))
    before = decide(cloud, "sqs:SendMessage").allowed
    cloud.clock.advance(days=2)
    assert (before, decide(cloud, "sqs:SendMessage").allowed) == (True, False)
