"""Clients whose calls go straight to the account answer as boto3's own do."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, ParamValidationError

from grader.cloud import Cloud

KEYS = ["a b/ü.jpg", "plain.txt", "sure?#&+%.txt"]


def without_metadata(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name not in ("ResponseMetadata", "Body")}


def refusals(calls: list[Any]) -> list[tuple[str, str]]:
    found = []
    for call in calls:
        with pytest.raises((ClientError, ParamValidationError)) as refused:
            call()
        found.append((type(refused.value).__name__, str(refused.value)))
    return found


def told(direct: bool) -> list[Any]:
    """What S3, DynamoDB, SQS and Lambda answer, refusals included."""
    with Cloud(direct=direct) as cloud:
        s3, table, sqs, functions = map(cloud.client, ("s3", "dynamodb", "sqs", "lambda"))
        s3.create_bucket(Bucket="pictures")
        for key in KEYS:
            s3.put_object(Bucket="pictures", Key=key, Body=key, ContentType="text/plain", Metadata={"Taken": "today"})
        s3.delete_object(Bucket="pictures", Key="plain.txt")
        found: list[Any] = [s3.get_object(Bucket="pictures", Key=KEYS[0])["Body"].read()]
        found += [without_metadata(s3.get_object(Bucket="pictures", Key=KEYS[2], Range="bytes=0-3"))]
        found += [s3.head_object(Bucket="pictures", Key=KEYS[2])["Metadata"]]
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket="pictures", PaginationConfig={"PageSize": 1})
        found += [[one["Key"] for one in page["Contents"]] for page in pages]
        found += [s3.generate_presigned_url("get_object", {"Bucket": "pictures", "Key": KEYS[0]}).partition("?")[0]]
        table.create_table(
            TableName="t",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        table.put_item(TableName="t", Item={"id": {"S": "1"}, "data": {"B": b"\x00\xff"}})
        found += [table.scan(TableName="t")["Items"]]
        url = sqs.create_queue(QueueName="q")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="hello")
        found += [sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"]]
        return found + refusals([
            lambda: s3.get_object(Bucket="pictures", Key="nothing"),
            lambda: s3.head_object(Bucket="pictures", Key="nothing"),
            lambda: s3.put_object(Bucket="nowhere", Key="k", Body=b"x"),
            lambda: s3.put_object(Bucket="pictures", Key="", Body=b"x"),
            lambda: s3.put_object(Bucket="no bucket", Key="k", Body=b"x"),
            lambda: table.get_item(TableName="nothing", Key={"id": {"S": "1"}}),
            lambda: functions.invoke(FunctionName="nothing"),
            lambda: functions.get_function(FunctionName="nothing"),
        ])  # fmt: skip


def test_answers_and_refusals_are_those_of_ordinary_clients() -> None:
    assert told(direct=True) == told(direct=False)


def test_the_clients_of_another_cloud_are_ordinary_ones() -> None:
    with Cloud(direct=True) as cloud:
        assert "_make_api_call" in vars(cloud.client("s3"))
    with Cloud() as cloud:
        assert "_make_api_call" not in vars(cloud.client("s3"))
