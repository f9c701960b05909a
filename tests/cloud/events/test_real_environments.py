"""Functions in real execution environments that set off each other, from many threads at once."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from grader.cloud import Cloud

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
CODE = """
import boto3, json, os
s3, functions = boto3.client("s3"), boto3.client("lambda")

def front(event, context):
    answer = functions.invoke(FunctionName="store", Payload=json.dumps(event))
    return json.load(answer["Payload"])

def store(event, context):
    s3.put_object(Bucket="inside", Key=event["key"], Body=b"x")
    return event["key"]

def copy(event, context):
    for record in event["Records"]:
        s3.put_object(Bucket="outside", Key=record["s3"]["object"]["key"], Body=b"y")

def loop(event, context):
    for record in event["Records"]:
        s3.put_object(Bucket="loop", Key=record["s3"]["object"]["key"] + "x", Body=b"z")
"""


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud() as made:
        iam = made.client("iam")
        iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=json.dumps(EVERYTHING))
        for bucket in ("inside", "outside", "loop"):
            made.client("s3").create_bucket(Bucket=bucket)
        yield made


def function(cloud: Cloud, name: str, bucket: str | None = None) -> None:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("app.py", CODE)
    arn = cloud.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role="arn:aws:iam::123456789012:role/r",
        Handler=f"app.{name}",
        Timeout=60,
        Code={"ZipFile": package.getvalue()},
    )["FunctionArn"]
    if bucket:
        cloud.client("lambda").add_permission(
            FunctionName=name, StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com"
        )
        one = {"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}
        cloud.client("s3").put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": [one]}
        )


def stored(cloud: Cloud, bucket: str) -> list[str]:
    listed: dict[str, Any] = cloud.client("s3").list_objects_v2(Bucket=bucket)
    return sorted(item["Key"] for item in listed.get("Contents", []))


def test_eight_threads_of_chains_do_not_lock_each_other_out(cloud: Cloud) -> None:
    for name, bucket in (("front", None), ("store", None), ("copy", "inside")):
        function(cloud, name, bucket)
    wrong: list[Any] = []

    def work(thread: int) -> None:
        for n in range(3):
            done = cloud.functions.invoke("front", json.dumps({"key": f"{thread}-{n}"}).encode())
            cloud.run_until_idle()
            if done.payload != f"{thread}-{n}":
                wrong.append(done)

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    cloud.run_until_idle()
    expected = sorted(f"{thread}-{n}" for thread in range(8) for n in range(3))
    assert (wrong, stored(cloud, "inside"), stored(cloud, "outside")) == ([], expected, expected)


def test_a_loop_through_a_bucket_is_stopped(cloud: Cloud) -> None:
    function(cloud, "loop", "loop")
    cloud.client("s3").put_object(Bucket="loop", Key="k", Body=b"z")
    cloud.run_until_idle()
    assert len(stored(cloud, "loop")) == 17
    events = [event["Records"][0] for event in cloud.delivered_events("loop")]
    assert [event["userIdentity"]["principalId"][:8] for event in events[:2]] == ["AWS:AIDA", "AWS:AROA"]
    assert events[1]["userIdentity"]["principalId"].endswith(":loop")
    broken = cloud.traces.last().first_broken
    assert broken is not None and broken.name == "recursion"
