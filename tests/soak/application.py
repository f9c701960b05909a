"""What the soak runs: functions that work, fail, crash, sleep past their timeout, are throttled: as they are told."""

from __future__ import annotations

from pathlib import Path

TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: python3.13, CodeUri: ., Timeout: 3, MemorySize: 256}
Resources:
  Succeeded: {Type: AWS::SQS::Queue}
  Failed: {Type: AWS::SQS::Queue}
  Done: {Type: AWS::SQS::Queue}
  JobsDead: {Type: AWS::SQS::Queue}
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 60
      RedrivePolicy: {deadLetterTargetArn: !GetAtt JobsDead.Arn, maxReceiveCount: 3}
  Uploads: {Type: AWS::S3::Bucket}
  Web:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.web
      Events:
        Get: {Type: Api, Properties: {Path: /work, Method: get}}
  Work:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.work
      EventInvokeConfig: &telling
        MaximumRetryAttempts: 2
        DestinationConfig:
          OnSuccess: {Type: SQS, Destination: !GetAtt Succeeded.Arn}
          OnFailure: {Type: SQS, Destination: !GetAtt Failed.Arn}
      Policies: &destinations
        - SQSSendMessagePolicy: {QueueName: !GetAtt Succeeded.QueueName}
        - SQSSendMessagePolicy: {QueueName: !GetAtt Failed.QueueName}
  Narrow:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.work
      ReservedConcurrentExecutions: 1
      EventInvokeConfig: *telling
      Policies: *destinations
  Closed:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.work
      ReservedConcurrentExecutions: 0
      EventInvokeConfig: *telling
      Policies: *destinations
  Upload:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.upload
      EventInvokeConfig: *telling
      Policies: *destinations
      Events:
        Put:
          Type: S3
          Properties: {Bucket: !Ref Uploads, Events: "s3:ObjectCreated:*"}
  Job:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.job
      Environment: {Variables: {DONE: !Ref Done}}
      Policies:
        - SQSSendMessagePolicy: {QueueName: !GetAtt Done.QueueName}
      Events:
        Message:
          Type: SQS
          Properties:
            Queue: !GetAtt Jobs.Arn
            BatchSize: 5
            FunctionResponseTypes: [ReportBatchItemFailures]
Outputs:
  Url: {Value: !Sub "https://${ServerlessRestApi}.execute-api.${AWS::Region}.amazonaws.com/Prod/work"}
  Uploads: {Value: !Ref Uploads}
  Jobs: {Value: !Ref Jobs}
  Succeeded: {Value: !Ref Succeeded}
  Failed: {Value: !Ref Failed}
  Done: {Value: !Ref Done}
  JobsDead: {Value: !Ref JobsDead}
"""

APP = '''
import json
import os
import time
import urllib.parse

import boto3

sqs = boto3.client("sqs")


def act(mode):
    """Do as told: "ok", "print", "error", "exit", "sleep" (past the timeout), "pause"."""
    if mode == "print":
        print("some words of the function, " * 20)
    if mode == "error":
        raise ValueError("as it was told")
    if mode == "exit":
        os._exit(1)
    if mode == "sleep":
        time.sleep(60)
    if mode == "pause":
        time.sleep(0.2)


def web(event, context):
    asked = event["queryStringParameters"]
    act(asked["mode"])
    return {"statusCode": 200, "headers": {"Content-Type": "text/plain"}, "body": asked["id"]}


def work(event, context):
    act(event["mode"])
    return {"id": event["id"]}


def upload(event, context):
    for record in event["Records"]:
        mode, _, number = urllib.parse.unquote_plus(record["s3"]["object"]["key"]).partition("/")
        act(mode)
    return {"id": number}


def job(event, context):
    """Tell of what is done at the end, so that a batch that dies on the way is told of once it is done."""
    done, failed = [], []
    for record in event["Records"]:
        task = json.loads(record["body"])
        try:
            act(task["mode"])
            done.append(task["id"])
        except ValueError:
            failed.append({"itemIdentifier": record["messageId"]})
    if done:
        sqs.send_message(QueueUrl=os.environ["DONE"], MessageBody=json.dumps(done))
    return {"batchItemFailures": failed}
'''


def write_many(folder: Path, number: int) -> Path:
    """Write a template of so many functions, ``Work0`` and on; returns its path."""
    (folder / "app.py").write_text(APP)
    head = TEMPLATE.partition("Resources:")[0]
    functions = (
        f"  Work{n}: {{Type: AWS::Serverless::Function, Properties: {{Handler: app.work}}}}" for n in range(number)
    )
    (folder / "many.yaml").write_text("\n".join([head + "Resources:", *functions]))
    return folder / "many.yaml"


def write_application(folder: Path) -> Path:
    """Write template and code; returns the template's path."""
    (folder / "app.py").write_text(APP)
    (folder / "template.yaml").write_text(TEMPLATE)
    return folder / "template.yaml"
