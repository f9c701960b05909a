"""Invoking functions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from grader.cloud.functions import FunctionNotFound, TooManyRequests


def test_a_warm_environment_is_used_again(account: Any) -> None:
    account.function("f", lambda event, _: event["n"] + 1)
    first, second = account.functions.invoke("f", b'{"n": 1}'), account.functions.invoke("f", b'{"n": 2}')
    assert (first.payload, first.cold, second.payload, second.cold) == (2, True, 3, False)
    assert first.environment == second.environment
    assert first.billed_ms == 102 and second.billed_ms == 2


def test_overlapping_requests_need_several_environments(account: Any) -> None:
    account.function("f")
    account.slept["f"] = 2.0
    start = account.clock.timestamp()
    at = [start, start + 1, start + 2.3, start + 2.5, start + 3.5]
    cold = [account.functions.invoke("f", b"{}", at=moment).cold for moment in at]
    assert cold == [True, True, False, True, False]  # a cold start takes a quarter of a second more
    assert account.clock.timestamp() == start
    assert len(account.functions.environments("f")) == 3


def test_the_clock_moves_on_by_the_time_slept(account: Any) -> None:
    account.function("f")
    account.slept["f"] = 2.5
    account.functions.invoke("f")
    assert account.clock.timestamp() - account.started == 2.5


def test_an_environment_expires_after_ten_idle_minutes(account: Any) -> None:
    account.function("f")
    first = account.functions.invoke("f")
    account.clock.advance(minutes=9)
    second = account.functions.invoke("f")
    account.clock.advance(minutes=11)
    assert account.functions.environments("f") == []
    third = account.functions.invoke("f")
    assert (second.cold, third.cold) == (False, True)
    assert third.environment != first.environment == second.environment


def test_new_code_or_configuration_retires_the_environments(account: Any) -> None:
    account.function("f")
    client = account.client("lambda")
    account.functions.invoke("f")
    client.update_function_code(FunctionName="f", ZipFile=account.package("new"))
    after_code = account.functions.invoke("f")
    client.update_function_configuration(FunctionName="f", Environment={"Variables": {"AB": "1"}})
    after_configuration = account.functions.invoke("f")
    assert (after_code.cold, after_configuration.cold) == (True, True)
    assert len(account.functions.environments("f")) == 1


def test_an_environment_that_died_is_not_used_again(account: Any) -> None:
    def handler(event: Any, _: Any) -> Any:
        if event.get("die"):
            raise account.Died
        return 1

    account.function("f", handler)
    died = account.functions.invoke("f", b'{"die": true}')
    assert died.error == {"errorType": "Sandbox.Timedout", "errorMessage": "Task timed out after 3.00 seconds"}
    assert account.clock.timestamp() - account.started == 3.0
    assert account.functions.invoke("f").cold


def test_versions_and_aliases_are_resolved(account: Any) -> None:
    account.function("f")
    client = account.client("lambda")
    client.publish_version(FunctionName="f")
    client.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    assert account.functions.invoke("f", qualifier="live").version == "1"
    assert account.functions.invoke("f:live").version == "1"
    assert account.functions.invoke("arn:aws:lambda:us-east-1:123456789012:function:f:1").version == "1"
    assert account.functions.invoke("123456789012:function:f").version == "$LATEST"


def test_an_alias_with_weights_routes_its_share(account: Any) -> None:
    account.function("f")
    client = account.client("lambda")
    client.publish_version(FunctionName="f")
    client.update_function_code(FunctionName="f", ZipFile=account.package("two"))
    client.publish_version(FunctionName="f")
    routing = {"AdditionalVersionWeights": {"2": 0.1}}
    client.create_alias(FunctionName="f", Name="live", FunctionVersion="1", RoutingConfig=routing)
    versions = [account.functions.registry.resolve("f", "live").version for _ in range(1000)]
    assert 70 < versions.count("2") < 130 and versions.count("1") + versions.count("2") == 1000


@pytest.mark.parametrize(
    ("function", "qualifier", "arn"),
    [("gone", None, "function:gone"), ("f", "live", "function:f:live"), ("f", "7", "function:f:7")],
)
def test_what_is_not_there_is_named(account: Any, function: str, qualifier: str | None, arn: str) -> None:
    account.function("f")
    with pytest.raises(FunctionNotFound) as refused:
        account.functions.invoke(function, qualifier=qualifier)
    assert refused.value.message == f"Function not found: arn:aws:lambda:us-east-1:123456789012:{arn}"


def test_reserved_concurrency_throttles(account: Any) -> None:
    account.function("f")
    account.slept["f"] = 5.0
    account.client("lambda").put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=2)
    now = account.clock.timestamp()
    account.functions.invoke("f", at=now)
    account.functions.invoke("f", at=now + 1)
    with pytest.raises(TooManyRequests) as refused:
        account.functions.invoke("f", at=now + 2)
    assert json.loads(refused.value.body) == {
        "Reason": "ReservedFunctionConcurrentInvocationLimitExceeded",
        "Type": "User",
        "message": "Rate Exceeded.",
    }
    assert account.functions.invoke("f", at=now + 5.5).cold is False
    assert account.metric("Throttles", "f") == 1


def test_the_account_leaves_unreserved_what_others_have_not_reserved(account: Any) -> None:
    account.function("f")
    account.function("greedy")
    account.slept["f"] = 5.0
    account.client("lambda").put_function_concurrency(FunctionName="greedy", ReservedConcurrentExecutions=900)
    now = account.clock.timestamp()
    for _ in range(100):
        account.functions.invoke("f", at=now)
    with pytest.raises(TooManyRequests, match="Rate Exceeded"):
        account.functions.invoke("f", at=now)


def test_the_log_is_written_as_lambda_writes_it(account: Any) -> None:
    account.function("f")
    done = account.functions.invoke("f", request_id="11111111-2222-4333-8444-555555555555")
    number = done.request_id
    assert [line.message for line in account.cloud.logs("f")] == [
        "INIT_START Runtime Version: python:3.13.v77\t"
        f"Runtime Version ARN: arn:aws:lambda:us-east-1::runtime:{77:064x}\n",
        f"START RequestId: {number} Version: $LATEST\n",
        "hello\n",
        f"END RequestId: {number}\n",
        f"REPORT RequestId: {number}\tDuration: 1.50 ms\tBilled Duration: 102 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 40 MB\tInit Duration: 100.00 ms\t\n",
    ]
    streams = {line.stream for line in account.cloud.logs("f")}
    assert streams == {f"2026/11/02/[$LATEST]{done.environment}"}


def test_without_the_right_to_log_nothing_is_logged(account: Any) -> None:
    account.function("f")
    account.client("iam").delete_role_policy(RoleName="f-role", PolicyName="p")
    done = account.functions.invoke("f")
    assert account.cloud.logs("f") == []
    assert [gate.name for gate in done.trace.gates] == ["environment", "handler", "log"]


def test_metrics_count_what_happened(account: Any) -> None:
    def handler(event: Any, _: Any) -> Any:
        return 1 / event["n"]

    account.function("f", handler)
    for n in (1, 0, 2):
        account.functions.invoke("f", json.dumps({"n": n}).encode())
    assert (account.metric("Invocations", "f"), account.metric("Errors", "f")) == (3, 1)


def test_a_response_over_six_megabytes_is_an_error(account: Any) -> None:
    account.function("f", lambda event, _: "x" * (6 * 1024 * 1024 + 200))
    assert account.functions.invoke("f").error == {
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
        "errorType": "Function.ResponseSizeTooLarge",
    }


def test_a_deleted_role_cannot_be_assumed(account: Any) -> None:
    account.function("f")
    account.client("iam").delete_role_policy(RoleName="f-role", PolicyName="p")
    account.client("iam").delete_role(RoleName="f-role")
    with pytest.raises(Exception, match=r"The role defined for the function cannot be assumed by Lambda\."):
        account.functions.invoke("f")
    assert account.functions.environments("f") == []
