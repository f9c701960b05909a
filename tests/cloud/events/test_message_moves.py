"""Dead letters are moved back by SQS's own redrive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from grader.cloud import Cloud

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Letters: {Type: AWS::SQS::Queue}
  Orders:
    Type: AWS::SQS::Queue
    Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Letters.Arn, maxReceiveCount: 1}, VisibilityTimeout: 1}
  Other: {Type: AWS::SQS::Queue}
  MoveFunction:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: |
        import boto3
        def handler(event, context):
            return boto3.client("sqs").start_message_move_task(SourceArn=event)["TaskHandle"] > ""
      Handler: index.handler
      Runtime: python3.13
      Policies: [{Version: "2012-10-17", Statement: [POLICY]}]
Outputs:
  Letters: {Value: !Ref Letters}
  LettersArn: {Value: !GetAtt Letters.Arn}
  Orders: {Value: !Ref Orders}
  OrdersArn: {Value: !GetAtt Orders.Arn}
  Other: {Value: !Ref Other}
  OtherArn: {Value: !GetAtt Other.Arn}
"""
MOVE = "sqs:StartMessageMoveTask, sqs:ReceiveMessage, sqs:DeleteMessage, sqs:GetQueueAttributes"
MAY_MOVE = f"{{Effect: Allow, Action: [{MOVE}], Resource: !GetAtt Letters.Arn}}"
MAY_SEND = "{Effect: Allow, Action: sqs:SendMessage, Resource: !GetAtt Orders.Arn}"


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud() as cloud:
        yield cloud


def deployed(cloud: Cloud, *statements: str) -> tuple[Any, Any]:
    """The stack with two dead letters in it, and a client of SQS."""
    statement = ", ".join(statements) or MAY_MOVE
    stack = cloud.deploy(TEMPLATE.replace("POLICY", statement), name="shop")
    sqs = cloud.client("sqs")
    for number in ("1", "2"):
        kind = {"kind": {"DataType": "String", "StringValue": f"order {number}"}}
        sqs.send_message(QueueUrl=stack.outputs["Orders"], MessageBody=number, MessageAttributes=kind)
    for _ in range(2):
        sqs.receive_message(QueueUrl=stack.outputs["Orders"], MaxNumberOfMessages=10)
        cloud.clock.advance(seconds=2)
    return stack, sqs


def waiting(sqs: Any, queue: str) -> list[tuple[str, str, str]]:
    """Body, attribute and receive count of what can be received."""
    found = sqs.receive_message(
        QueueUrl=queue, MaxNumberOfMessages=10, MessageAttributeNames=["All"], AttributeNames=["All"],
        VisibilityTimeout=0,
    )  # fmt: skip
    return sorted(
        (one["Body"], one["MessageAttributes"]["kind"]["StringValue"], one["Attributes"]["ApproximateReceiveCount"])
        for one in found.get("Messages", [])
    )


BOTH = [("1", "order 1", "1"), ("2", "order 2", "1")]


def test_letters_go_back_to_their_queue_as_new_messages(cloud: Cloud) -> None:
    stack, sqs = deployed(cloud)
    before = cloud.clock.timestamp()
    assert sqs.start_message_move_task(SourceArn=stack.outputs["LettersArn"])["TaskHandle"]

    assert (waiting(sqs, stack.outputs["Letters"]), waiting(sqs, stack.outputs["Orders"])) == ([], BOTH)
    assert sqs.list_message_move_tasks(SourceArn=stack.outputs["LettersArn"])["Results"] == [
        {
            "Status": "COMPLETED",
            "SourceArn": stack.outputs["LettersArn"],
            "ApproximateNumberOfMessagesMoved": 2,
            "ApproximateNumberOfMessagesToMove": 2,
            "StartedTimestamp": int(before * 1000),
        }
    ]


def test_letters_go_where_they_are_sent(cloud: Cloud) -> None:
    stack, sqs = deployed(cloud)
    sqs.start_message_move_task(SourceArn=stack.outputs["LettersArn"], DestinationArn=stack.outputs["OtherArn"])
    assert waiting(sqs, stack.outputs["Other"]) == BOTH


def test_what_somebody_is_reading_stays(cloud: Cloud) -> None:
    stack, sqs = deployed(cloud)
    sqs.receive_message(QueueUrl=stack.outputs["Letters"], MaxNumberOfMessages=1, VisibilityTimeout=60)
    sqs.start_message_move_task(SourceArn=stack.outputs["LettersArn"])
    assert len(waiting(sqs, stack.outputs["Orders"])) == 1


def test_what_cannot_be_moved_is_refused(cloud: Cloud) -> None:
    stack, sqs = deployed(cloud)
    gone = stack.outputs["OtherArn"] + "s"
    for given, code, words in (
        ({"SourceArn": stack.outputs["OtherArn"]}, "InvalidParameterValue", "must be configured as a Dead Letter"),
        ({"SourceArn": gone}, "ResourceNotFoundException", "SourceArn parameter doesn't exist"),
        ({"SourceArn": stack.outputs["LettersArn"], "DestinationArn": gone}, "ResourceNotFoundException", "Destinat"),
    ):
        with pytest.raises(ClientError, match=words) as refused:
            sqs.start_message_move_task(**given)
        assert refused.value.response["Error"]["Code"] == code
    handle = sqs.start_message_move_task(SourceArn=stack.outputs["LettersArn"])["TaskHandle"]
    for one, code in ((handle, "AWS.SimpleQueueService.UnsupportedOperation"), ("none", "ResourceNotFoundException")):
        with pytest.raises(ClientError) as refused:
            sqs.cancel_message_move_task(TaskHandle=one)
        assert refused.value.response["Error"]["Code"] == code


def test_a_pace_is_refused_by_its_name(cloud: Cloud) -> None:
    stack, sqs = deployed(cloud)
    with pytest.raises(ClientError, match="MaxNumberOfMessagesPerSecond"):
        sqs.start_message_move_task(SourceArn=stack.outputs["LettersArn"], MaxNumberOfMessagesPerSecond=5)


@pytest.mark.parametrize(
    ("statements", "refused"), [((MAY_MOVE, MAY_SEND), ""), ((MAY_MOVE,), "sqs:sendmessage"), ((MAY_SEND,), "Move")]
)
def test_a_move_needs_the_rights_on_both_queues(cloud: Cloud, statements: tuple[str, ...], refused: str) -> None:
    stack, _ = deployed(cloud, *statements)
    called = cloud.invoke("MoveFunction", stack.outputs["LettersArn"])
    if refused:
        assert refused.lower() in called.error["errorMessage"].lower()
    else:
        assert called.payload is True
