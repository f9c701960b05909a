"""Signature Version 4 over what was really sent; the signatures are botocore's own."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import boto3
import pytest
from botocore.config import Config

from grader.cloud.door.request import Request
from grader.cloud.door.response import Response

GET_ITEM = b'{"TableName": "T", "Key": {"id": {"S": "1"}}}'
TARGET = {"X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": "application/x-amz-json-1.0"}
DYNAMODB = "https://dynamodb.us-east-1.amazonaws.com/"
S3 = "https://s3.us-east-1.amazonaws.com"


def code(response: Response) -> tuple[int, str]:
    """The status and the error's code, in whatever shape it came."""
    text = response.body.decode()
    found = re.search(r"<Code>(.*?)</Code>", text) or re.search(r'"__type": "(.*?)"', text)
    return response.status, found[1] if found else ""


def list_tables(bench, **changes) -> Request:
    return bench.signed("POST", DYNAMODB, service="dynamodb", body=b"{}", headers=TARGET, **changes)


def test_what_botocore_signed_is_let_in(bench) -> None:
    assert bench.send(list_tables(bench)).body == b'{"TableNames": []}'


@pytest.mark.parametrize(
    "path",
    ["/pics/plain", "/pics/with%20space", "/pics/%C3%BC/%2B%2520%26", "/pics/a/../b//c", "/pics/~tilde", "/pics/a%2Fb"],
)
def test_the_path_of_s3_is_signed_as_it_is_sent(bench, path: str) -> None:
    assert bench.send(bench.signed("PUT", S3 + "/pics", service="s3")).status == 200
    assert bench.send(bench.signed("PUT", S3 + path, service="s3", body=b"x")).status == 200


@pytest.mark.parametrize(
    "change",
    [
        lambda r: replace(r, body=b"{ }"),
        lambda r: replace(r, method="PUT"),
        lambda r: replace(r, query="a=b"),
        lambda r: replace(r, path="/other"),
        lambda r: replace(r, headers=tuple((n, "20261102T090001Z" if n == "X-Amz-Date" else v) for n, v in r.headers)),
        lambda r: replace(r, headers=tuple((n, re.sub(r"(?<=Signature=)\w", "z", v)) for n, v in r.headers)),
    ],
    ids=["body", "method", "query", "path", "date", "signature"],
)
def test_a_request_that_was_changed_after_signing_is_refused(bench, change: Callable[[Request], Request]) -> None:
    assert code(bench.send(change(list_tables(bench)))) == (400, "InvalidSignatureException")


def test_every_byte_of_an_object_counts(bench) -> None:
    request = bench.signed("PUT", S3 + "/pics/k", service="s3", body=b"contents")

    refused = bench.send(replace(request, body=b"contentz"))

    assert code(refused) == (400, "XAmzContentSHA256Mismatch")


def test_an_unknown_key_is_refused_in_each_services_own_words(bench) -> None:
    stranger = replace(bench.identity.developer, access_key_id="AKIAAAAAAAAAAAAAAAAA")

    assert code(bench.send(list_tables(bench, by=stranger))) == (400, "UnrecognizedClientException")
    assert code(bench.send(bench.signed("GET", S3 + "/", service="s3", by=stranger))) == (403, "InvalidAccessKeyId")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    sns = bench.signed(
        "POST",
        "https://sns.us-east-1.amazonaws.com/",
        service="sns",
        by=stranger,
        headers=form,
        body=b"Action=ListTopics",
    )
    assert code(bench.send(sns)) == (403, "InvalidClientTokenId")


def test_a_session_token_belongs_to_its_key(bench, role) -> None:
    credentials = role({"Effect": "Allow", "Action": "*", "Resource": "*"})

    assert bench.send(list_tables(bench, by=credentials)).status == 200
    for token in (None, "another"):
        forged = replace(credentials, session_token=token)
        assert code(bench.send(list_tables(bench, by=forged))) == (400, "UnrecognizedClientException")


def test_credentials_expire_on_the_clock(bench, role) -> None:
    credentials = role({"Effect": "Allow", "Action": "*", "Resource": "*"})
    bench.clock.advance(hours=12)

    assert code(bench.send(list_tables(bench, by=credentials))) == (400, "ExpiredTokenException")


def test_a_signature_is_good_for_fifteen_minutes(bench) -> None:
    request, bucket = list_tables(bench), bench.signed("GET", S3 + "/", service="s3")

    bench.clock.advance(minutes=15)
    assert bench.send(request).status == 200
    bench.clock.advance(seconds=1)
    assert code(bench.send(request)) == (400, "InvalidSignatureException")
    assert code(bench.send(bucket)) == (403, "RequestTimeTooSkewed")


def test_a_presigned_url_is_good_until_it_expires(bench) -> None:
    bench.send(bench.signed("PUT", S3 + "/pics", service="s3"))
    bench.send(bench.signed("PUT", S3 + "/pics/a%20b", service="s3", body=b"hello"))
    request = bench.signed("GET", S3 + "/pics/a%20b", service="s3", expires=60)

    bench.clock.advance(seconds=59)
    assert bench.send(request).body == b"hello"
    bench.clock.advance(seconds=1)
    refused = bench.send(request)
    assert code(refused) == (403, "AccessDenied")
    assert b"<Message>Request has expired</Message>" in refused.body


def test_a_presigned_url_of_another_object_is_refused(bench) -> None:
    request = bench.signed("GET", S3 + "/pics/mine", service="s3", expires=60)

    assert code(bench.send(replace(request, path="/pics/yours"))) == (403, "SignatureDoesNotMatch")
    assert code(bench.send(replace(request, query=request.query.replace("Expires=60", "Expires=99")))) == (
        403,
        "SignatureDoesNotMatch",
    )


def test_the_old_signature_version_is_refused_with_a_hint(bench) -> None:
    url = boto3.client("s3").generate_presigned_url("get_object", Params={"Bucket": "pics", "Key": "k"})
    assert "AWSAccessKeyId=" in url
    host, _, rest = url.partition("://")[2].partition("/")
    path, _, query = rest.partition("?")

    refused = bench.send(Request("GET", "https", host, f"/{path}", query, (("Host", host),)))

    assert code(refused) == (400, "InvalidRequest")
    assert b"s3v4" in refused.body


def test_urls_are_presigned_by_the_clock(bench) -> None:
    bench.clock.advance(days=1)
    client = boto3.client("s3", config=Config(signature_version="s3v4"))
    url = client.generate_presigned_url("get_object", Params={"Bucket": "pics", "Key": "k"})

    assert "X-Amz-Date=20261103T090000Z" in url


def test_a_streamed_upload_is_stored_without_its_chunk_sizes(bench) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="pics")
    s3.put_object(Bucket="pics", Key="k", Body=b"x" * 70_000, ChecksumAlgorithm="SHA256")

    assert s3.get_object(Bucket="pics", Key="k")["Body"].read() == b"x" * 70_000


def test_a_streamed_upload_that_is_cut_short_is_refused(bench) -> None:
    headers = {"X-Amz-Content-SHA256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "Content-Encoding": "aws-chunked"}
    request = bench.signed("PUT", S3 + "/pics/k", service="s3", body=b"ff\r\nshort", headers=headers)

    assert code(bench.send(request)) == (400, "IncompleteBody")


def test_signed_chunks_are_verified_one_after_another(bench) -> None:
    from grader.cloud.door.claim import claim_of
    from grader.cloud.door.signature import chunk_signer, signing_key

    bench.send(bench.signed("PUT", S3 + "/pics", service="s3"))
    headers = {"X-Amz-Content-SHA256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "Content-Encoding": "aws-chunked"}
    request = bench.signed("PUT", S3 + "/pics/k", service="s3", headers=headers)
    claim = claim_of(request)
    assert claim is not None
    secret = bench.identity.developer.secret_access_key
    sign = chunk_signer(claim, signing_key(secret, claim.date, claim.region, claim.service))
    body, previous = b"", claim.signature
    for chunk in (b"hello", b"world", b""):
        previous = sign(previous, chunk)
        body += f"{len(chunk):x};chunk-signature={previous}\r\n".encode() + chunk + b"\r\n"

    assert code(bench.send(replace(request, body=body.replace(b"world", b"w0rld")))) == (403, "SignatureDoesNotMatch")
    assert bench.send(replace(request, body=body)).status == 200
    assert bench.send(bench.signed("GET", S3 + "/pics/k", service="s3")).body == b"helloworld"
