"""The signature lab: each part of a request changes the steps that it goes into, and no others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.explore.ch08_signature import SignedRequest, changed_steps, describe, show_steps, signature_lab, steps_of

FIRST = SignedRequest()
ALL = ("canonical request", "string to sign", "signing key", "signature")


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        ({}, ()),
        ({"path": "/beach.jpeg"}, ("canonical request", "string to sign", "signature")),
        ({"method": "PUT"}, ("canonical request", "string to sign", "signature")),
        ({"body": "x"}, ("canonical request", "string to sign", "signature")),
        ({"secret": "another"}, ("signing key", "signature")),
        ({"time": "20261127T081501Z"}, ("canonical request", "string to sign", "signature")),
        ({"time": "20261128T081500Z"}, ALL),
        ({"region": "eu-central-1"}, ALL),
    ],
    ids=lambda value: str(value),
)
def test_a_change_reaches_the_steps_that_it_goes_into(change: dict[str, str], changed: tuple[str, ...]) -> None:
    assert changed_steps(FIRST, replace(FIRST, **change)) == changed


def test_the_steps_are_those_of_botocore() -> None:
    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    request = AWSRequest("GET", f"https://{FIRST.host}/beach.jpg")
    signer = S3SigV4Auth(Credentials("AKIDEXAMPLE", FIRST.secret), "s3", "us-east-1")
    made = steps_of(FIRST)
    request.headers["x-amz-date"] = FIRST.time
    request.headers["x-amz-content-sha256"] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    request.context["timestamp"] = FIRST.time
    canonical = signer.canonical_request(request)
    to_sign = signer.string_to_sign(request, canonical)

    assert (made["canonical request"], made["string to sign"]) == (canonical, to_sign)
    assert made["signature"] == signer.signature(to_sign, request)


def test_the_picture_says_in_words_what_changed() -> None:
    drawn = show_steps(FIRST, replace(FIRST, secret="another"))

    assert drawn.text == describe(("signing key", "signature"))
    assert "Unchanged: canonical request, string to sign." in drawn.text
    assert describe(()) == "Nothing changed: the signature still fits."


def test_the_lab_has_a_dial_for_every_part() -> None:
    assert [dial.description for dial in signature_lab().children[1:-1]] == [
        "method", "path", "body", "time", "Region", "secret",
    ]  # fmt: skip
