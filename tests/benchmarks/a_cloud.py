"""The pocket AWS alone: an account, a stack, invocations, requests; beside bare moto for what it can do."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
from moto import mock_aws

from grader.cloud import Cloud
from grader.grading.course import Course
from tests.benchmarks.row import Row, seconds, timed

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


def measure(course: Course) -> Iterator[Row]:
    """The figures of the cloud, all of them warm unless it says otherwise."""
    template = course.solutions / "ch09_events" / "app" / "template.yaml"
    Cloud().deploy(template)  # what a process does once: imports, service models, the environments' zygote
    moto = timed(bare_moto, TIMES)
    how = "and a first S3 call; issue 3 asks for ≤ 0.02"
    yield Row("new Cloud()", how, timed(empty_account, TIMES), peer=f"mock_aws, same call: {seconds(moto)}")
    how = "the same template again; issue 3 asks for ≤ 0.15"
    yield Row("deploy the chapter 9 app", how, deployments(template), peer="bare moto: cannot, it is SAM")
    with tempfile.TemporaryDirectory() as folder, Cloud() as cloud:
        (Path(folder) / "template.yaml").write_text(HELLO)
        (Path(folder) / "app.py").write_text(APP)
        stack = cloud.deploy(Path(folder) / "template.yaml")
        yield from hello(cloud, stack.outputs["Url"], Path(folder))


def hello(cloud: Any, url: str, folder: Path) -> Iterator[Row]:
    """Invocations and requests of a function that does nothing (bare moto needs Docker for it)."""
    yield Row("cold call", "cloud.run: environment born, called, ended",
              timed(lambda: cloud.run(folder, "app.handler", {}, None), TIMES))  # fmt: skip
    cloud.invoke("Hello")
    yield Row("warm invocation", "cloud.invoke, logs and IAM included", timed(lambda: cloud.invoke("Hello"), 50))
    rates = []
    for _ in range(3):
        begun = time.perf_counter()
        for _ in range(REQUESTS):
            assert cloud.http.get(url).status == 200
        rates.append(REQUESTS / (time.perf_counter() - begun))
    how = "gateway to a warm function; issue 3 asks for ≥ 300"
    yield Row("HTTP requests", how, tuple(rates), "a second", peer="bare moto: cannot without Docker")


def deployments(template: Path) -> tuple[float, ...]:
    """Each into an empty account; making that is not measured."""
    found: list[float] = []
    for _ in range(TIMES):
        with Cloud() as cloud:
            found += timed(lambda: cloud.deploy(template), 1)
    return tuple(found)


def empty_account() -> None:
    """A cloud, used once and closed."""
    with Cloud() as cloud:
        cloud.client("s3").list_buckets()


def bare_moto() -> None:
    """The nearest thing to an empty account that moto has."""
    with mock_aws():
        boto3.client("s3", region_name="us-east-1").list_buckets()
