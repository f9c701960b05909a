"""The account as a learner uses it: deploy, call, invoke, run, look inside; functions run in real environments."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError, WaiterError

from grader.cloud import Cloud, CloudError

TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: python3.13, CodeUri: code, Timeout: 5}
Resources:
  Pictures:
    Type: AWS::S3::Bucket
    Properties: {BucketName: pictures}
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.hello
      Events:
        Get: {Type: Api, Properties: {Path: /hello, Method: get}}
        Post: {Type: Api, Properties: {Path: /hello, Method: post}}
  Reader:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.read
      Policies:
        - Version: "2012-10-17"
          Statement:
            - {Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::pictures/open/*"}
  Copier:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.copy
      Policies: [{S3CrudPolicy: {BucketName: pictures}}]
      Events:
        Uploaded:
          Type: S3
          Properties:
            Bucket: !Ref Pictures
            Events: s3:ObjectCreated:*
            Filter: {S3Key: {Rules: [{Name: prefix, Value: in/}]}}
Outputs:
  HelloUrl:
    Value: !Sub "https://${ServerlessRestApi}.execute-api.${AWS::Region}.amazonaws.com/Prod/hello"
"""
EVERYTHING = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
APP = """
import json
import boto3

s3 = boto3.client("s3")


def hello(event, context):
    name = (event["queryStringParameters"] or {}).get("name", "world")
    return {"statusCode": 200, "body": json.dumps({"hello": name})}


def read(event, context):
    return s3.get_object(Bucket="pictures", Key=event["key"])["Body"].read().decode()


def copy(event, context):
    key = event["Records"][0]["s3"]["object"]["key"]
    body = s3.get_object(Bucket="pictures", Key=key)["Body"].read()
    s3.put_object(Bucket="pictures", Key="out/" + key.removeprefix("in/"), Body=body.upper())
    print("copied", key)


def add(a, b=0):
    return a + b


def whoami():
    return boto3.client("sts").get_caller_identity()["Arn"]


def buckets():
    return [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]


def text(name):
    with open(name, encoding="utf-8") as file:
        return file.read()
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "code").mkdir()
    (folder / "code" / "app.py").write_text(APP)
    (folder / "template.yaml").write_text(TEMPLATE)
    return folder


@pytest.fixture(scope="module")
def cloud(project: Path) -> Iterator[Cloud]:
    with Cloud() as made:
        made.deploy(project / "template.yaml")
        yield made


def test_a_function_answers_over_http(cloud: Cloud) -> None:
    url = cloud.stacks.find("app").outputs["HelloUrl"]

    answer = cloud.http.get(f"{url}?name=Ann")

    assert (answer.status, answer.json()) == (200, {"hello": "Ann"})
    assert [gate.status for gate in answer.trace.gates] == ["passed"] * 6


def test_a_browser_gets_the_same_from_this_machine(cloud: Cloud) -> None:
    url = cloud.local_url(cloud.stacks.find("app").outputs["HelloUrl"])

    with urllib.request.urlopen(url, timeout=10) as answer:
        assert (answer.status, json.load(answer)) == (200, {"hello": "world"})


def test_an_event_of_more_than_6_mb_is_the_callers_mistake(cloud: Cloud) -> None:
    url = cloud.stacks.get("app").outputs["HelloUrl"]
    refused = cloud.http.post(url, body="x" * 6_300_000)

    assert (refused.status, refused.json()) == (413, {"message": "Request Too Long"})
    assert refused.trace.first_broken.name == "size"
    assert refused.trace.first_broken.detail.endswith("Upload to S3 instead.")
    with pytest.raises(CloudError, match="too large"):
        cloud.invoke("Hello", {"text": "x" * 6_300_000})


def test_a_function_reads_what_its_role_allows(cloud: Cloud) -> None:
    cloud.client("s3").put_object(Bucket="pictures", Key="open/a", Body=b"hello")

    assert cloud.invoke("Reader", {"key": "open/a"}).payload == "hello"


def test_a_function_without_the_permission_reads_aws_words(cloud: Cloud) -> None:
    cloud.client("s3").put_object(Bucket="pictures", Key="secret", Body=b"hello")

    failed = cloud.invoke("Reader", {"key": "secret"})

    role = cloud.stacks.find("app").resources["ReaderRole"].physical_id
    name = cloud.stacks.find("app").resources["Reader"].physical_id
    assert failed.error is not None
    assert failed.error["errorType"] in ("ClientError", "AccessDenied")
    assert failed.error["errorMessage"] == (
        "An error occurred (AccessDenied) when calling the GetObject operation: "
        f"User: arn:aws:sts::123456789012:assumed-role/{role}/{name} is not authorized to perform: s3:GetObject "
        'on resource: "arn:aws:s3:::pictures/secret" because no identity-based policy allows the s3:GetObject action'
    )
    broken = failed.trace.first_broken
    assert broken is not None
    assert broken.name == "iam"


def test_an_upload_starts_a_function(cloud: Cloud) -> None:
    s3 = cloud.client("s3")
    s3.put_object(Bucket="pictures", Key="in/cat", Body=b"meow")
    before = "Contents" in s3.list_objects_v2(Bucket="pictures", Prefix="out/")

    cloud.run_until_idle()

    assert not before
    assert s3.get_object(Bucket="pictures", Key="out/cat")["Body"].read() == b"MEOW"
    assert [line.message.strip() for line in cloud.logs("Copier") if "copied" in line.message] == ["copied in/cat"]


def test_a_plain_function_runs_by_value(cloud: Cloud, project: Path) -> None:
    assert cloud.run(project / "code", "app.add", 2, b=3).payload == 5
    assert cloud.run(project / "code", "app.text", "note.txt", files={"note.txt": "hi"}).payload == "hi"


def test_a_plain_function_has_the_rights_that_it_is_given(cloud: Cloud, project: Path) -> None:
    list_all = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [list_all]}

    assert cloud.run(project / "code", "app.buckets").payload == ["pictures"]
    assert cloud.run(project / "code", "app.buckets", policies=[policy]).payload == ["pictures"]
    denied = cloud.run(project / "code", "app.buckets", policies=[])
    assert denied.error is not None
    assert "s3:ListAllMyBuckets" in denied.error["errorMessage"]
    assert cloud.run(project / "code", "app.whoami", policies=[]).payload == (
        "arn:aws:sts::123456789012:assumed-role/answer/run"
    )


def test_another_process_uses_the_endpoint(cloud: Cloud) -> None:
    """It signs by the clock on the wall, as ``aws`` and ``sam`` do."""
    program = textwrap.dedent("""
        import boto3
        s3, sqs, lambdas = boto3.client("s3"), boto3.client("sqs"), boto3.client("lambda")
        s3.put_object(Bucket="pictures", Key="in/far", Body=b"x" * 100_000)
        s3.put_object(Bucket="pictures", Key="a b/+%20ü", Body=b"")
        print(s3.head_object(Bucket="pictures", Key="in/far")["ContentLength"])
        url = sqs.create_queue(QueueName="far")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="hi")
        print(sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"])
        print(len(lambdas.list_functions()["Functions"]))
        print([stack["StackName"] for stack in boto3.client("cloudformation").describe_stacks()["Stacks"]])
    """)
    environment = os.environ | {"AWS_ENDPOINT_URL": cloud.endpoint, "PYTHONWARNINGS": "error"}

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, timeout=60)

    assert (done.stdout.splitlines(), done.stderr) == (["100000", "hi", "3", "['app']"], "")
    keys = [each["Key"] for each in cloud.client("s3").list_objects_v2(Bucket="pictures")["Contents"]]
    assert {"a b/+%20ü", "out/far"} <= set(keys)


def test_plain_boto3_is_the_developers(cloud: Cloud) -> None:
    assert boto3.client("sts").get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:user/developer"
    assert boto3.Session().resource("s3").Bucket("pictures").creation_date.isoformat() == "2026-11-02T09:00:00+00:00"


def test_a_new_cloud_is_empty_and_closes_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    Cloud().close()
    monkeypatch.setenv("AWS_PROFILE", "my-own-account")
    threads = set(threading.enumerate())
    first = Cloud()
    boto3.client("s3").create_bucket(Bucket="pictures")
    assert first.endpoint.startswith("http://127.0.0.1:")

    second = Cloud()

    assert boto3.client("s3").list_buckets()["Buckets"] == []
    assert "AWS_PROFILE" not in os.environ
    assert set(threading.enumerate()) - threads == set()
    second.close()
    second.close()
    first.close()
    assert os.environ["AWS_PROFILE"] == "my-own-account"
    with pytest.raises(CloudError, match="closed"):
        second.client("s3").list_buckets()


def test_the_same_seed_makes_the_same_account() -> None:
    def made(seed: int) -> list[str]:
        with Cloud(seed=seed) as cloud:
            queue = cloud.client("sqs").create_queue(QueueName="q")["QueueUrl"]
            sent = cloud.client("sqs").send_message(QueueUrl=queue, MessageBody="m")["MessageId"]
            return [cloud.ids.uuid(), sent]

    assert made(1) == made(1) != made(2)


def test_a_fault_is_injected_into_a_functions_calls_only(project: Path) -> None:
    with Cloud() as cloud:
        cloud.client("s3").create_bucket(Bucket="pictures")
        cloud.fail_next("s3", "ListBuckets", "SlowDown", status=400)

        assert cloud.client("s3").list_buckets()["Buckets"][0]["Name"] == "pictures"
        failed = cloud.run(project / "code", "app.buckets", policies=[EVERYTHING])
        assert failed.error is not None
        assert "SlowDown" in failed.error["errorMessage"]
        assert cloud.run(project / "code", "app.buckets", policies=[EVERYTHING]).payload == ["pictures"]


def test_a_fault_says_what_its_service_says_besides(tmp_path: Path) -> None:
    source = """
    import boto3

    def write():
        dynamodb = boto3.client("dynamodb")
        try:
            dynamodb.transact_write_items(TransactItems=[{"Delete": {"TableName": "t", "Key": {"id": {"S": "1"}}}}])
        except dynamodb.exceptions.TransactionCanceledException as cancelled:
            return cancelled.response["CancellationReasons"]
    """
    (tmp_path / "late.py").write_text(textwrap.dedent(source))
    reasons = [{"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}]
    with Cloud() as cloud:
        cloud.fail_next(
            "dynamodb", "TransactWriteItems", "TransactionCanceledException", members={"CancellationReasons": reasons}
        )
        assert cloud.run(tmp_path, "late.write", policies=[EVERYTHING]).payload == reasons


def test_a_late_answer_arrives_on_the_clock_or_after_the_client_gave_up(tmp_path: Path) -> None:
    source = """
    import boto3
    from botocore.config import Config
    from botocore.exceptions import ReadTimeoutError

    def buckets(patience):
        s3 = boto3.client("s3", config=Config(read_timeout=patience, retries={"total_max_attempts": 1}))
        try:
            s3.create_bucket(Bucket="pictures")
        except ReadTimeoutError:
            return "gave up"
        return "made"
    """
    (tmp_path / "late.py").write_text(textwrap.dedent(source))
    with Cloud() as cloud:
        cloud.slow_next("s3", "CreateBucket", 5)
        waited = cloud.run(tmp_path, "late.buckets", 10, policies=[EVERYTHING])
        cloud.client("s3").delete_bucket(Bucket="pictures")
        cloud.slow_next("s3", "CreateBucket", 5)
        gave_up = cloud.run(tmp_path, "late.buckets", 2, policies=[EVERYTHING])

        assert (waited.payload, waited.ended - waited.started) == ("made", 5)
        assert (gave_up.payload, gave_up.ended - gave_up.started) == ("gave up", 2)
        assert [bucket["Name"] for bucket in cloud.client("s3").list_buckets()["Buckets"]] == ["pictures"]


def test_a_client_does_not_give_up_because_this_machine_is_busy(tmp_path: Path) -> None:
    source = """
    import boto3
    from botocore.config import Config

    def buckets(patience):
        limits = Config(read_timeout=patience, connect_timeout=patience, retries={"total_max_attempts": 1})
        return len(boto3.client("s3", config=limits).list_buckets()["Buckets"])
    """
    (tmp_path / "hasty.py").write_text(textwrap.dedent(source))
    with Cloud() as cloud:
        assert cloud.run(tmp_path, "hasty.buckets", 1e-6, policies=[EVERYTHING]).payload == 0


def test_a_missing_function_is_aws_error(project: Path) -> None:
    with Cloud() as cloud, pytest.raises(ClientError, match="Function not found"):
        cloud.client("lambda").invoke(FunctionName="none")


def test_clients_wait_in_the_clouds_own_time() -> None:
    with Cloud() as cloud:
        began, real = cloud.clock.timestamp(), time.monotonic()
        waiter = boto3.client("dynamodb").get_waiter("table_exists")

        with pytest.raises(WaiterError):
            waiter.wait(TableName="none", WaiterConfig={"Delay": 20, "MaxAttempts": 4})

        assert cloud.clock.timestamp() - began == 60
        assert time.monotonic() - real < 30
