"""SNS fan-out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from grader.cloud.events import Mail
from grader.cloud.events.sns import wanted


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


def attribute(value: Any) -> dict[str, Any]:
    kind = "String.Array" if isinstance(value, list) else "Number" if isinstance(value, int | float) else "String"
    return {"Type": kind, "Value": json.dumps(value) if isinstance(value, list) else str(value)}


@pytest.mark.parametrize(
    ("policy", "attributes", "passes"),
    [
        ({"store": ["example_corp"]}, {"store": "example_corp"}, True),
        ({"store": ["example_corp"]}, {}, False),
        ({"store": ["a"], "event": ["b"]}, {"store": "a"}, False),
        ({"interests": ["rugby"]}, {"interests": ["soccer", "rugby"]}, True),
        ({"price": [{"numeric": [">", 100, "<=", 150]}]}, {"price": 120.5}, True),
        ({"price": [100]}, {"price": 100}, True),
        ({"price": ["100"]}, {"price": 100}, False),
        ({"event": [{"anything-but": ["order_cancelled"]}]}, {"event": "order_placed"}, True),
        ({"event": [{"anything-but": {"prefix": "order-"}}]}, {"event": "order-1"}, False),
        ({"interests": [{"prefix": "bas"}]}, {"interests": "baseball"}, True),
        ({"interests": [{"suffix": "ball"}]}, {"interests": "baseball"}, True),
        ({"interests": [{"equals-ignore-case": "TENNIS"}]}, {"interests": "Tennis"}, True),
        ({"ip": [{"cidr": "10.0.0.0/24"}]}, {"ip": "10.0.0.7"}, True),
        ({"store": [{"exists": False}]}, {}, True),
        ({"$or": [{"a": ["x"]}, {"b": ["y"]}]}, {"b": "y"}, True),
    ],
)
def test_filter_policies_on_attributes(policy: Any, attributes: Any, passes: bool) -> None:
    given = {name: attribute(value) for name, value in attributes.items()}
    assert wanted({"FilterPolicy": json.dumps(policy)}, "hi", given) == passes


@pytest.mark.parametrize(
    ("body", "passes"),
    [('{"order": {"total": 20}}', True), ('{"order": {"total": 5}}', False), ("no JSON", False), ("[1]", False)],
)
def test_filter_policies_on_the_body(body: str, passes: bool) -> None:
    policy = json.dumps({"order": {"total": [{"numeric": [">", 10]}]}})
    assert wanted({"FilterPolicy": policy, "FilterPolicyScope": "MessageBody"}, body, {}) == passes


def test_a_malformed_filter_policy_is_refused(account: Any) -> None:
    queue = account.queue("q", "sns.amazonaws.com")
    with pytest.raises(ClientError, match="FilterPolicy: Unrecognized match type begins-with"):
        topic_with(account, "sqs", queue, FilterPolicy=json.dumps({"a": [{"begins-with": "x"}]}))
    with pytest.raises(ClientError, match="does not support nested filter policy"):
        topic_with(account, "sqs", queue, FilterPolicy=json.dumps({"a": {"b": ["x"]}}))


def test_a_protocol_that_is_not_imitated_is_refused_by_name(account: Any) -> None:
    with pytest.raises(ClientError, match=r"NotSupported: .* SNS subscriptions with Protocol https"):
        topic_with(account, "https", "https://example.com/hook")


def test_what_a_subscription_cannot_deliver_is_kept(account: Any) -> None:
    dead = account.queue("dead", "sns.amazonaws.com")
    redrive = json.dumps({"deadLetterTargetArn": dead})
    topic, _ = topic_with(account, "lambda", account.function("f"), RedrivePolicy=redrive)
    account.client("sns").publish(TopicArn=topic, Message="hi")
    account.cloud.run_until_idle()
    (message,) = account.received("dead")
    assert (account.calls, json.loads(message["Body"])["Message"]) == ([], "hi")


def test_a_fifo_topic_keeps_order_and_drops_duplicates(account: Any) -> None:
    sns = account.client("sns")
    topic = sns.create_topic(Name="t.fifo", Attributes={"FifoTopic": "true", "ContentBasedDeduplication": "true"})
    queue = account.queue("q.fifo", "sns.amazonaws.com", FifoQueue="true")
    sns.subscribe(TopicArn=topic["TopicArn"], Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"})
    for text in ("1", "2", "2", "3"):
        sns.publish(TopicArn=topic["TopicArn"], Message=text, MessageGroupId="g")
    account.cloud.run_until_idle()
    assert [message["Body"] for message in account.received("q.fifo")] == ["1", "2", "3"]
    with pytest.raises(ClientError, match="FIFO topics deliver to SQS queues"):
        sns.subscribe(TopicArn=topic["TopicArn"], Protocol="lambda", Endpoint=account.function("f"))
