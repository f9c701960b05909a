"""Making a process warm for the pocket AWS: imports, service models, backends, a first stack; before any fork."""

from __future__ import annotations

import contextlib
import tempfile
import threading
from pathlib import Path
from typing import Any

from grader.cloud.environment import isolation_level, shared_zygote

TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Queue:
    Type: AWS::SQS::Queue
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      Subscription:
        - {Protocol: email, Endpoint: somebody@example.com}
  Table:
    Type: AWS::Serverless::SimpleTable
  Uploads:
    Type: AWS::S3::Bucket
  Function:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: .
      Handler: app.handler
      Runtime: python3.13
      Policies:
        - DynamoDBCrudPolicy: {TableName: !Ref Table}
        - SQSSendMessagePolicy: {QueueName: !GetAtt Queue.QueueName}
      Events:
        Page:
          Type: Api
          Properties: {Path: /page, Method: get}
        Upload:
          Type: S3
          Properties: {Bucket: !Ref Uploads, Events: "s3:ObjectCreated:*"}
Outputs:
  Url:
    Value: !Sub "https://${ServerlessRestApi}.execute-api.${AWS::Region}.amazonaws.com/Prod/"
"""


def warm_cloud() -> int:
    """Import the cloud and use it once, while the environments' zygote comes up beside it.

    No function is invoked: that would start threads, and a process with threads must not fork.

    Returns
    -------
    The isolation level of environments on this machine.
    """
    starting = threading.Thread(target=_start_environments)
    starting.start()
    try:
        _use_everything_once()
    finally:
        starting.join()
    assert threading.active_count() == 1, "a process with threads must not fork answers"
    return isolation_level()


def _use_everything_once() -> None:
    from grader.cloud import Cloud

    with Cloud() as cloud, tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "template.yaml").write_text(TEMPLATE)
        (Path(folder) / "app.py").write_text("def handler(event, context):\n    return {}\n")
        with contextlib.suppress(Exception):  # what does not work is said by the checks that need it
            _ask(cloud, cloud.deploy(Path(folder) / "template.yaml", name="warm"))


def _ask(cloud: Any, stack: Any) -> None:
    cloud.http.get(stack.outputs["Url"])
    cloud.client("s3").list_buckets()
    cloud.client("sts").get_caller_identity()
    cloud.client("sqs").list_queues()
    cloud.client("cloudformation").describe_stacks()
    cloud.client("logs").describe_log_groups()
    cloud.run_until_idle()


def _start_environments() -> None:
    with contextlib.suppress(Exception):  # said by isolation_level(), in the thread that can be heard
        shared_zygote()
