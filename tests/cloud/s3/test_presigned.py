"""Presigned URLs. Facts: S3 API Reference, *Authenticating Requests: Using Query Parameters*; S3 User Guide, *Download
and upload objects with presigned URLs*; the elements of the errors as S3 gives them."""

from __future__ import annotations

import re
from typing import Any

import boto3
import pytest

from .conftest import Shop, said

READ, WRITE = {"Action": "s3:GetObject"}, {"Action": "s3:PutObject"}


@pytest.fixture
def photo(shop: Shop) -> Shop:
    shop.s3.put_object(Bucket="pics", Key="in/a photo+1.png", Body=b"hello", ContentType="image/png")
    return shop


def presigned(client: Any, operation: str = "get_object", seconds: int = 60, **more: Any) -> str:
    given = {"Bucket": "pics", "Key": "in/a photo+1.png", **more}
    url: str = client.generate_presigned_url(operation, Params=given, ExpiresIn=seconds)
    return url


def test_whoever_has_the_address_reads_until_it_expires(photo: Shop) -> None:
    url = presigned(photo.role(READ))
    photo.cloud.clock.advance(seconds=59)
    assert photo.cloud.http.get(url).body == "hello"
    photo.cloud.clock.advance(seconds=1)

    answer = photo.cloud.http.get(url)
    assert said(answer, "Code", "Message", "X-Amz-Expires", "Expires", "ServerTime") == (
        403, "AccessDenied", "Request has expired", "60", "2026-11-02T09:01:00Z", "2026-11-02T09:01:00Z",
    )  # fmt: skip


def test_an_address_uploads_what_it_says_and_nothing_else(photo: Shop) -> None:
    put = presigned(photo.role(WRITE), "put_object", ContentType="image/png")

    assert photo.cloud.http.put(put, b"new", headers={"Content-Type": "text/html"}).status == 403
    assert photo.cloud.http.put(put, b"new", headers={"Content-Type": "image/png"}).status == 200
    assert photo.cloud.http.get(put).status == 403
    assert photo.s3.get_object(Bucket="pics", Key="in/a photo+1.png")["Body"].read() == b"new"


def test_it_cannot_limit_the_size(photo: Shop) -> None:
    put = presigned(photo.role(WRITE), "put_object")

    assert photo.cloud.http.put(put, b"x" * 3_000_000).status == 200


def test_a_header_that_was_not_signed_is_refused_by_name(photo: Shop) -> None:
    put = presigned(photo.role(WRITE), "put_object")

    answer = photo.cloud.http.put(put, b"x", headers={"x-amz-acl": "public-read"})
    assert said(answer, "Message", "HeadersNotSigned") == (
        403, "There were headers present in the request which were not signed", "x-amz-acl",
    )  # fmt: skip


@pytest.mark.parametrize(
    "tampered",
    [
        lambda url: url.replace("photo", "secret"),
        lambda url: url.replace("X-Amz-Expires=60", "X-Amz-Expires=61"),
        lambda url: url + "&response-content-type=text/html",
        lambda url: re.sub(r"X-Amz-Signature=.", "X-Amz-Signature=z", url),
    ],
    ids=["key", "expiry", "more", "signature"],
)
def test_a_changed_address_is_shown_what_was_computed(photo: Shop, tampered) -> None:
    url = presigned(photo.role(READ))
    answer = photo.cloud.http.get(tampered(url))

    assert said(answer, "Code")[1] == "SignatureDoesNotMatch"
    text = re.search("<StringToSign>(.*?)</StringToSign>", answer.body, re.DOTALL)
    octets = re.search("<StringToSignBytes>(.*?)</StringToSignBytes>", answer.body)
    assert text and text[1].startswith("AWS4-HMAC-SHA256\n20261102T090000Z\n20261102/us-east-1/s3/aws4_request\n")
    assert octets and bytes.fromhex(octets[1]).decode() == text[1]
    assert re.search("<CanonicalRequest>GET\n/in/a%20(photo|secret)%2B1.png\n", answer.body)


def test_a_grant_can_do_no_more_than_its_signer_could(photo: Shop) -> None:
    answer = photo.cloud.http.get(presigned(photo.role(WRITE)))

    assert said(answer, "Code") == (403, "AccessDenied")
    assert "is not authorized to perform: s3:GetObject" in answer.body


def test_a_grant_ends_with_its_signers_session(photo: Shop) -> None:
    url = presigned(photo.role(READ), seconds=7 * 86400)
    photo.cloud.clock.advance(hours=12)

    assert said(photo.cloud.http.get(url), "Code", "Message") == (
        400, "ExpiredToken", "The provided token has expired.",
    )  # fmt: skip


def test_a_grant_of_a_user_lasts_as_long_as_it_says_but_a_week_at_most(photo: Shop) -> None:
    iam = photo.cloud.client("iam")
    iam.create_user(UserName="ann")
    iam.attach_user_policy(UserName="ann", PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    held = iam.create_access_key(UserName="ann")["AccessKey"]
    keys = {"aws_access_key_id": held["AccessKeyId"], "aws_secret_access_key": held["SecretAccessKey"]}
    ann = boto3.client("s3", **keys, region_name="us-east-1", config=boto3.session.Config(signature_version="s3v4"))
    url = presigned(ann, seconds=7 * 86400)
    photo.cloud.clock.advance(days=7, seconds=-1)
    assert photo.cloud.http.get(url).body == "hello"

    longer = photo.cloud.http.get(presigned(ann, seconds=7 * 86400 + 1))
    assert said(longer, "Code") == (400, "AuthorizationQueryParametersError")
    assert "must be less than 604800 seconds" in longer.body
    iam.update_access_key(UserName="ann", AccessKeyId=held["AccessKeyId"], Status="Inactive")
    assert said(photo.cloud.http.get(presigned(ann)), "Code") == (403, "InvalidAccessKeyId")


def test_the_answers_headers_can_be_part_of_the_grant(photo: Shop) -> None:
    url = presigned(photo.role(READ), ResponseContentDisposition='attachment; filename="x.png"')

    assert photo.cloud.http.get(url).headers["content-disposition"] == 'attachment; filename="x.png"'


def test_missing_and_forbidden_differ_for_who_may_list(photo: Shop) -> None:
    seeing = photo.role(READ, {"Action": "s3:ListBucket"})

    assert said(photo.cloud.http.get(presigned(seeing, Key="none")), "Code", "Key") == (404, "NoSuchKey", "none")
    assert said(photo.cloud.http.get(presigned(photo.role(READ), Key="none")), "Code") == (403, "AccessDenied")


def test_the_region_is_part_of_the_signature(photo: Shop) -> None:
    url = presigned(photo.role(READ)).replace("us-east-1%2Fs3", "eu-west-1%2Fs3")

    assert said(photo.cloud.http.get(url), "Code", "Message", "Region") == (
        400, "AuthorizationQueryParametersError",
        "Error parsing the X-Amz-Credential parameter; the region 'eu-west-1' is wrong; expecting 'us-east-1'",
        "us-east-1",
    )  # fmt: skip


def test_the_old_signature_is_refused_with_a_hint(photo: Shop) -> None:
    old = boto3.client("s3", region_name="us-east-1", config=boto3.session.Config(signature_version="s3"))
    answer = photo.cloud.http.get(presigned(old))

    assert said(answer, "Code") == (400, "InvalidRequest")
    assert "s3v4" in answer.body
