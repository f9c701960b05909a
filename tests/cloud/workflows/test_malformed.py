"""Definitions with something wrong in them: refused, or their execution fails; never a traceback of ours."""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from grader.cloud.errors import NotSupported
from grader.cloud.workflows.definition import read_definition
from grader.cloud.workflows.failures import InvalidDefinition
from tests.cloud.workflows.test_executions import Machines, machines

__all__ = ["machines"]
INNER = {"StartAt": "B", "States": {"B": {"Type": "Pass", "End": True}}}
TRY = {"Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}]}
JSONATA = {
    "QueryLanguage": "JSONata", "StartAt": "A", "TimeoutSeconds": 90,
    "States": {
        "A": {"Type": "Pass", "Assign": {"v": "{% $states.input.a %}"}, "Output": {"l": [1], "a": 1}, "Next": "C"},
        "C": {"Type": "Choice", "Default": "W", "Choices": [
            {"Condition": "{% $v = 2 %}", "Next": "M", "Assign": {"z": 2}}, {"Condition": False, "Next": "F"}]},
        "W": {"Type": "Wait", "Seconds": "{% 1 %}", "Next": "P"},
        "P": {"Type": "Parallel", "Branches": [INNER], "Arguments": {"a": 1}, "Next": "M"},
        "M": {"Type": "Map", "Items": "{% [1] %}", "ItemSelector": {"a": 1}, "MaxConcurrency": 1, "Next": "S", **TRY,
              "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, **INNER},
              "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "S", "Assign": {"y": 1}, "Output": 1}]},
        "S": {"Type": "Succeed"},
        "F": {"Type": "Fail", "Error": "E", "Cause": "because"},
    },
}  # fmt: skip
JSONPATH = {
    "QueryLanguage": "JSONPath", "StartAt": "A", "TimeoutSeconds": 90,
    "States": {
        "A": {"Type": "Pass", "Parameters": {"a.$": "$.a", "l": [1, 2]}, "Assign": {"v.$": "$.a"}, "Next": "C",
              "InputPath": "$", "ResultPath": "$.r", "OutputPath": "$.r"},
        "C": {"Type": "Choice", "Default": "W", "Choices": [
            {"Variable": "$.a", "NumericEquals": 2, "Next": "M"}, {"Variable": "$v", "StringMatches": "x", "Next": "F"},
            {"And": [{"Variable": "$.a", "IsPresent": False}, {"Variable": "$.a", "NumericEqualsPath": "$.l[0]"}],
             "Next": "S"}]},
        "W": {"Type": "Wait", "Seconds": 1, "Next": "P"},
        "P": {"Type": "Parallel", "Branches": [INNER], "ResultSelector": {"b.$": "$[0]"}, "ResultPath": "$.p",
              "Next": "M"},
        "M": {"Type": "Map", "ItemsPath": "$.l", "ItemSelector": {"a.$": "$$.Map.Item.Value"}, "MaxConcurrency": 1,
              **TRY, "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, **INNER}, "Next": "S",
              "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "S", "ResultPath": "$.e", "Assign": {"y": 1}}]},
        "S": {"Type": "Succeed"},
        "F": {"Type": "Fail", "Error": "E", "Cause": "because"},
    },
}  # fmt: skip
ODD = (
    None, True, 1, -1, 1.5, "", "x", "$", "$.a", "{% 1 %}", [], [1], ["x"], [[]], {}, {"a": 1}, {"a": None}, [None],
    "States.X()", {"StartAt": 1, "States": {}},
)  # fmt: skip
TEXTS = (
    "$", "$.a", "$.l", "$.l[0]", "$.b.c", "$$.State.Name", "$v", "$v.x", "{% $states.input %}", "{% $v %}",
    "{% [1,2] %}", "{% true %}", "{% ( %}", "States.Format('{}', $.a)", "States.MathAdd($.a, 1)",
    "States.ArrayLength($.l)", "States.Nope()", "States.Format('{}')", "$..a", "$.l[*]", "$.l[0:1]",
    "$.", "$[", "$v[", "States.", "2026-01-01T00:00:00Z", *ODD,
)  # fmt: skip
INPUTS = ({}, {"a": 1, "l": [1, 2], "b": {"c": "x"}}, [], 1, "x", None, {"a": None, "l": "no"}, {"a": [{}], "l": [[1]]})
RESOURCES = (
    "lambda:invoke", "lambda:invoke.waitForTaskToken", "sqs:sendMessage", "sns:publish", "dynamodb:putItem",
    "events:putEvents", "states:startExecution.sync:2", "aws-sdk:s3:listBuckets", "aws-sdk:dynamodb:scan",
    "aws-sdk:nope:nope", "aws-sdk:s3:nope",
)  # fmt: skip
MEMBERS = ("FunctionName", "Payload", "InvocationType", "QueueUrl", "MessageBody", "TopicArn", "Message", "TableName",
           "Item", "Entries", "StateMachineArn", "Bucket", "Nope")  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a document."""
    yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield from places(inner, (*path, key))


def put(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy with another value at a place."""
    if not path:
        return value
    changed = copy.deepcopy(document)
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return changed


@pytest.mark.parametrize("definition", [JSONATA, JSONPATH], ids=["JSONata", "JSONPath"])
def test_a_wrong_value_anywhere_is_refused_or_does_no_harm(definition: Any) -> None:
    read_definition(json.dumps(definition))
    became: Counter[str] = Counter()
    for path in places(definition):
        for value in ODD:
            try:
                read_definition(json.dumps(put(definition, path, value)))
                became["taken"] += 1
            except (InvalidDefinition, NotSupported):
                became["refused"] += 1
    assert became["refused"] > 3 * became["taken"] > 0


@pytest.mark.parametrize("seed", range(3))
def test_what_is_taken_runs_to_an_end(machines: Machines, seed: int) -> None:
    draw, became, role = random.Random(seed), Counter[str](), machines.role()
    for number in range(120):
        definition = draw.choice((JSONATA, JSONPATH))
        leaves = [path for path in places(definition) if path and path[-1] not in ("Type", "Next", "QueryLanguage")]
        changed = put(definition, draw.choice(leaves), draw.choice(TEXTS))
        try:
            made = machines.client.create_state_machine(name=f"m{number}", definition=json.dumps(changed), roleArn=role)
        except (ClientError, NotSupported):
            continue
        execution = machines.start(made["stateMachineArn"], draw.choice(INPUTS))
        machines.clock.advance(200)
        became[machines.client.describe_execution(executionArn=execution)["status"]] += 1
    assert became["SUCCEEDED"] and became["FAILED"] and not became["RUNNING"]


def test_tasks_are_given_anything(machines: Machines) -> None:
    draw, became = random.Random(0), Counter[str]()
    queue = machines.account.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    values = (*ODD, queue, {"id": {"S": "x"}}, {"id": {"S": 1}})
    for _ in range(250):
        given = draw.choice([draw.choice(values), {name: draw.choice(values) for name in draw.sample(MEMBERS, 3)}])
        if draw.random() < 0.3:
            given = {"QueueUrl": queue, "MessageBody": draw.choice(values)}
        resource = f"arn:aws:states:::{draw.choice(RESOURCES)}"
        state = {"Type": "Task", "Resource": resource, "QueryLanguage": "JSONata", "Arguments": given, "End": True}
        try:
            execution = machines.start(machines.make({"A": state}))
        except (ClientError, NotSupported):
            became["refused"] += 1
            continue
        machines.clock.advance(2)
        became[machines.client.describe_execution(executionArn=execution)["status"]] += 1
    assert became["SUCCEEDED"] and became["FAILED"] and became["refused"] and not became["RUNNING"]
