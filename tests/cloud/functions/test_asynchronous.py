"""Asynchronous events: retries on the clock, dead letters, destinations, loops."""

from __future__ import annotations

import json
from typing import Any

import pytest

ACCOUNT = "123456789012"


def fail(event: Any, _: Any) -> Any:
    raise ValueError("no picture")


def allow(action: str, resource: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def queue_arn(name: str) -> str:
    return f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"


def test_a_failing_event_is_tried_three_times_with_one_request_id(account: Any) -> None:
    account.function("f", fail)
    request_id = account.functions.enqueue("f", b'{"n": 1}')
    account.cloud.run_until_idle()
    account.clock.advance(seconds=59)
    assert account.moments("f") == [0]
    account.clock.advance(hours=7)
    assert account.moments("f") == [0, 60, 180]
    assert {call[2] for call in account.calls} == {request_id}
    assert account.functions.delivered_events("f") == [{"n": 1}] * 3


def test_a_retry_waits_from_the_end_of_the_attempt(account: Any) -> None:
    account.function("f", fail)
    account.slept["f"] = 10
    account.functions.enqueue("f", b"{}")
    account.clock.advance(hours=1)
    assert account.moments("f") == [0, 70, 200]


def test_a_success_is_not_repeated(account: Any) -> None:
    attempts: list[int] = []

    def second_time_lucky(event: Any, _: Any) -> Any:
        attempts.append(1)
        if len(attempts) == 1:
            raise ValueError("once")

    account.function("f", second_time_lucky)
    account.functions.enqueue("f", b"{}")
    account.clock.advance(hours=1)
    assert account.moments("f") == [0, 60]


@pytest.mark.parametrize(
    ("config", "moments"),
    [
        ({"MaximumRetryAttempts": 0}, [0]),
        ({"MaximumRetryAttempts": 1}, [0, 60]),
        ({"MaximumEventAgeInSeconds": 60}, [0, 60]),
        ({"MaximumEventAgeInSeconds": 179}, [0, 60]),
    ],
)
def test_the_event_invoke_config_holds(account: Any, config: dict[str, int], moments: list[float]) -> None:
    account.function("f", fail)
    account.client("lambda").put_function_event_invoke_config(FunctionName="f", **config)
    account.functions.enqueue("f", b"{}")
    account.clock.advance(hours=1)
    assert account.moments("f") == moments


def test_a_throttled_event_backs_off_and_comes_back(account: Any) -> None:
    account.function("f")
    account.slept["f"] = 5
    account.client("lambda").put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=1)
    account.functions.enqueue("f", b'{"n": 1}')
    account.functions.enqueue("f", b'{"n": 2}')
    account.clock.advance(minutes=1)
    assert account.moments("f") == [0, 7]  # after 1, 2 and 4 seconds more
    assert account.metric("Throttles", "f") == 3


def test_a_dead_letter_queue_keeps_the_event_and_says_why(account: Any) -> None:
    account.queue("dlq")
    account.function(
        "f", fail, allow("sqs:SendMessage", queue_arn("dlq")), DeadLetterConfig={"TargetArn": queue_arn("dlq")}
    )
    request_id = account.functions.enqueue("f", b'{"key": "a b"}')
    account.clock.advance(seconds=179)
    assert account.received("dlq") == []
    account.clock.advance(seconds=1)
    (letter,) = account.received("dlq")
    assert letter["Body"] == '{"key": "a b"}'
    assert {name: (value["DataType"], value["StringValue"]) for name, value in letter["MessageAttributes"].items()} == {
        "RequestID": ("String", request_id),
        "ErrorCode": ("Number", "200"),
        "ErrorMessage": ("String", "no picture"),
    }


def test_a_dead_letter_topic_is_told(account: Any) -> None:
    topic = account.client("sns").create_topic(Name="failed")["TopicArn"]
    account.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=account.queue("kept", "sns.amazonaws.com"))
    account.client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="ops@example.com")
    account.function("f", fail, allow("sns:Publish", topic), DeadLetterConfig={"TargetArn": topic})
    request_id = account.functions.enqueue("f", b'{"n": 1}')
    account.clock.advance(minutes=4)
    (letter,) = account.received("kept")
    envelope = json.loads(letter["Body"])
    assert (envelope["Message"], envelope["TopicArn"]) == ('{"n": 1}', topic)
    assert envelope["MessageAttributes"]["RequestID"] == {"Type": "String", "Value": request_id}
    assert [(mail.to, mail.subject, mail.text) for mail in account.cloud.outbox] == [
        ("ops@example.com", "AWS Notification Message", '{"n": 1}')
    ]


def test_without_permission_the_dead_letter_is_lost(account: Any) -> None:
    account.queue("dlq")
    account.function("f", fail, DeadLetterConfig={"TargetArn": queue_arn("dlq")})
    account.functions.enqueue("f", b"{}")
    account.clock.advance(minutes=4)
    assert account.received("dlq") == []
    assert account.metric("DeadLetterErrors", "f") == 1
    trace = account.cloud.traces.last()
    assert trace.gates[-1].name == "dead letter" and "may not sqs:SendMessage" in trace.gates[-1].detail


def test_a_failure_destination_gets_the_documented_record(account: Any) -> None:
    account.queue("failed")
    arn = account.function("f", fail, allow("sqs:SendMessage", queue_arn("failed")))
    account.client("lambda").put_function_event_invoke_config(
        FunctionName="f", DestinationConfig={"OnFailure": {"Destination": queue_arn("failed")}}
    )
    request_id = account.functions.enqueue("f", b'{"n": 1}')
    account.clock.advance(minutes=4)
    (message,) = account.received("failed")
    assert json.loads(message["Body"]) == {
        "version": "1.0",
        "timestamp": "2026-11-02T09:03:00.000Z",
        "requestContext": {
            "requestId": request_id,
            "functionArn": f"{arn}:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 3,
        },
        "requestPayload": {"n": 1},
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": {"errorMessage": "no picture", "errorType": "ValueError"},
    }


def test_an_event_that_grew_too_old_says_so(account: Any) -> None:
    account.queue("failed")
    account.function("f", fail, allow("sqs:SendMessage", queue_arn("failed")))
    account.client("lambda").put_function_event_invoke_config(
        FunctionName="f",
        MaximumEventAgeInSeconds=100,
        DestinationConfig={"OnFailure": {"Destination": queue_arn("failed")}},
    )
    account.functions.enqueue("f", b"{}")
    account.clock.advance(minutes=4)
    (message,) = account.received("failed")
    context = json.loads(message["Body"])["requestContext"]
    assert (context["condition"], context["approximateInvokeCount"]) == ("EventAgeExceeded", 2)


def test_a_success_destination_may_be_a_function(account: Any) -> None:
    arn = account.function("next")
    account.function("f", lambda event, _: {"done": event["n"]}, allow("lambda:InvokeFunction", arn))
    account.client("lambda").put_function_event_invoke_config(
        FunctionName="f", DestinationConfig={"OnSuccess": {"Destination": arn}}
    )
    account.functions.enqueue("f", b'{"n": 1}')
    account.cloud.run_until_idle()
    (record,) = account.called("next")
    assert record["requestContext"]["condition"] == "Success"
    assert (record["requestPayload"], record["responsePayload"]) == ({"n": 1}, {"done": 1})


def test_a_destination_may_be_an_event_bus(account: Any) -> None:
    bus = f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/default"
    account.function("f", fail, allow("events:PutEvents", bus))
    heard = account.function("heard")
    events = account.client("events")
    rule = events.put_rule(Name="failures", EventPattern=json.dumps({"source": ["lambda"]}))["RuleArn"]
    events.put_targets(Rule="failures", Targets=[{"Id": "1", "Arn": heard}])
    account.permit("heard", "events.amazonaws.com", rule)
    account.client("lambda").put_function_event_invoke_config(
        FunctionName="f", MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": bus}}
    )
    account.functions.enqueue("f", b"{}")
    account.cloud.run_until_idle()
    (event,) = account.called("heard")
    assert event["detail-type"] == "Lambda Function Invocation Result - Failure"
    assert event["detail"]["requestContext"]["condition"] == "RetriesExhausted"
    assert event["time"] == "2026-11-02T09:00:00Z"


def test_reserved_concurrency_of_zero_goes_straight_to_the_destination(account: Any) -> None:
    account.queue("failed")
    account.function("f", None, allow("sqs:SendMessage", queue_arn("failed")))
    client = account.client("lambda")
    client.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    client.put_function_event_invoke_config(
        FunctionName="f", DestinationConfig={"OnFailure": {"Destination": queue_arn("failed")}}
    )
    account.functions.enqueue("f", b"{}")
    account.cloud.run_until_idle()
    (message,) = account.received("failed")
    assert json.loads(message["Body"])["requestContext"]["condition"] == "ZeroReservedConcurrency"


def test_a_function_that_calls_itself_is_stopped_after_sixteen(account: Any) -> None:
    def again(event: Any, environment: Any) -> None:
        with account.as_function(environment):
            account.functions.enqueue("f", json.dumps({"n": event["n"] + 1}).encode())

    account.function("f", again)
    account.functions.enqueue("f", b'{"n": 1}')
    account.cloud.run_until_idle()
    assert [event["n"] for event in account.called("f")] == list(range(1, 17))
    assert account.metric("RecursiveInvocationsDropped", "f") == 1
    first = account.cloud.traces.last()
    assert len(list(first.walk())) == 17 and first.first_broken.name == "recursion"


def test_a_loop_that_is_allowed_goes_on(account: Any) -> None:
    def again(event: Any, environment: Any) -> None:
        if event["n"] < 40:
            with account.as_function(environment):
                account.functions.enqueue("f", json.dumps({"n": event["n"] + 1}).encode())

    account.function("f", again)
    account.client("lambda").put_function_recursion_config(FunctionName="f", RecursiveLoop="Allow")
    account.functions.enqueue("f", b'{"n": 1}')
    account.cloud.run_until_idle()
    assert len(account.calls) == 40


def test_a_synchronous_loop_is_stopped_too(account: Any) -> None:
    def deeper(event: Any, environment: Any) -> Any:
        with account.as_function(environment):
            return account.functions.invoke("f").error

    account.function("f", deeper)
    done = account.functions.invoke("f")
    assert len(account.calls) == 16 and done.error is None
    assert [gate.name for gate in list(done.trace.walk())[-1].gates] == ["recursion"]
