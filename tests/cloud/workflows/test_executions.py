"""State machines at work."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from grader.cloud import Cloud

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


class Machines:
    """Makes state machines of their states, and runs them."""

    def __init__(self, account: Any) -> None:
        self.account, self.client, self.clock = account, account.client("stepfunctions"), account.clock
        self.count = 0

    def role(self, *allow: tuple[str, str]) -> str:
        name = f"states-{self.count}"
        iam = self.account.client("iam")
        arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
        statements = [{"Effect": "Allow", "Action": action, "Resource": resource} for action, resource in allow]
        if statements:
            policy = {"Version": "2012-10-17", "Statement": statements}
            iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
        return arn

    def make(self, states: dict[str, Any], *allow: tuple[str, str], kind: str = "STANDARD", **more: Any) -> str:
        self.count += 1
        definition = {"StartAt": next(iter(states)), "States": states, **more}
        allow = allow or (("*", "*"),)
        arn: str = self.client.create_state_machine(
            name=f"m{self.count}", definition=json.dumps(definition), roleArn=self.role(*allow), type=kind
        )["stateMachineArn"]
        return arn

    def start(self, machine: str, given: Any = None, **more: Any) -> str:
        arn: str = self.client.start_execution(
            stateMachineArn=machine, input=json.dumps({} if given is None else given), **more
        )["executionArn"]
        self.account.cloud.run_until_idle()
        return arn

    def run(self, states: dict[str, Any], given: Any = None, *allow: tuple[str, str], seconds: float = 0) -> Any:
        """The output, or (error, cause) of the failure."""
        execution = self.start(self.make(states, *allow), given)
        if seconds:
            self.clock.advance(seconds)
        told = self.client.describe_execution(executionArn=execution)
        if told["status"] == "SUCCEEDED":
            return json.loads(told["output"])
        return told["status"], told.get("error"), told.get("cause")

    def types(self, execution: str) -> list[str]:
        pages = self.client.get_paginator("get_execution_history").paginate(executionArn=execution)
        return [event["type"] for page in pages for event in page["events"]]


@pytest.fixture
def machines(account: Any) -> Iterator[Machines]:
    yield Machines(account)


def task(resource: str, **more: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": resource, "End": True, **more}


def test_a_function_s_answer_goes_into_the_input(machines: Machines) -> None:
    arn = machines.account.function("double", lambda event, _: {"n": 2 * event["n"]})
    output = machines.run({"T": task(arn, ResultPath="$.result")}, {"n": 4})
    assert output == {"n": 4, "result": {"n": 8}}


def test_the_history_tells_what_happened(machines: Machines) -> None:
    arn = machines.account.function("f", lambda event, _: event["n"] + 1)
    execution = machines.start(machines.make({"T": task(arn)}), {"n": 4})
    history = machines.client.get_execution_history(executionArn=execution)["events"]
    role = machines.client.describe_state_machine_for_execution(executionArn=execution)["roleArn"]
    started = history[0].pop("timestamp")
    assert [event.pop("timestamp", started) for event in history] == [started] * 7
    assert history == [
        {
            "type": "ExecutionStarted",
            "id": 1,
            "previousEventId": 0,
            "executionStartedEventDetails": {"input": '{"n": 4}', "roleArn": role},
        },
        {
            "type": "TaskStateEntered",
            "id": 2,
            "previousEventId": 1,
            "stateEnteredEventDetails": {"name": "T", "input": '{"n":4}'},
        },
        {
            "type": "LambdaFunctionScheduled",
            "id": 3,
            "previousEventId": 2,
            "lambdaFunctionScheduledEventDetails": {"resource": arn, "input": '{"n":4}'},
        },
        {"type": "LambdaFunctionStarted", "id": 4, "previousEventId": 3},
        {
            "type": "LambdaFunctionSucceeded",
            "id": 5,
            "previousEventId": 4,
            "lambdaFunctionSucceededEventDetails": {"output": "5"},
        },
        {
            "type": "TaskStateExited",
            "id": 6,
            "previousEventId": 5,
            "stateExitedEventDetails": {"name": "T", "output": "5"},
        },
        {
            "type": "ExecutionSucceeded",
            "id": 7,
            "previousEventId": 6,
            "executionSucceededEventDetails": {"output": "5"},
        },
    ]


def test_lambda_invoke_gives_payload_and_metadata(machines: Machines) -> None:
    machines.account.function("f", lambda event, _: {"got": event})
    states = {
        "T": task(
            "arn:aws:states:::lambda:invoke",
            Parameters={"FunctionName": "f", "Payload": {"id.$": "$.id", "fixed": 1}},
            OutputPath="$.Payload",
        )
    }
    assert machines.run(states, {"id": "x"}) == {"got": {"id": "x", "fixed": 1}}


def test_the_role_must_be_allowed_to_invoke(machines: Machines) -> None:
    arn = machines.account.function("f")
    status, error, cause = machines.run({"T": task(arn)}, None, ("sqs:SendMessage", "*"))
    assert (status, error) == ("FAILED", "Lambda.AWSLambdaException")
    assert "is not authorized to perform: lambda:InvokeFunction" in cause
    assert machines.account.calls == []


def test_a_role_that_step_functions_may_not_assume_is_refused(machines: Machines) -> None:
    role = machines.account.role("lambda-only")
    with pytest.raises(ClientError, match=r"Neither the global service principal states\.amazonaws\.com"):
        machines.client.create_state_machine(
            name="m", roleArn=role, definition='{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}'
        )


def test_waiting_takes_time_of_the_clock_and_nothing_else(machines: Machines) -> None:
    arn = machines.account.function("f")
    states = {
        "W": {"Type": "Wait", "Seconds": 3600, "Next": "U"},
        "U": {"Type": "Wait", "TimestampPath": "$.until", "Next": "T"},
        "T": task(arn),
    }
    execution = machines.start(machines.make(states), {"until": "2026-11-02T12:30:00Z"})
    machines.clock.advance(hours=3)
    assert machines.client.describe_execution(executionArn=execution)["status"] == "RUNNING"
    machines.clock.advance(hours=1)
    told = machines.client.describe_execution(executionArn=execution)
    assert (told["status"], (told["stopDate"] - told["startDate"]).total_seconds()) == ("SUCCEEDED", 12_600)
    assert machines.account.moments("f") == [12_600.0]


def choose(rule: dict[str, Any], given: Any) -> dict[str, Any]:
    return {
        "C": {"Type": "Choice", "Choices": [{**rule, "Next": "Yes"}], "Default": "No"},
        "Yes": {"Type": "Pass", "Result": True, "End": True},
        "No": {"Type": "Pass", "Result": False, "End": True},
    }


@pytest.mark.parametrize(
    ("rule", "given", "chosen"),
    [
        ({"Variable": "$.a", "StringEquals": "x"}, {"a": "x"}, True),
        ({"Variable": "$.a", "StringEquals": "x"}, {"a": 1}, False),
        ({"Variable": "$.a", "StringLessThan": "b"}, {"a": "a"}, True),
        ({"Variable": "$.a", "StringMatches": "log-*.txt"}, {"a": "log-1.txt"}, True),
        ({"Variable": "$.a", "StringMatches": "a\\*b"}, {"a": "axb"}, False),
        ({"Variable": "$.a", "NumericGreaterThanEquals": 3}, {"a": 3}, True),
        ({"Variable": "$.a", "NumericLessThanPath": "$.b"}, {"a": 3, "b": 4}, True),
        ({"Variable": "$.a", "NumericEquals": 3}, {"a": True}, False),
        ({"Variable": "$.a", "BooleanEquals": False}, {"a": False}, True),
        ({"Variable": "$.a", "TimestampLessThan": "2026-11-02T10:00:00+01:00"}, {"a": "2026-11-02T08:59:59Z"}, True),
        ({"Variable": "$.a", "IsNull": True}, {"a": None}, True),
        ({"Variable": "$.a", "IsPresent": False}, {}, True),
        ({"Variable": "$.a", "IsNumeric": True}, {"a": 1.5}, True),
        ({"Variable": "$.a", "IsString": True}, {"a": 1}, False),
        ({"Variable": "$.a", "IsTimestamp": True}, {"a": "2026-11-02T10:00:00Z"}, True),
        ({"Not": {"Variable": "$.a", "StringEquals": "x"}}, {"a": "y"}, True),
        (
            {"And": [{"Variable": "$.a", "IsPresent": True}, {"Variable": "$.a", "NumericGreaterThan": 1}]},
            {},
            False,
        ),
        ({"Or": [{"Variable": "$.a", "NumericEquals": 1}, {"Variable": "$.a", "NumericEquals": 2}]}, {"a": 2}, True),
    ],
)
def test_choice_rules(machines: Machines, rule: dict[str, Any], given: Any, chosen: bool) -> None:
    assert machines.run(choose(rule, given), given) is chosen


def test_a_choice_that_fits_nothing_fails(machines: Machines) -> None:
    states = {
        "C": {"Type": "Choice", "Choices": [{"Variable": "$.a", "NumericEquals": 1, "Next": "Yes"}]},
        "Yes": {"Type": "Succeed"},
    }
    assert machines.run(states, {"a": 2})[:2] == ("FAILED", "States.NoChoiceMatched")
    assert machines.run(states, {})[:2] == ("FAILED", "States.Runtime")


def test_a_failing_function_is_retried_and_then_caught(machines: Machines) -> None:
    def fails(event: Any, environment: Any) -> None:
        raise ValueError("bad")

    arn = machines.account.function("f", fails)
    states = {
        "T": task(
            arn,
            Retry=[{"ErrorEquals": ["ValueError"], "IntervalSeconds": 2, "MaxAttempts": 2, "BackoffRate": 3}],
            Catch=[{"ErrorEquals": ["States.ALL"], "ResultPath": "$.why", "Next": "Sorry"}],
        ),
        "Sorry": {"Type": "Pass", "End": True},
    }
    output = machines.run(states, {"n": 1}, seconds=60)
    assert (output["n"], output["why"]["Error"]) == (1, "ValueError")
    assert json.loads(output["why"]["Cause"])["errorMessage"] == "bad"
    assert machines.account.moments("f") == [0.0, 2.0, 8.0]


def test_the_longest_delay_bounds_the_back_off(machines: Machines) -> None:
    arn = machines.account.function("f", lambda event, _: 1 / 0)
    retry = [{"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 10, "MaxAttempts": 3, "MaxDelaySeconds": 15}]
    machines.run({"T": task(arn, Retry=retry)}, seconds=120)
    assert machines.account.moments("f") == [0.0, 10.0, 25.0, 40.0]


def test_a_task_that_takes_too_long_is_given_up(machines: Machines) -> None:
    machines.account.slept["slow"] = 10.0
    arn = machines.account.function("slow", Timeout=30)
    execution = machines.start(machines.make({"T": task(arn, TimeoutSeconds=4)}))
    machines.clock.advance(20)
    told = machines.client.describe_execution(executionArn=execution)
    assert (told["status"], told["error"]) == ("FAILED", "States.Timeout")
    assert (told["stopDate"] - told["startDate"]).total_seconds() == 4


def test_branches_run_side_by_side(machines: Machines) -> None:
    machines.account.slept.update(a=3.0, b=5.0)
    a, b = (
        machines.account.function("a", lambda event, _: "A", Timeout=30),
        machines.account.function("b", lambda event, _: "B", Timeout=30),
    )
    branches = [{"StartAt": "S", "States": {"S": task(arn)}} for arn in (a, b)]
    states = {"P": {"Type": "Parallel", "Branches": branches, "ResultPath": "$.both", "End": True}}
    execution = machines.start(machines.make(states), {"n": 1})
    machines.clock.advance(5)
    told = machines.client.describe_execution(executionArn=execution)
    assert json.loads(told["output"]) == {"n": 1, "both": ["A", "B"]}
    assert (told["stopDate"] - told["startDate"]).total_seconds() == 5


def test_one_failing_branch_ends_them_all(machines: Machines) -> None:
    bad, late = machines.account.function("bad", lambda event, _: 1 / 0), machines.account.function("late")
    branches = [
        {"StartAt": "S", "States": {"S": task(bad)}},
        {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 5, "Next": "S"}, "S": task(late)}},
    ]
    states = {
        "P": {
            "Type": "Parallel",
            "Branches": branches,
            "Catch": [{"ErrorEquals": ["ZeroDivisionError"], "Next": "C"}],
            "End": True,
        },
        "C": {"Type": "Pass", "Result": "caught", "End": True},
    }
    assert machines.run(states, seconds=10) == "caught"
    assert machines.account.called("late") == []


def test_a_map_handles_each_item(machines: Machines) -> None:
    arn = machines.account.function("f", lambda event, _: event["value"] * event["factor"])
    states = {
        "M": {
            "Type": "Map",
            "ItemsPath": "$.numbers",
            "ItemSelector": {"value.$": "$$.Map.Item.Value", "at.$": "$$.Map.Item.Index", "factor.$": "$.factor"},
            "ItemProcessor": {"StartAt": "S", "States": {"S": task(arn)}},
            "ResultPath": "$.products",
            "End": True,
        }
    }
    assert machines.run(states, {"numbers": [1, 2, 3], "factor": 10})["products"] == [10, 20, 30]
    assert [event["at"] for event in machines.account.called("f")] == [0, 1, 2]


def test_max_concurrency_holds_items_back(machines: Machines) -> None:
    machines.account.slept["f"] = 2.0
    arn = machines.account.function("f")
    processor = {"StartAt": "S", "States": {"S": task(arn)}}
    states = {"M": {"Type": "Map", "MaxConcurrency": 2, "ItemProcessor": processor, "End": True}}
    machines.run(states, [1, 2, 3, 4, 5], seconds=60)
    assert machines.account.moments("f") == [0.0, 0.0, 2.0, 2.0, 4.0]


def test_one_failing_item_fails_the_map(machines: Machines) -> None:
    arn = machines.account.function("f", lambda event, _: 1 / event)
    processor = {"StartAt": "S", "States": {"S": task(arn)}}
    states = {"M": {"Type": "Map", "ItemProcessor": processor, "End": True}}
    assert machines.run(states, [1, 0, 2])[:2] == ("FAILED", "ZeroDivisionError")
    assert machines.run(states, []) == []


def test_services_are_called_as_the_role(machines: Machines) -> None:
    machines.account.queue("q")
    url = machines.account.client("sqs").get_queue_url(QueueName="q")["QueueUrl"]
    states = {"T": task("arn:aws:states:::sqs:sendMessage", Parameters={"QueueUrl": url, "MessageBody.$": "$"})}
    output = machines.run(states, {"n": 1}, ("sqs:SendMessage", "arn:aws:sqs:us-east-1:123456789012:q"))
    (message,) = machines.account.received("q")
    assert (json.loads(message["Body"]), output["MessageId"]) == ({"n": 1}, message["MessageId"])
    assert machines.run(states, {}, ("sns:Publish", "*"))[1] == "SQS.AccessDenied"


def test_a_table_is_written_and_read(machines: Machines) -> None:
    machines.account.client("dynamodb").create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    key = {"id": {"S.$": "$.id"}}
    states = {
        "Put": {
            "Type": "Task",
            "Resource": "arn:aws:states:::dynamodb:putItem",
            "Parameters": {"TableName": "t", "Item": {**key, "n": {"N": "7"}}},
            "ResultPath": None,
            "Next": "Get",
        },
        "Get": task("arn:aws:states:::aws-sdk:dynamodb:getItem", Parameters={"TableName": "t", "Key": key}),
    }
    assert machines.run(states, {"id": "a"})["Item"] == {"id": {"S": "a"}, "n": {"N": "7"}}


def test_a_token_that_comes_back_lets_the_state_go_on(machines: Machines) -> None:
    tokens: list[str] = []
    machines.account.function("ask", lambda event, _: tokens.append(event["token"]))
    parameters = {"FunctionName": "ask", "Payload": {"token.$": "$$.Task.Token"}}
    resource = "arn:aws:states:::lambda:invoke.waitForTaskToken"
    machine = machines.make({"T": task(resource, Parameters=parameters, TimeoutSeconds=600)})
    execution = machines.start(machine)
    machines.clock.advance(minutes=5)
    machines.client.send_task_success(taskToken=tokens[0], output='{"ok": true}')
    machines.account.cloud.run_until_idle()
    assert json.loads(machines.client.describe_execution(executionArn=execution)["output"]) == {"ok": True}
    with pytest.raises(ClientError, match="Task Timed Out"):
        machines.client.send_task_success(taskToken=tokens[0], output="{}")
    refused = machines.start(machine)
    machines.client.send_task_failure(taskToken=tokens[1], error="No", cause="because")
    late = machines.start(machine)
    machines.clock.advance(minutes=11)
    errors = [machines.client.describe_execution(executionArn=one)["error"] for one in (refused, late)]
    assert errors == ["No", "States.Timeout"]


def test_a_heartbeat_keeps_a_task_alive(machines: Machines) -> None:
    tokens: list[str] = []
    machines.account.function("ask", lambda event, _: tokens.append(event["token"]))
    parameters = {"FunctionName": "ask", "Payload": {"token.$": "$$.Task.Token"}}
    resource = "arn:aws:states:::lambda:invoke.waitForTaskToken"
    execution = machines.start(machines.make({"T": task(resource, Parameters=parameters, HeartbeatSeconds=60)}))
    for _ in range(3):
        machines.clock.advance(50)
        machines.client.send_task_heartbeat(taskToken=tokens[0])
    assert machines.client.describe_execution(executionArn=execution)["status"] == "RUNNING"
    machines.clock.advance(61)
    assert machines.client.describe_execution(executionArn=execution)["error"] == "States.HeartbeatTimeout"


def test_an_execution_waits_for_another(machines: Machines) -> None:
    inner = machines.make({"W": {"Type": "Wait", "Seconds": 30, "Next": "P"}, "P": {"Type": "Pass", "End": True}})
    parameters = {"StateMachineArn": inner, "Input": {"n.$": "$.n"}}
    resource = "arn:aws:states:::states:startExecution.sync:2"
    states = {"T": task(resource, Parameters=parameters, OutputPath="$.Output")}
    execution = machines.start(machines.make(states), {"n": 7})
    machines.clock.advance(29)
    assert machines.client.describe_execution(executionArn=execution)["status"] == "RUNNING"
    machines.clock.advance(1)
    assert json.loads(machines.client.describe_execution(executionArn=execution)["output"]) == {"n": 7}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("States.Format('Hi {}, {}', $.name, $.n)", "Hi Ada, 3"),
        ("States.StringToJson($.json)", {"a": 1}),
        ("States.JsonToString($.list)", "[1,2,2]"),
        ("States.Array('a', $.n)", ["a", 3]),
        ("States.ArrayPartition($.list, 2)", [[1, 2], [2]]),
        ("States.ArrayContains($.list, 2)", True),
        ("States.ArrayRange(1, 9, 4)", [1, 5, 9]),
        ("States.ArrayGetItem($.list, 0)", 1),
        ("States.ArrayLength($.list)", 3),
        ("States.ArrayUnique($.list)", [1, 2]),
        ("States.Base64Encode('hi')", "aGk="),
        ("States.Base64Decode('aGk=')", "hi"),
        ("States.Hash('hi', 'SHA-256')", "8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4"),
        ("States.MathAdd($.n, -1)", 2),
        ("States.StringSplit('a,b;c', ',;')", ["a", "b", "c"]),
        ("States.Format('{}', States.MathAdd(1, 2))", "3"),
        ("$.list[1:]", [2, 2]),
        ("$.list[*]", [1, 2, 2]),
        ("$..n", [3]),
        ("$['name']", "Ada"),
        ("$$.State.Name", "P"),
    ],
)
def test_paths_and_intrinsic_functions(machines: Machines, expression: str, value: Any) -> None:
    states = {"P": {"Type": "Pass", "Parameters": {"v.$": expression}, "End": True}}
    given = {"name": "Ada", "n": 3, "json": '{"a": 1}', "list": [1, 2, 2]}
    assert machines.run(states, given)["v"] == value


def test_a_path_that_leads_nowhere_fails(machines: Machines) -> None:
    states = {"P": {"Type": "Pass", "Parameters": {"v.$": "$.no"}, "End": True}}
    status, error, cause = machines.run(states, {"a": 1})
    assert (status, error) == ("FAILED", "States.ParameterPathFailure")
    assert "'$.no' specified for the field 'v.$' could not be found in the input '{\"a\": 1}'" in cause
    states = {"P": {"Type": "Pass", "Parameters": {"v.$": "States.MathAdd('x', 1)"}, "End": True}}
    assert machines.run(states)[1] == "States.IntrinsicFailure"


def test_too_much_data_fails(machines: Machines) -> None:
    arn = machines.account.function("f", lambda event, _: "x" * 300_000)
    assert machines.run({"T": task(arn)})[1] == "States.DataLimitExceeded"


def test_fail_states_say_why(machines: Machines) -> None:
    states = {"F": {"Type": "Fail", "Error": "Shop.Closed", "CausePath": "$.why"}}
    assert machines.run(states, {"why": "sunday"}) == ("FAILED", "Shop.Closed", "sunday")


def test_an_endless_loop_comes_to_an_end(machines: Machines) -> None:
    states = {
        "A": {"Type": "Pass", "Next": "C"},
        "C": {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsPresent": True, "Next": "E"}], "Default": "A"},
        "E": {"Type": "Succeed"},
    }
    status, error, cause = machines.run(states)
    assert (status, error) == ("FAILED", "States.Runtime")
    assert "maximum number of history events (25000)" in cause


def test_an_execution_has_a_time_limit_and_can_be_stopped(machines: Machines) -> None:
    states = {"W": {"Type": "Wait", "Seconds": 100, "End": True}}
    limited, free = machines.start(machines.make(states, TimeoutSeconds=10)), machines.start(machines.make(states))
    machines.clock.advance(20)
    machines.client.stop_execution(executionArn=free, error="E", cause="enough")
    told = [machines.client.describe_execution(executionArn=one) for one in (limited, free)]
    assert [one["status"] for one in told] == ["TIMED_OUT", "ABORTED"]
    machines.clock.advance(200)
    assert machines.types(free)[-1] == "ExecutionAborted"


def test_an_express_machine_answers_at_once(machines: Machines) -> None:
    machines.account.slept["f"] = 2.0
    arn = machines.account.function("f", lambda event, _: event["n"] + 1, Timeout=30)
    states = {"W": {"Type": "Wait", "Seconds": 3, "Next": "T"}, "T": task(arn)}
    machine = machines.make(states, kind="EXPRESS")
    began = machines.clock.timestamp()
    told = machines.client.start_sync_execution(stateMachineArn=machine, input='{"n": 1}')
    assert (told["status"], told["output"], machines.clock.timestamp() - began) == ("SUCCEEDED", "2", 5.0)
    late = machines.make({"W": {"Type": "Wait", "Seconds": 301, "End": True}}, kind="EXPRESS")
    assert machines.client.start_sync_execution(stateMachineArn=late)["status"] == "TIMED_OUT"
    with pytest.raises(ClientError, match="not supported by this type"):
        machines.client.start_sync_execution(stateMachineArn=machines.make(states))


def test_the_same_name_is_the_same_execution(machines: Machines) -> None:
    machine = machines.make({"W": {"Type": "Wait", "Seconds": 100, "End": True}})
    first = machines.start(machine, {"n": 1}, name="once")
    assert machines.start(machine, {"n": 1}, name="once") == first
    with pytest.raises(ClientError, match="Execution Already Exists"):
        machines.start(machine, {"n": 2}, name="once")
    listed = machines.client.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]
    assert [one["name"] for one in listed] == ["once"]


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        ("{", "INVALID_JSON_DESCRIPTION"),
        ({"States": {"A": {"Type": "Succeed"}}}, r"These fields are required: \[StartAt\]"),
        ({"StartAt": "B", "States": {"A": {"Type": "Succeed"}}}, "Missing 'StartAt' target: B"),
        ({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}, "Missing 'Next' target: B"),
        ({"StartAt": "A", "States": {"A": {"Type": "Pass"}}}, "Exactly one of Next and End"),
        ({"StartAt": "A", "States": {"A": {"Type": "Job"}}}, "not a valid state type: Job"),
        ({"StartAt": "A", "States": {"A": {"Type": "Succeed", "Retry": []}}}, "Field 'Retry' is not supported"),
        ({"StartAt": "A", "States": {"A": {"Type": "Task", "End": True}}}, r"required: \[Resource\]"),
        ({"StartAt": "A", "States": {"A": {"Type": "Wait", "End": True}}}, "Exactly one of Seconds"),
        (
            {"StartAt": "A", "States": {"A": {"Type": "Pass", "InputPath": "a", "End": True}}},
            "'a' is not a JSONPath",
        ),
        (
            {"StartAt": "A", "States": {"A": {"Type": "Succeed"}, "B": {"Type": "Succeed"}}},
            'State "B" is not reachable',
        ),
        (
            {"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {"x.$": "plain"}, "End": True}}},
            "must be a valid JSONPath or intrinsic function",
        ),
    ],
)
def test_a_wrong_definition_is_refused(machines: Machines, definition: Any, words: str) -> None:
    text = definition if isinstance(definition, str) else json.dumps(definition)
    with pytest.raises(ClientError, match=words):
        machines.client.create_state_machine(name="m", definition=text, roleArn=machines.role())


@pytest.mark.parametrize(
    ("comparison", "operand", "words"),
    [
        ("BooleanEquals", [True], "'BooleanEquals' must be true or false"),
        ("BooleanEquals", "true", "'BooleanEquals' must be true or false"),
        ("IsPresent", 1, "'IsPresent' must be true or false"),
        ("NumericGreaterThan", "3", "'NumericGreaterThan' must be a number"),
        ("NumericEquals", True, "'NumericEquals' must be a number"),
        ("StringMatches", 3, "'StringMatches' must be a text"),
        ("StringEqualsPath", 3, "'StringEqualsPath' must be a text"),
        ("TimestampLessThan", "2026-11-02", "'TimestampLessThan' must be a time such as"),
        ("BooleanLessThan", True, "Exactly one comparison of a Variable must be given, not BooleanLessThan"),
    ],
)
def test_an_operand_of_another_kind_is_refused(machines: Machines, comparison: str, operand: Any, words: str) -> None:
    with pytest.raises(ClientError, match=words) as caught:
        machines.make(choose({"And": [{"Variable": "$.a", comparison: operand}]}, None))
    assert "/States/C/Choices[0][0]" in str(caught.value)


TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Step:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      InlineCode: "def handler(event, context): return event['n'] + 1"
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition:
        StartAt: Add
        States:
          Add: {Type: Task, Resource: "${StepArn}", ResultPath: $.n, Next: Wait}
          Wait: {Type: Wait, Seconds: 60, Next: Again}
          Again: {Type: Task, Resource: "${StepArn}", End: true}
      DefinitionSubstitutions: {StepArn: !GetAtt Step.Arn}
      Policies: [{LambdaInvokePolicy: {FunctionName: !Ref Step}}]
      Events:
        Orders: {Type: EventBridgeRule, Properties: {Pattern: {source: [shop]}, InputPath: $.detail}}
        Nightly: {Type: ScheduleV2, Properties: {ScheduleExpression: cron(0 3 * * ? *), Input: '{"n": 100}'}}
Outputs:
  Machine: {Value: !Ref Machine}
"""


def test_a_sam_template_brings_a_machine_that_events_start() -> None:
    with Cloud() as cloud:
        stack = cloud.deploy(TEMPLATE)
        machine = stack.outputs["Machine"]
        entry = {"Source": "shop", "DetailType": "Order", "Detail": '{"n": 1}'}
        cloud.client("events").put_events(Entries=[entry])
        cloud.clock.advance(hours=19)
        client = cloud.client("stepfunctions")
        executions = client.list_executions(stateMachineArn=machine)["executions"]
        outputs = [client.describe_execution(executionArn=one["executionArn"])["output"] for one in executions]
        assert outputs == ["102", "3"]
        cloud.stacks.delete(stack.name)
        assert client.list_state_machines()["stateMachines"] == []
