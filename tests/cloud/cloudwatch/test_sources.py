"""Metrics that services record of what really happened: queues, asynchronous events, concurrency."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cloud.conftest import Account


def total(account: Account, namespace: str, name: str, **sides: str) -> float:
    return account.cloud.metrics.total(namespace, name, **sides)


def gauge(account: Account, name: str, queue: str) -> list[float]:
    from grader.cloud.cloudwatch import Metric, dimensions

    metric = Metric("AWS/SQS", name, dimensions({"QueueName": queue}))
    return list(account.cloud.metrics.by_period(metric, "Maximum", int(account.started), 10**12, 60).values())


def test_messages_are_counted_as_they_come_and_go(account: Account) -> None:
    account.queue("jobs")
    for body in ("a", "bb"):
        account.send("jobs", body)
    sqs = account.client("sqs")
    url = sqs.get_queue_url(QueueName="jobs")["QueueUrl"]
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    counted = {
        name: total(account, "AWS/SQS", name, QueueName="jobs")
        for name in ("NumberOfMessagesSent", "SentMessageSize", "NumberOfMessagesReceived", "NumberOfMessagesDeleted")
    }

    assert counted == {
        "NumberOfMessagesSent": 2, "SentMessageSize": 3, "NumberOfMessagesReceived": 1, "NumberOfMessagesDeleted": 1,
    }  # fmt: skip


def test_what_a_redrive_moves_was_not_sent_to_the_dead_letter_queue(account: Account) -> None:
    sqs = account.client("sqs")
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    url = sqs.create_queue(QueueName="jobs", Attributes={"RedrivePolicy": policy, "VisibilityTimeout": "30"})[
        "QueueUrl"
    ]
    account.send("jobs", "poison")
    for _ in range(2):
        sqs.receive_message(QueueUrl=url)
        account.clock.advance(31)

    assert total(account, "AWS/SQS", "NumberOfMessagesSent", QueueName="dead") == 0
    assert gauge(account, "ApproximateNumberOfMessagesVisible", "dead")[-1:] == [1]


def test_once_a_minute_a_queue_tells_how_much_waits_and_for_how_long(account: Account) -> None:
    account.queue("jobs")
    account.clock.advance(seconds=30)
    account.send("jobs", "a")
    account.clock.advance(minutes=2)

    assert gauge(account, "ApproximateNumberOfMessagesVisible", "jobs") == [1, 1]
    assert gauge(account, "ApproximateAgeOfOldestMessage", "jobs") == [30, 90]


def test_an_idle_queue_is_measured_for_six_hours_and_then_no_more(account: Account) -> None:
    account.queue("jobs")
    account.send("jobs", "a")
    account.received("jobs")
    sqs = account.client("sqs")
    sqs.purge_queue(QueueUrl=sqs.get_queue_url(QueueName="jobs")["QueueUrl"])
    account.clock.advance(days=2)

    assert len(gauge(account, "ApproximateNumberOfMessagesVisible", "jobs")) == 360
    assert account.clock.pending() == ()


def test_an_alarm_on_the_depth_of_a_dead_letter_queue(account: Account) -> None:
    account.queue("dead")
    account.client("cloudwatch").put_metric_alarm(
        AlarmName="dead", Namespace="AWS/SQS", MetricName="ApproximateNumberOfMessagesVisible",
        Dimensions=[{"Name": "QueueName", "Value": "dead"}], Statistic="Maximum", Period=60, EvaluationPeriods=1,
        Threshold=0, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    account.send("dead", "a letter")
    account.clock.advance(minutes=1)

    assert account.cloud.alarms.all()[0].state == "ALARM"


def test_asynchronous_events_are_counted_by_how_they_end(account: Account) -> None:
    def handler(event: dict[str, Any], environment: Any) -> None:
        if event["bad"]:
            raise ValueError("poison")

    account.function("work", handler)
    for bad in (True, False):
        account.cloud.invoke("work", {"bad": bad}, asynchronous=True)
    account.clock.advance(minutes=10)

    counted = [account.metric(name, "work") for name in ("AsyncEventsReceived", "AsyncEventsDropped", "Invocations")]
    assert counted == [2, 1, 4]
    assert account.metric("AsyncEventAge", "work") == pytest.approx(1000 * (60 + 180))


def test_concurrency_is_the_number_of_busy_environments(account: Account) -> None:
    account.function("slow")
    account.slept["slow"] = 2.0
    now = account.clock.timestamp()
    for number in range(3):
        account.functions.invoke("slow", at=now + number / 10)

    from grader.cloud.cloudwatch import Metric, dimensions

    sides = dimensions({"FunctionName": "slow"})
    metric = Metric("AWS/Lambda", "ConcurrentExecutions", sides)
    assert account.cloud.metrics.value(metric, "Maximum", now, now + 60) == 3
