"""Signature Version 4 against the vectors that AWS publishes: its test suite (aws-sig-v4-test-suite), the examples of
the S3 API Reference (*Signature calculations*, *Query parameters*, *Chunked upload*, *POST*) and of the IAM User Guide.
"""

from __future__ import annotations

import hashlib
import hmac

import pytest

from grader.cloud.door.claim import Claim, claim_of
from grader.cloud.door.request import Request
from grader.cloud.door.signature import canonical_requests, chunk_signer, signature_of, signing_key
from grader.cloud.s3.post_policy import policy_of

SUITE_SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
S3_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
MOMENT = "20150830T123600Z"
FORM = "application/x-www-form-urlencoded"
UNRESERVED = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def signed(request: Request, secret: str, moment: str, region: str, service: str, names: str) -> str:
    """The signature of a request, over the headers of these names."""
    claim = Claim("header", "AKIDEXAMPLE", moment[:8], region, service, tuple(names.split(";")), "", moment, "")
    key = signing_key(secret, moment[:8], region, service)
    return signature_of(canonical_requests(request, claim)[0], claim, key)


@pytest.mark.parametrize(
    ("method", "path", "query", "headers", "body", "signature"),
    [
        ("GET", "/", "", {}, b"", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        ("GET", "/", "Param2=value2&Param1=value1", {}, b"",
         "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
        ("GET", "/", "Param1=value1", {}, b"", "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"),
        ("GET", "/", "%E1%88%B4=bar", {}, b"", "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"),
        ("GET", "/\u1234", "", {}, b"", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
        ("GET", f"/{UNRESERVED}", "", {}, b"", "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"),
        ("GET", "/", f"{UNRESERVED}={UNRESERVED}", {}, b"",
         "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"),
        ("GET", "/", "", {"My-Header1": " value1", "My-Header2": ' "a   b   c"'}, b"",
         "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"),
        ("POST", "/", "", {}, b"", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        ("POST", "/", "Param1=value1", {}, b"", "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"),
        ("POST", "/", "", {"My-Header1": "value1"}, b"",
         "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"),
        ("POST", "/", "", {"Content-Type": FORM}, b"Param1=value1",
         "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"),
        ("GET", "/./", "", {}, b"", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        ("GET", "//", "", {}, b"", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        ("GET", "/example/..", "", {}, b"", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        ("GET", "/example1/example2/../..", "", {}, b"",
         "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    ],
)  # fmt: skip
def test_aws_own_test_suite(method: str, path: str, query: str, headers: dict, body: bytes, signature: str) -> None:
    sent = {**headers, "Host": "example.amazonaws.com", "X-Amz-Date": MOMENT}
    request = Request(method, "https", "example.amazonaws.com", path, query, tuple(sent.items()), body)

    names = ";".join(sorted(name.lower() for name in sent))
    assert signed(request, SUITE_SECRET, MOMENT, "us-east-1", "service", names) == signature


def test_the_key_of_the_iam_user_guide() -> None:
    key = signing_key(SUITE_SECRET, "20150830", "us-east-1", "iam")

    assert key.hex() == "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"


def test_the_request_of_the_iam_user_guide() -> None:
    headers = {
        "content-type": f"{FORM}; charset=utf-8", "host": "iam.amazonaws.com", "x-amz-date": MOMENT,
    }  # fmt: skip
    request = Request(
        "GET", "https", "iam.amazonaws.com", "/", "Action=ListUsers&Version=2010-05-08", tuple(headers.items())
    )

    found = signed(request, SUITE_SECRET, MOMENT, "us-east-1", "iam", "content-type;host;x-amz-date")
    assert found == "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"


EMPTY = hashlib.sha256(b"").hexdigest()
EXAMPLE = "examplebucket.s3.amazonaws.com"
DAY = "20130524T000000Z"


@pytest.mark.parametrize(
    ("method", "path", "query", "headers", "signature"),
    [
        ("GET", "/test.txt", "", {"Range": "bytes=0-9", "x-amz-content-sha256": EMPTY},
         "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
        ("PUT", "/test%24file.text", "",
         {"Date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY",
          "x-amz-content-sha256": "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"},
         "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
        ("GET", "/", "lifecycle", {"x-amz-content-sha256": EMPTY},
         "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        ("GET", "/", "max-keys=2&prefix=J", {"x-amz-content-sha256": EMPTY},
         "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    ],
)  # fmt: skip
def test_the_examples_of_the_s3_api_reference(
    method: str, path: str, query: str, headers: dict, signature: str
) -> None:
    sent = {**headers, "Host": EXAMPLE, "x-amz-date": DAY}
    request = Request(method, "https", EXAMPLE, path, query, tuple(sent.items()))

    names = ";".join(sorted(name.lower() for name in sent))
    assert signed(request, S3_SECRET, DAY, "us-east-1", "s3", names) == signature


def test_the_presigned_address_of_the_s3_api_reference() -> None:
    query = (
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3"
        "%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    )
    request = Request("GET", "https", EXAMPLE, "/test.txt", query, (("Host", EXAMPLE),))
    claim = claim_of(request)

    assert claim is not None
    key = signing_key(S3_SECRET, claim.date, claim.region, claim.service)
    assert signature_of(canonical_requests(request, claim)[0], claim, key) == claim.signature


def test_the_chunks_of_the_s3_api_reference() -> None:
    """66,560 bytes of the letter a, in chunks of 64 KB."""
    seed = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
    claim = Claim("header", "AKIAIOSFODNN7EXAMPLE", "20130524", "us-east-1", "s3", ("host",), seed, DAY, "")
    sign = chunk_signer(claim, signing_key(S3_SECRET, "20130524", "us-east-1", "s3"))

    first = sign(seed, b"a" * 65536)
    second = sign(first, b"a" * 1024)
    assert (first, second, sign(second, b"")) == (
        "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
        "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
    )


POLICY = (
    "eyAiZXhwaXJhdGlvbiI6ICIyMDE1LTEyLTMwVDEyOjAwOjAwLjAwMFoiLA0KICAiY29uZGl0aW9ucyI6IFsNCiAgICB7ImJ1Y2tldCI6ICJzaWd2"
    "NGV4YW1wbGVidWNrZXQifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRrZXkiLCAidXNlci91c2VyMS8iXSwNCiAgICB7ImFjbCI6ICJwdWJsaWMt"
    "cmVhZCJ9LA0KICAgIHsic3VjY2Vzc19hY3Rpb25fcmVkaXJlY3QiOiAiaHR0cDovL3NpZ3Y0ZXhhbXBsZWJ1Y2tldC5zMy5hbWF6b25hd3MuY29t"
    "L3N1Y2Nlc3NmdWxfdXBsb2FkLmh0bWwifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRDb250ZW50LVR5cGUiLCAiaW1hZ2UvIl0sDQogICAgeyJ4"
    "LWFtei1tZXRhLXV1aWQiOiAiMTQzNjUxMjM2NTEyNzQifSwNCiAgICB7IngtYW16LXNlcnZlci1zaWRlLWVuY3J5cHRpb24iOiAiQUVTMjU2In0s"
    "DQogICAgWyJzdGFydHMtd2l0aCIsICIkeC1hbXotbWV0YS10YWciLCAiIl0sDQoNCiAgICB7IngtYW16LWNyZWRlbnRpYWwiOiAiQUtJQUlPU0ZP"
    "RE5ON0VYQU1QTEUvMjAxNTEyMjkvdXMtZWFzdC0xL3MzL2F3czRfcmVxdWVzdCJ9LA0KICAgIHsieC1hbXotYWxnb3JpdGhtIjogIkFXUzQtSE1B"
    "Qy1TSEEyNTYifSwNCiAgICB7IngtYW16LWRhdGUiOiAiMjAxNTEyMjlUMDAwMDAwWiIgfQ0KICBdDQp9"
)


def test_the_form_of_the_s3_api_reference() -> None:
    """The policy is signed as it is sent: its base64 text, with the day's key."""
    key = signing_key(S3_SECRET, "20151229", "us-east-1", "s3")

    assert hmac.new(key, POLICY.encode(), hashlib.sha256).hexdigest() == (
        "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e"
    )
    assert policy_of(POLICY).conditions[1] == ("starts-with", "$key", "user/user1/")
