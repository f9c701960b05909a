"""CORS of buckets: S3 User Guide, *CORS configuration*, *Evaluating a CORS configuration*; the refusals' words and the
headers of answers as S3 gives them."""

from __future__ import annotations

import pytest

from .conftest import Shop, refused, said

SITE = "https://www.example.com"
ONE = {"AllowedOrigins": [SITE], "AllowedMethods": ["PUT", "POST"], "AllowedHeaders": ["content-*"],
       "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 3000}  # fmt: skip
TWO = {"AllowedOrigins": ["http://*.example.com"], "AllowedMethods": ["GET"]}
ALL = {"AllowedOrigins": ["*"], "AllowedMethods": ["HEAD"]}
VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"


@pytest.fixture
def rules(shop: Shop) -> Shop:
    shop.s3.put_bucket_cors(Bucket="pics", CORSConfiguration={"CORSRules": [ONE, TWO, ALL]})
    return shop


def asking(origin: str, method: str, headers: str | None = None) -> dict[str, str]:
    said = {"Origin": origin, "Access-Control-Request-Method": method}
    return {**said, **({"Access-Control-Request-Headers": headers} if headers else {})}


def cors(answer) -> dict[str, str]:
    """The headers that a browser reads."""
    return {name: value for name, value in answer.headers.items() if name.startswith(("access-control", "vary"))}


def test_a_preflight_gets_the_first_rule_that_fits(rules: Shop) -> None:
    answer = rules.fetch("OPTIONS", "k", headers=asking(SITE, "PUT", "Content-Type, content-md5"))

    assert answer.status == 200
    assert cors(answer) == {
        "access-control-allow-origin": SITE,
        "access-control-allow-methods": "PUT, POST",
        "access-control-allow-headers": "content-type, content-md5",
        "access-control-expose-headers": "ETag",
        "access-control-max-age": "3000",
        "access-control-allow-credentials": "true",
        "vary": VARY,
    }


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        (asking("http://www.example.com", "GET"), True),
        (asking("http://example.com", "GET"), False),
        (asking("https://www.example.com", "GET"), False),
        (asking("http://www.example.com", "GET", "x-amz-date"), False),
        (asking(SITE, "PUT", "x-amz-acl"), False),
        (asking(SITE, "DELETE"), False),
        (asking("HTTPS://WWW.EXAMPLE.COM", "PUT"), False),
        (asking("https://www.example.com.evil.net", "PUT"), False),
        (asking("null", "HEAD"), True),
    ],
)
def test_origin_method_and_every_header_have_to_fit_one_rule(rules: Shop, headers: dict, allowed: bool) -> None:
    answer = rules.fetch("OPTIONS", "k", headers=headers)

    assert answer.status == (200 if allowed else 403)
    if not allowed:
        assert said(answer, "Code", "Method", "ResourceType")[1:] == (
            "AccessForbidden", headers["Access-Control-Request-Method"], "OBJECT",
        )  # fmt: skip
        assert "This CORS request is not allowed. This is usually because the evalution of Origin" in answer.body
        assert cors(answer) == {}


def test_without_a_configuration_nothing_is_allowed(shop: Shop) -> None:
    assert said(shop.fetch("OPTIONS", "", headers=asking(SITE, "GET")), "Code", "Message", "ResourceType") == (
        403, "AccessForbidden", "CORSResponse: CORS is not enabled for this bucket.", "BUCKET",
    )  # fmt: skip


def test_what_is_no_preflight_is_told_so(rules: Shop) -> None:
    assert said(rules.fetch("OPTIONS", "k"), "Code", "Message") == (
        400, "BadRequest", "Insufficient information. Origin request header needed.",
    )  # fmt: skip
    assert said(rules.fetch("OPTIONS", "k", headers=asking(SITE, "PATCH")), "Code", "Message") == (
        400, "BadRequest", "Invalid Access-Control-Request-Method: PATCH",
    )  # fmt: skip


def test_the_answer_itself_carries_the_headers_too(rules: Shop) -> None:
    rules.open()
    rules.s3.put_object(Bucket="pics", Key="k", Body=b"hello")

    mine = rules.fetch("GET", "k", headers={"Origin": "http://a.example.com"})
    assert (mine.body, mine.headers["access-control-allow-origin"]) == ("hello", "http://a.example.com")
    assert cors(rules.fetch("GET", "k", headers={"Origin": "https://elsewhere.net"})) == {}
    assert cors(rules.fetch("GET", "k")) == {}


def test_everybodys_origin_is_answered_with_a_star_and_without_credentials(rules: Shop) -> None:
    answer = rules.fetch("HEAD", "k", headers={"Origin": "https://anywhere.net"})

    assert answer.status == 403  # CORS is no permission
    assert cors(answer) == {
        "access-control-allow-origin": "*", "access-control-allow-methods": "HEAD", "vary": VARY,
    }  # fmt: skip


def test_a_refusal_can_be_read_by_the_page_that_met_it(rules: Shop) -> None:
    answer = rules.fetch("PUT", "k", headers={"Origin": SITE}, body=b"x")

    assert (answer.status, answer.headers["access-control-allow-origin"]) == (403, SITE)


def test_a_method_that_no_rule_may_have_is_refused(shop: Shop) -> None:
    wrong = {"CORSRules": [{"AllowedOrigins": ["*"], "AllowedMethods": ["OPTIONS"]}]}

    assert refused(shop.s3.put_bucket_cors, Bucket="pics", CORSConfiguration=wrong)[0] == "InvalidRequest"
