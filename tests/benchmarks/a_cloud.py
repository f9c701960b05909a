"""The pocket AWS alone: an account, a stack, invocations, requests; beside bare moto for what it can do."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
from moto import mock_aws

from grader.cloud import Cloud
from grader.cloud.environment import isolation_level
from grader.grading.course import Course
from tests.benchmarks.row import Row, seconds, timed
from tests.soak.census import Census

HELLO = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: .
      Handler: app.handler
      Runtime: python3.13
      Events: {Get: {Type: Api, Properties: {Path: /hello, Method: get}}}
Outputs:
  Url: {Value: !Sub "https://${ServerlessRestApi}.execute-api.${AWS::Region}.amazonaws.com/Prod/hello"}
"""
APP = 'def handler(event, context):\n    return {"statusCode": 200, "body": "hello"}\n'
TIMES = 10
REQUESTS = 300
# Logs, traces and calls fill up to their bounds, and from then on nothing may grow.
FILLING, INVOCATIONS = 30_000, 10_000


def measure(course: Course) -> Iterator[Row]:
    """The figures of the cloud, all of them warm unless it says otherwise."""
    template = course.solutions / "ch09_events" / "app" / "template.yaml"
    Cloud().deploy(template)  # what a process does once: imports, service models, the environments' zygote
    moto = timed(bare_moto, TIMES)
    yield Row("new Cloud()", "and a first S3 call", timed(empty_account, TIMES), "s", 0.02,
              peer=f"mock_aws, same call: {seconds(moto)}")  # fmt: skip
    moto = made_by_moto()
    how = "the same template again, into an empty account"
    yield Row("deploy the chapter 9 app", how, deployments(template), "s", 0.15,
              peer=f"bare moto cannot, it is SAM; four plain resources by API calls: {seconds(moto)}")  # fmt: skip
    with tempfile.TemporaryDirectory() as folder, Cloud() as cloud:
        (Path(folder) / "template.yaml").write_text(HELLO)
        (Path(folder) / "app.py").write_text(APP)
        stack = cloud.deploy(Path(folder) / "template.yaml")
        yield from hello(cloud, stack.outputs["Url"], Path(folder))
        yield from left_behind(cloud)


def hello(cloud: Any, url: str, folder: Path) -> Iterator[Row]:
    """Invocations and requests of a function that does nothing (bare moto needs Docker for it)."""
    yield Row("cold call", f"cloud.run: environment born, called, ended; isolation level {isolation_level()}",
              timed(lambda: cloud.run(folder, "app.handler", {}, None), 3 * TIMES), "s", 0.04)  # fmt: skip
    cloud.invoke("Hello")
    yield Row("warm invocation", "cloud.invoke, logs and IAM included", timed(lambda: cloud.invoke("Hello"), 500),
              "s", 0.001, peer="bare moto: cannot without Docker")  # fmt: skip
    rates = []
    for _ in range(5):
        begun = time.perf_counter()
        for _ in range(REQUESTS):
            assert cloud.http.get(url).status == 200
        rates.append(REQUESTS / (time.perf_counter() - begun))
    yield Row("HTTP requests", "API Gateway to a warm function; logs, IAM, trace included", tuple(rates), "a second",
              300, is_less_better=False, peer="bare moto: cannot without Docker")  # fmt: skip


def left_behind(cloud: Any) -> Iterator[Row]:
    """What ten thousand invocations leave in this process and its children, logs and traces having their full size."""
    for _ in range(FILLING):
        cloud.invoke("Hello")
    before = Census.take()
    for _ in range(INVOCATIONS):
        cloud.invoke("Hello")
    after = Census.take()
    how = f"{INVOCATIONS:,} invocations: {{}} before, {{}} after"
    for what, unit, target in (("memory_mb", "MB", 2.0), ("children_mb", "MB", 2.0), ("processes", "more", 0),
                               ("descriptors", "more", 0), ("threads", "more", 0)):  # fmt: skip
        there, now = getattr(before, what), getattr(after, what)
        words = how.format(f"{there:g}", f"{now:g}")
        yield Row(f"{what.replace('_mb', '')} left behind", words, (float(now - there),), unit, target)


def deployments(template: Path) -> tuple[float, ...]:
    """Each into an empty account; making that is not measured."""
    found: list[float] = []
    for _ in range(TIMES):
        with Cloud() as cloud:
            found += timed(lambda: cloud.deploy(template), 1)
    return tuple(found)


def made_by_moto() -> tuple[float, ...]:
    """The nearest that moto does without its CloudFormation: four plain resources, by their own calls."""
    found: list[float] = []
    for _ in range(TIMES):
        with mock_aws():
            found += timed(four_resources, 1)
    return tuple(found)


def four_resources() -> None:
    """A queue, a bucket, a table and a role."""
    sqs, s3, dynamodb, iam = (
        boto3.client(service, region_name="us-east-1") for service in ("sqs", "s3", "dynamodb", "iam")
    )
    sqs.create_queue(QueueName="plain")
    s3.create_bucket(Bucket="plain")
    dynamodb.create_table(
        TableName="plain",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    iam.create_role(RoleName="plain", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []}))


def empty_account() -> None:
    """A cloud, used once and closed."""
    with Cloud() as cloud:
        cloud.client("s3").list_buckets()


def bare_moto() -> None:
    """The nearest thing to an empty account that moto has."""
    with mock_aws():
        boto3.client("s3", region_name="us-east-1").list_buckets()
