"""SNS fan-out."""

from __future__ import annotations

import json
from typing import Any

from grader.cloud.events import Mail


def topic_with(account: Any, protocol: str, endpoint: str, **attributes: str) -> tuple[str, str]:
    sns = account.client("sns")
    topic = sns.create_topic(Name="t")["TopicArn"]
    made = sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint, Attributes=attributes)
    return topic, made["SubscriptionArn"]


def test_a_function_gets_awss_event_whole(account: Any) -> None:
    topic, subscription = topic_with(account, "lambda", account.function("f"))
    account.permit("f", "sns.amazonaws.com", topic)
    attributes = {"kind": {"DataType": "String", "StringValue": "x"}}
    sent = account.client("sns").publish(TopicArn=topic, Message="hi", Subject="S", MessageAttributes=attributes)
    account.cloud.run_until_idle()
    host = "https://sns.us-east-1.amazonaws.com"
    assert account.called("f") == [
        {
            "Records": [
                {
                    "EventSource": "aws:sns",
                    "EventVersion": "1.0",
                    "EventSubscriptionArn": subscription,
                    "Sns": {
                        "Type": "Notification",
                        "MessageId": sent["MessageId"],
                        "TopicArn": topic,
                        "Subject": "S",
                        "Message": "hi",
                        "Timestamp": "2026-11-02T09:00:00.000Z",
                        "SignatureVersion": "1",
                        "Signature": "EXAMPLE",
                        "SigningCertUrl": f"{host}/SimpleNotificationService-0000000000000000000000.pem",
                        "UnsubscribeUrl": f"{host}/?Action=Unsubscribe&SubscriptionArn={subscription}",
                        "MessageAttributes": {"kind": {"Type": "String", "Value": "x"}},
                    },
                }
            ]
        }
    ]


def test_without_permission_nothing_is_delivered(account: Any) -> None:
    topic, _ = topic_with(account, "lambda", account.function("f"))
    account.client("sns").publish(TopicArn=topic, Message="hi")
    account.cloud.run_until_idle()
    assert account.calls == []
    assert account.cloud.traces.last().first_broken.name == "permission"


def test_a_queue_needs_a_policy_that_lets_the_topic_send(account: Any) -> None:
    topic, _ = topic_with(account, "sqs", account.queue("closed"))
    account.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=account.queue("open", "sns.amazonaws.com"))
    account.client("sns").publish(TopicArn=topic, Message="hi")
    account.cloud.run_until_idle()
    assert account.received("closed") == []
    (message,) = account.received("open")
    envelope = json.loads(message["Body"])
    assert (envelope["Type"], envelope["TopicArn"], envelope["Message"]) == ("Notification", topic, "hi")
    assert "Subject" not in envelope and "SigningCertURL" in envelope


def test_raw_delivery_sends_the_bare_message(account: Any) -> None:
    topic, _ = topic_with(account, "sqs", account.queue("raw", "sns.amazonaws.com"), RawMessageDelivery="true")
    attributes = {"kind": {"DataType": "String", "StringValue": "x"}}
    account.client("sns").publish(TopicArn=topic, Message="hi", MessageAttributes=attributes)
    account.cloud.run_until_idle()
    (message,) = account.received("raw")
    assert (message["Body"], message["MessageAttributes"]["kind"]["StringValue"]) == ("hi", "x")


def test_a_filter_policy_keeps_messages_away(account: Any) -> None:
    queue = account.queue("picky", "sns.amazonaws.com")
    topic, _ = topic_with(account, "sqs", queue, FilterPolicy=json.dumps({"kind": ["x"]}))
    for kind in "xy":
        attributes = {"kind": {"DataType": "String", "StringValue": kind}}
        account.client("sns").publish(TopicArn=topic, Message=kind, MessageAttributes=attributes)
    account.cloud.run_until_idle()
    assert [json.loads(message["Body"])["Message"] for message in account.received("picky")] == ["x"]


def test_e_mail_lies_in_the_outbox(account: Any) -> None:
    topic, _ = topic_with(account, "email", "ops@example.com")
    account.client("sns").publish(TopicArn=topic, Message="Help!", Subject="Alarm")
    assert account.cloud.outbox == [Mail("ops@example.com", "Alarm", "Help!", topic, account.started)]
