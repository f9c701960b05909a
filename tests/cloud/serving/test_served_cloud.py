"""A cloud that others use: time passes by itself, events are delivered by themselves, AWS's refusals come over HTTP."""

from __future__ import annotations

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from grader.cloud.errors import CloudError
from grader.cloud.serving import ServedCloud
from grader.cloud.serving.served_cloud import listen

from .conftest import outside_client, until

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Inbox: {Type: AWS::SQS::Queue}
  Echo:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      InlineCode: |
        def handler(event, context):
            print("got", event)
            return {"statusCode": 200, "body": "hello"}
      Events:
        Get: {Type: Api, Properties: {Path: /hello, Method: get}}
        Message: {Type: SQS, Properties: {Queue: !GetAtt Inbox.Arn}}
Outputs:
  Url: {Value: !Sub "https://${ServerlessRestApi}.execute-api.${AWS::Region}.amazonaws.com/Prod/hello"}
  Name: {Value: !Ref Echo}
"""


def ask(url: str, headers: Mapping[str, str] | None = None, body: bytes | None = None) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, dict(headers or {}))) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def test_boto3_of_another_program_is_served(served: ServedCloud) -> None:
    s3 = outside_client(served.address, "s3")
    s3.create_bucket(Bucket="pictures")
    s3.put_object(Bucket="pictures", Key="a", Body=b"one")

    assert s3.get_object(Bucket="pictures", Key="a")["Body"].read() == b"one"
    assert abs(time.time() - s3.head_object(Bucket="pictures", Key="a")["LastModified"].timestamp()) < 60


def test_unsigned_and_wrongly_signed_requests_are_refused_as_aws_does(served: ServedCloud) -> None:
    assert ask(f"{served.address}/pictures/a")[0] == 403
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        outside_client(served.address, "s3", secret="wrong").list_buckets()
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        outside_client(served.address, "sts", secret="wrong").get_caller_identity()


def test_messages_reach_functions_by_themselves(served: ServedCloud) -> None:
    stack = served.cloud.deploy(TEMPLATE, name="echo")
    queue = stack.resources["Inbox"].physical_id
    outside_client(served.address, "sqs").send_message(QueueUrl=queue, MessageBody="ping")

    [event] = until(lambda: served.cloud.delivered_events("Echo"))
    assert event["Records"][0]["body"] == "ping"


def test_a_stack_is_announced_with_addresses_that_a_browser_can_open(served: ServedCloud, lines: list[str]) -> None:
    served.cloud.deploy(TEMPLATE, name="echo")
    until(lambda: len(lines) == 2)
    [said, address] = lines
    assert said == "stack echo: CREATE_COMPLETE"
    assert ask(address.removeprefix("  Url: ")) == (200, "hello")

    outside_client(served.address, "cloudformation").delete_stack(StackName="echo")
    until(lambda: "stack echo: DELETE_COMPLETE" in lines)


def test_an_api_answers_under_its_own_name_on_the_same_port(served: ServedCloud) -> None:
    url = served.cloud.deploy(TEMPLATE, name="echo").outputs["Url"]
    host, path = url.removeprefix("https://").split("/", 1)

    assert ask(f"{served.address}/{path}", {"Host": host}) == (200, "hello")


def test_a_slow_function_does_not_hold_up_the_others(served: ServedCloud) -> None:
    code = "import time\ndef handler(event, context):\n    time.sleep(event.get('seconds', 0))\n"
    properties = {"Runtime": "python3.13", "Handler": "index.handler", "InlineCode": code, "Timeout": 300}
    names = ("Slow", "Quick")
    resources = {name: {"Type": "AWS::Serverless::Function", "Properties": properties} for name in names}
    served.cloud.deploy({"Transform": "AWS::Serverless-2016-10-31", "Resources": resources})
    for name, event in (("Slow", {"seconds": 120}), ("Quick", {})):
        served.cloud.invoke(name, event, asynchronous=True)

    until(lambda: any(line.message.startswith("REPORT") for line in served.cloud.logs("Quick")))
    assert not any(line.message.startswith("REPORT") for line in served.cloud.logs("Slow"))


def test_long_polling_waits_for_the_message(served: ServedCloud) -> None:
    sqs = outside_client(served.address, "sqs")
    url = sqs.create_queue(QueueName="later", Attributes={"ReceiveMessageWaitTimeSeconds": "20"})["QueueUrl"]
    received: list[Any] = []
    waiting = threading.Thread(target=lambda: received.extend(sqs.receive_message(QueueUrl=url)["Messages"]))
    waiting.start()
    outside_client(served.address, "sqs").send_message(QueueUrl=url, MessageBody="at last")
    waiting.join(19)

    assert [message["Body"] for message in received] == ["at last"]
    assert "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=0)


def test_a_page_of_another_site_may_not_use_the_keys_that_everybody_knows(served: ServedCloud) -> None:
    body = b"Action=ListTopics&Version=2010-03-31"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    authorization = "AWS4-HMAC-SHA256 Credential=AKIASERVERLESSCOURSE/20261102/us-east-1/sns/aws4_request"
    page = {**form, "Authorization": authorization, "Origin": "https://evil.example"}

    refused = "A page of another site may not ask this; the AWS CLI, SDKs and you may.\n"
    assert ask(served.address, page, body) == (403, refused)
    assert ask(served.address, {"Host": "evil.example"})[0] == 403


def test_a_port_that_is_taken_is_said_so(served: ServedCloud) -> None:
    port = int(served.address.rpartition(":")[2])

    with pytest.raises(CloudError, match=f"Port {port} of 127.0.0.1 is taken") as refused:
        listen("127.0.0.1", port)
    assert "--port" in str(refused.value)
    with pytest.raises(CloudError, match="Nothing can listen at"):
        listen("203.0.113.9", 0)


def test_closing_ends_what_is_running(served: ServedCloud) -> None:
    code = "import time\ndef handler(event, context):\n    time.sleep(800)\n"
    properties = {"Runtime": "python3.13", "Handler": "index.handler", "InlineCode": code, "Timeout": 900}
    resources = {"Slow": {"Type": "AWS::Serverless::Function", "Properties": properties}}
    served.cloud.deploy({"Transform": "AWS::Serverless-2016-10-31", "Resources": resources})
    served.cloud.invoke("Slow", asynchronous=True)
    until(lambda: served.cloud.functions.environments(served.cloud.stacks.get("app").resources["Slow"].physical_id))

    served.close()
    served.close()

    assert not [thread for thread in threading.enumerate() if thread.name.startswith(("deliverer", "door"))]
    with pytest.raises(urllib.error.URLError):
        ask(served.address)


def test_an_account_is_served_again_from_its_file(tmp_path: Path) -> None:
    state = tmp_path / "account.state"
    with ServedCloud(state=state) as served:
        url = served.cloud.deploy(TEMPLATE, name="echo").outputs["Url"]
    lines: list[str] = []
    with ServedCloud(state=state, report=lines.append) as served:
        assert ask(served.cloud.local_url(url)) == (200, "hello")
        with pytest.raises(CloudError, match="is in use"):
            ServedCloud(state=state)
        queue = served.cloud.stacks.get("echo").resources["Inbox"].physical_id
        outside_client(served.address, "sqs").send_message(QueueUrl=queue, MessageBody="again")
        until(lambda: served.cloud.delivered_events("Echo"))
    assert lines == []
