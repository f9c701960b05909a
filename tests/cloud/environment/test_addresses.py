"""AWS's addresses inside an environment: programs that are not boto3 reach the pocket AWS by them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config

from grader.cloud import Cloud

CODE = """
import http.client
import socket
import urllib.request


def put(url, body):
    request = urllib.request.Request(url, data=body.encode(), method="PUT")
    with urllib.request.urlopen(request) as response:
        return response.status


def get(host, path):
    connection = http.client.HTTPSConnection(host)
    connection.request("GET", path)
    response = connection.getresponse()
    return [response.status, response.read().decode()]


def by_urllib3(url):
    import urllib3

    return urllib3.PoolManager().request("GET", url).status


def waits(bucket, patience):
    import boto3
    import urllib3
    from botocore.config import Config

    where = {"Bucket": bucket, "Key": "a.txt"}
    s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
    url = s3.generate_presigned_url("get_object", Params=where)
    try:
        return urllib3.PoolManager(retries=False, timeout=patience).request("GET", url).data.decode()
    except urllib3.exceptions.ReadTimeoutError:
        return "gave up"


def posts(bucket):
    import boto3
    import urllib3
    from botocore.config import Config

    s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
    grant = s3.generate_presigned_post(bucket, "b.txt")
    fields = {**grant["fields"], "file": ("b.txt", b"hello")}
    try:
        return urllib3.PoolManager(retries=False, timeout=3).request("POST", grant["url"], fields=fields).status
    except urllib3.exceptions.ReadTimeoutError:
        return "gave up"


def elsewhere(host):
    try:
        socket.create_connection((host, 443), timeout=2)
    except OSError:
        return "not reachable"
    return "reachable"
"""


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "client.py").write_text(CODE)
    with Cloud() as made:
        yield made


def run(cloud: Cloud, folder: Path, name: str, *arguments: Any) -> Any:
    done = cloud.run(folder / "code", f"client.{name}", *arguments)
    assert done.error is None, done.error
    return done.payload


def test_a_presigned_url_works_with_urllib_and_urllib3(cloud: Cloud, tmp_path: Path) -> None:
    s3 = cloud.session.client("s3", config=Config(signature_version="s3v4", s3={"addressing_style": "virtual"}))
    s3.create_bucket(Bucket="photos")
    put = s3.generate_presigned_url("put_object", {"Bucket": "photos", "Key": "a"})
    assert put.startswith("https://photos.s3.amazonaws.com/a?")
    assert run(cloud, tmp_path, "put", put, "hello") == 200
    assert s3.get_object(Bucket="photos", Key="a")["Body"].read() == b"hello"
    get = s3.generate_presigned_url("get_object", {"Bucket": "photos", "Key": "a"})
    assert run(cloud, tmp_path, "by_urllib3", get) == 200
    assert run(cloud, tmp_path, "by_urllib3", get + "0") == 403


def test_the_gateways_own_answer_comes_by_http_client(cloud: Cloud, tmp_path: Path) -> None:
    status, body = run(cloud, tmp_path, "get", "abcdefghij.execute-api.us-east-1.amazonaws.com", "/Prod/")
    assert (status, body) == (403, '{"message":"Forbidden"}')


def test_nothing_else_is_reachable(cloud: Cloud, tmp_path: Path) -> None:
    assert run(cloud, tmp_path, "elsewhere", "example.com") == "not reachable"
    assert run(cloud, tmp_path, "elsewhere", "203.0.113.9") == "not reachable"


def test_a_late_answer_is_waited_for_on_the_clock_or_given_up(cloud, tmp_path):
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="files")
    s3.put_object(Bucket="files", Key="a.txt", Body=b"hello")
    may = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
    found = []
    for patience in (6, 3):
        cloud.slow_next("s3", "GetObject", 5)
        done = cloud.run(tmp_path / "code", "client.waits", "files", patience, policies=[may])
        found.append((done.payload, done.ended - done.started))
    assert found == [("hello", 5), ("gave up", 3)]


def test_a_form_that_is_answered_too_late_is_stored_all_the_same(cloud, tmp_path):
    cloud.client("s3").create_bucket(Bucket="files")
    may = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}]}
    cloud.slow_next("s3", "PutObject", 30)
    done = cloud.run(tmp_path / "code", "client.posts", "files", policies=[may])
    assert (done.payload, done.ended - done.started) == ("gave up", 3)
    assert cloud.stored_keys("files") == ["b.txt"]
