"""State machines that speak JSONata, and variables in both query languages."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud.workflows.test_executions import Machines, machines, task

__all__ = ["machines"]
JSONATA = {"QueryLanguage": "JSONata"}


def out(machines: Machines, template: Any, given: Any = None) -> Any:
    """What a Pass state with this Output gives."""
    return machines.run({"P": {"Type": "Pass", **JSONATA, "Output": template, "End": True}}, given)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{% $states.input %}", {"n": 4, "list": [3, 1], "none": None, "items": [{"k": "x"}]}),
        ("{% $states.input.n + 1 %}", 5),
        ("{%$states.input.n / 8%}", 0.5),
        ("{% $states.input.none %}", None),
        ("{% $states.input.items.k %}", "x"),
        ("{% [$states.input.items.k] %}", ["x"]),
        ("{% $sort($states.input.list) %}", [1, 3]),
        ("{% $states.context.State.Name %}", "P"),
        ("{% $exists($states.input.missing) %}", False),
        ("{% $partition([1..5], 2) %}", [[1, 2], [3, 4], [5]]),
        ("{% $range(0, 10, 5) %}", [0, 5, 10]),
        ("{% $hash('a', 'SHA-256') %}", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
        ("{% $parse('{\"a\": [1, null]}') %}", {"a": [1, None]}),
        ("{% $random(7) = $random(7) and $random() < 1 %}", True),
        ("{% $length($uuid()) %}", 36),
        ("{% $now() %}", "2026-11-02T09:00:00.000Z"),
        (" {% $states.input.n %}", " {% $states.input.n %}"),
        ({"a": ["{% $states.input.n %}", 1, "{%"], "b": {"c": "{% 'd' %}"}}, {"a": [4, 1, "{%"], "b": {"c": "d"}}),
        ("{% ($f := function($x) { $x * 2 }; $map($states.input.list, $f)) %}", [6, 2]),
    ],
)
def test_expressions_of_an_output(machines: Machines, template: Any, expected: Any) -> None:
    found = out(machines, template, {"n": 4, "list": [3, 1], "none": None, "items": [{"k": "x"}]})
    assert found == expected and type(found) is type(expected)


@pytest.mark.parametrize(
    ("expression", "cause"),
    [
        ("$states.input.missing", "specified for the field 'Output/v' returned nothing (undefined)."),
        ("$unknown", "returned nothing (undefined)."),
        ("'a' + 1", "T2001: The left side of the + operator must evaluate to a number"),
        ("1 / 0", "a division by zero"),
        ("function($x) { $x }", "returned a function, which is no data."),
        ("($f := function() { 1 + $f() }; $f())", "Stack overflow"),
        ("($f := function() { $f() }; $f())", ""),  # stopped by its own clock or by its environment's
        ("$eval('1')", "$eval is not there in Step Functions"),
        ("$states.input.__class__", "returned nothing (undefined)."),
        ("$range(1, 5, 0)", "a step that is not 0"),
    ],
)
def test_an_expression_without_a_value_ends_the_state(machines: Machines, expression: str, cause: str) -> None:
    status, error, told = out(machines, {"v": f"{{% {expression} %}}"}, {})
    assert (status, error) == ("FAILED", "States.QueryEvaluationError")
    assert cause in told


@pytest.mark.parametrize("expression", ["$", "$$", "$.n"])
def test_the_root_of_an_expression_is_nothing(machines: Machines, expression: str) -> None:
    assert out(machines, f"{{% {expression} %}}", {"n": 1})[:2] == ("FAILED", "States.QueryEvaluationError")


def test_an_expression_cannot_fill_the_judge_s_memory(machines: Machines) -> None:
    """Its program ends; this process, and the next expression, go on."""
    bomb = "$length($reduce([1..60], function($a, $b) { $a & $a }, 'xxxxxxxx'))"
    status, error, _ = out(machines, f"{{% {bomb} %}}")
    assert (status, error) == ("FAILED", "States.QueryEvaluationError")
    assert out(machines, "{% 1 + 1 %}") == 2


def test_an_expression_sees_nothing_of_the_host(machines: Machines) -> None:
    os.environ["SECRET_OF_THE_JUDGE"] = "x"
    try:
        assert out(machines, "{% $string($states.context) ~> $contains('SECRET_OF_THE_JUDGE') %}") is False
    finally:
        del os.environ["SECRET_OF_THE_JUDGE"]


def test_tasks_take_arguments_and_give_output(machines: Machines) -> None:
    double = machines.account.function("double", lambda event, _: {"n": 2 * event["n"]})
    invoke = task(
        "arn:aws:states:::lambda:invoke", **JSONATA,
        Arguments={"FunctionName": double, "Payload": {"n": "{% $states.input.n %}"}},
        Output="{% $states.result.Payload.n %}",
    )  # fmt: skip
    assert machines.run({"T": invoke}, {"n": 4}) == 8
    assert machines.run({"T": task(double, **JSONATA)}, {"n": 5}) == {"n": 10}
    kept = "{% $merge([$states.input, $states.result]) %}"
    assert machines.run({"T": task(double, **JSONATA, Output=kept)}, {"n": 5, "m": 1}) == {"n": 10, "m": 1}


def test_a_failure_is_retried_and_caught(machines: Machines) -> None:
    def fail(event: Any, _: Any) -> None:
        raise ValueError("no")

    arn = machines.account.function("fails", fail)
    caught = {
        "ErrorEquals": ["ValueError"], "Next": "After", "Assign": {"error": "{% $states.errorOutput.Error %}"},
        "Output": {"was": "{% $states.input.n %}", "message": "{% $parse($states.errorOutput.Cause).errorMessage %}"},
    }  # fmt: skip
    states = {
        "T": {**task(arn), "Retry": [{"ErrorEquals": ["ValueError"], "MaxAttempts": 1}], "Catch": [caught]},
        "After": {"Type": "Pass", "Output": {"error": "{% $error %}", "in": "{% $states.input %}"}, "End": True},
    }
    execution = machines.start(machines.make(states, **JSONATA), {"n": 4})
    machines.clock.advance(1)
    told = machines.client.describe_execution(executionArn=execution)
    assert json.loads(told["output"]) == {"error": "ValueError", "in": {"was": 4, "message": "no"}}
    assert machines.types(execution).count("LambdaFunctionFailed") == 2


def test_without_an_output_a_catcher_gives_the_error(machines: Machines) -> None:
    states = {
        "T": {"Type": "Parallel", "End": True, "Branches": [
            {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "{% 'E' & $states.input.n %}", "Cause": "c"}}}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "S"}]},
        "S": {"Type": "Succeed"},
    }  # fmt: skip
    execution = machines.start(machines.make(states, **JSONATA), {"n": 4})
    told = machines.client.describe_execution(executionArn=execution)
    assert json.loads(told["output"]) == {"Error": "E4", "Cause": "c"}


def test_a_query_that_fails_can_be_caught_and_is_in_the_history(machines: Machines) -> None:
    arn = machines.account.function("one", lambda event, _: 1)
    states = {
        "T": {**task(arn), "Output": {"x": "{% $states.result.missing %}"},
              "Catch": [{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "S", "Output": "caught"}]},
        "S": {"Type": "Succeed"},
    }  # fmt: skip
    execution = machines.start(machines.make(states, **JSONATA))
    told = machines.client.describe_execution(executionArn=execution)
    assert json.loads(told["output"]) == "caught"
    events = machines.client.get_execution_history(executionArn=execution)["events"]
    (failed,) = [event["evaluationFailedEventDetails"] for event in events if event["type"] == "EvaluationFailed"]
    assert (failed["state"], failed["location"]) == ("T", "Output/x")


def test_choices_have_conditions_outputs_and_variables(machines: Machines) -> None:
    states = {
        "C": {
            "Type": "Choice", "Default": "S", "Output": "otherwise", "Assign": {"kind": "small"},
            "Choices": [{"Condition": "{% $states.input.n > 3 %}", "Next": "S", "Output": "{% $states.input.n %}",
                         "Assign": {"kind": "big"}}],
        },
        "S": {"Type": "Succeed", "Output": ["{% $states.input %}", "{% $kind %}"]},
    }  # fmt: skip
    machine = machines.make(states, **JSONATA)
    for number, expected in ((4, [4, "big"]), (2, ["otherwise", "small"])):
        execution = machines.start(machine, {"n": number})
        assert json.loads(machines.client.describe_execution(executionArn=execution)["output"]) == expected


def test_a_condition_must_be_true_or_false(machines: Machines) -> None:
    choice = {"Type": "Choice", "Choices": [{"Condition": "{% 1 %}", "Next": "S"}]}
    execution = machines.start(machines.make({"C": choice, "S": {"Type": "Succeed"}}, **JSONATA))
    told = machines.client.describe_execution(executionArn=execution)
    assert (told["status"], told["error"]) == ("FAILED", "States.QueryEvaluationError")


def test_waits_are_expressions(machines: Machines) -> None:
    wait = {"Type": "Wait", **JSONATA, "Seconds": "{% $states.input.minutes * 60 %}", "End": True}
    execution = machines.start(machines.make({"W": wait}), {"minutes": 2})
    machines.clock.advance(119)
    assert machines.client.describe_execution(executionArn=execution)["status"] == "RUNNING"
    machines.clock.advance(1)
    assert machines.client.describe_execution(executionArn=execution)["status"] == "SUCCEEDED"


def test_a_map_goes_through_its_items(machines: Machines) -> None:
    double = machines.account.function("double", lambda event, _: event["by"] * event["n"])
    state = {
        "Type": "Map", **JSONATA, "Items": "{% $states.input.list %}", "MaxConcurrency": "{% 1 + 1 %}", "End": True,
        "ItemSelector": {"n": "{% $states.context.Map.Item.Value %}", "by": "{% $states.input.by %}"},
        "ItemProcessor": {"StartAt": "T", "States": {"T": task(double, **JSONATA)}},
        "Output": "{% $sum($states.result) %}",
    }  # fmt: skip
    assert machines.run({"M": state}, {"list": [1, 2, 3], "by": 10}) == 60


def test_branches_read_the_variables_around_them_and_keep_their_own(machines: Machines) -> None:
    def branch(name: str) -> dict[str, Any]:
        return {"StartAt": name, "States": {
            name: {"Type": "Pass", "Assign": {"x": f"{{% $x & '{name}' %}}"}, "Next": f"{name}2"},
            f"{name}2": {"Type": "Pass", "Output": "{% $x %}", "End": True},
        }}  # fmt: skip

    states = {
        "Begin": {"Type": "Pass", "Assign": {"x": "outer"}, "Next": "Both"},
        "Both": {"Type": "Parallel", "Branches": [branch("A"), branch("B")], "Next": "End"},
        "End": {"Type": "Succeed", "Output": ["{% $states.input %}", "{% $x %}"]},
    }
    execution = machines.start(machines.make(states, **JSONATA))
    told = machines.client.describe_execution(executionArn=execution)
    assert json.loads(told["output"]) == [["outerA", "outerB"], "outer"]


def test_variables_hold_from_the_next_state_on(machines: Machines) -> None:
    first = {"Type": "Pass", "Assign": {"n": "{% $states.input.n %}"}, "Next": "B"}
    second = {"Type": "Pass", "Assign": {"n": "{% $n + 1 %}"}, "Output": "{% $n %}", "Next": "C"}
    states = {"A": first, "B": second, "C": {"Type": "Succeed", "Output": ["{% $states.input %}", "{% $n %}"]}}
    execution = machines.start(machines.make(states, **JSONATA), {"n": 1})
    assert json.loads(machines.client.describe_execution(executionArn=execution)["output"]) == [1, 2]
    events = machines.client.get_execution_history(executionArn=execution)["events"]
    left = [event["stateExitedEventDetails"] for event in events if event["type"] == "PassStateExited"]
    assert [one["assignedVariables"] for one in left] == [{"n": "1"}, {"n": "2"}]


def test_paths_read_variables_too(machines: Machines) -> None:
    arn = machines.account.function("answer", lambda event, _: {"deep": {"n": event["n"]}})
    states = {
        "T": {"Type": "Task", "Resource": arn, "Assign": {"got.$": "$.deep", "fixed": 3}, "ResultPath": None,
              "Next": "C"},
        "C": {"Type": "Choice", "Choices": [{"Variable": "$got.n", "NumericEquals": 7, "Next": "P"}], "Default": "F"},
        "P": {"Type": "Pass", "Parameters": {"n.$": "$got.n", "f.$": "$fixed", "s.$": "States.MathAdd($got.n, 1)"},
              "End": True},
        "F": {"Type": "Fail"},
    }  # fmt: skip
    assert machines.run(states, {"n": 7}) == {"n": 7, "f": 3, "s": 8}


def test_one_state_of_a_machine_may_speak_jsonata(machines: Machines) -> None:
    states = {
        "A": {"Type": "Pass", **JSONATA, "Output": {"n": "{% $states.input.n * 2 %}"}, "Next": "B"},
        "B": {"Type": "Pass", "InputPath": "$.n", "End": True},
    }
    assert machines.run(states, {"n": 4}) == 8


@pytest.mark.parametrize(
    ("state", "top", "fault"),
    [
        ({"Type": "Pass", "Parameters": {}, "End": True}, JSONATA, "Field 'Parameters' is not supported"),
        ({"Type": "Pass", "Output": 1, "End": True}, {}, "Field 'Output' is not supported"),
        ({"Type": "Pass", "QueryLanguage": "JSONPath", "End": True}, JSONATA, "can not be 'JSONPath'"),
        ({"Type": "Pass", "QueryLanguage": "SQL", "End": True}, {}, "not a valid query language: SQL"),
        ({"Type": "Pass", "Output": "{% 1 + %}", "End": True}, JSONATA, "JSONata expression '1 \\+' is not valid"),
        ({"Type": "Pass", "Assign": {"states": 1}, "End": True}, JSONATA, "'states' is not a valid name"),
        ({"Type": "Pass", "Assign": {"a b": 1}, "End": True}, {}, "'a b' is not a valid name"),
        ({"Type": "Choice", "Choices": [{"Condition": "x", "Next": "A"}]}, JSONATA, "'Condition' must be a valid"),
        ({"Type": "Choice", "Choices": [{"Condition": True, "Variable": "$", "Next": "A"}]}, JSONATA, "'Variable'"),
        ({"Type": "Choice", "Choices": [{"Variable": "$", "Next": "A"}]}, JSONATA, "required: \\[Condition\\]"),
        ({"Type": "Wait", "SecondsPath": "$.n", "End": True}, JSONATA, "Field 'SecondsPath' is not supported"),
    ],
)
def test_a_wrong_definition_is_refused(machines: Machines, state: Any, top: Any, fault: str) -> None:
    with pytest.raises(ClientError, match=fault):
        machines.make({"A": state}, **top)
    definition = json.dumps({"StartAt": "A", "States": {"A": state}, **top})
    told = machines.client.validate_state_machine_definition(definition=definition)
    assert told["result"] == "FAIL"


def nested(depth: int) -> Any:
    value: Any = "{% 1 %}"
    for _ in range(depth):
        value = [value]
    return value


def test_a_template_that_is_nested_without_end_is_refused_or_fails(machines: Machines) -> None:
    assert out(machines, nested(50)) == json.loads("[" * 50 + "1" + "]" * 50)
    assert out(machines, nested(600))[:2] == ("FAILED", "States.QueryEvaluationError")
    output = "[" * 5000 + "]" * 5000
    deep = f'{{"StartAt": "A", "States": {{"A": {{"Type": "Pass", "Output": {output}, "End": true}}}}}}'
    role = "arn:aws:iam::123456789012:role/none"
    with pytest.raises(ClientError, match="InvalidDefinition"):
        machines.client.create_state_machine(name="deep", definition=deep, roleArn=role)
