"""The Fetch standard's rules, as its text has them: https://fetch.spec.whatwg.org (CORS-safelisted request headers,
CORS check, CORS-preflight fetch, filtered responses)."""

from __future__ import annotations

import pytest

from grader.cloud.http.answer import Headers
from grader.cloud.http.browser.rules import (
    allowance_of,
    cors_fault,
    is_forbidden,
    is_simple_header,
    needs_preflight,
    origin_of,
    readable_headers,
    unsafe_headers,
)

SITE = "https://site.example"


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Site.Example/a?b#c", "https://site.example"),
        ("https://site.example:443/", "https://site.example"),
        ("http://site.example:8080/", "http://site.example:8080"),
        ("http://site.example", "http://site.example"),
        ("file:///home/ann/page.html", "null"),
        ("null", "null"),
    ],
)
def test_an_origin_is_scheme_host_and_port(url, origin):
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    ("name", "value", "simple"),
    [
        ("Accept", "text/html", True),
        ("Accept", "text/html;q=(1)", False),
        ("Accept-Language", "de-DE, en;q=0.5", True),
        ("Accept-Language", "de_DE", False),
        ("Content-Language", "de", True),
        ("Content-Type", "text/plain", True),
        ("Content-Type", "text/plain; charset=utf-8", True),
        ("Content-Type", "application/x-www-form-urlencoded", True),
        ("Content-Type", "multipart/form-data; boundary=x", True),
        ("Content-Type", "application/json", False),
        ("content-type", "text/html", False),
        ("Range", "bytes=0-99", True),
        ("Range", "bytes=-5", False),
        ("Authorization", "Bearer x", False),
        ("X-Api-Key", "x", False),
        ("Accept", "x" * 129, False),
    ],
)
def test_a_header_is_simple_when_a_form_could_have_sent_it(name, value, simple):
    assert is_simple_header(name, value) is simple


@pytest.mark.parametrize(
    ("method", "headers", "asks"),
    [
        ("GET", [], False),
        ("HEAD", [], False),
        ("POST", [("Content-Type", "text/plain")], False),
        ("POST", [("Content-Type", "application/json")], True),
        ("PUT", [], True),
        ("DELETE", [], True),
        ("PATCH", [], True),
        ("GET", [("X-Trace", "1")], True),
    ],
)
def test_what_is_not_simple_is_asked_before(method, headers, asks):
    assert needs_preflight(method, headers) is asks


def test_names_are_asked_for_in_lower_case_and_order():
    headers = [("X-B", "1"), ("Content-Type", "application/json"), ("Accept", "*/*"), ("X-A", "2"), ("x-a", "3")]
    assert unsafe_headers(headers) == ["content-type", "x-a", "x-b"]


@pytest.mark.parametrize("name", ["Origin", "cookie", "Host", "Sec-Fetch-Mode", "Proxy-X", "Content-Length", "Referer"])
def test_headers_that_a_script_may_not_set(name):
    assert is_forbidden(name)
    assert not is_forbidden("Authorization")


def check(credentials="same-origin", *pairs):
    return cors_fault(Headers(tuple(pairs)), SITE, credentials)


ORIGIN, CREDENTIALS = "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"


@pytest.mark.parametrize(
    ("credentials", "pairs", "fault"),
    [
        ("same-origin", [(ORIGIN, "*")], None),
        ("same-origin", [(ORIGIN, SITE)], None),
        ("include", [(ORIGIN, SITE), (CREDENTIALS, "true")], None),
        ("same-origin", [], "No 'Access-Control-Allow-Origin' header is present"),
        ("same-origin", [(ORIGIN, "https://other.example")], "has a value 'https://other.example' that is not equal"),
        ("same-origin", [(ORIGIN, f"{SITE}/")], "that is not equal"),
        ("same-origin", [(ORIGIN, "null")], "that is not equal"),
        ("same-origin", [(ORIGIN, "*"), (ORIGIN, SITE)], f"contains multiple values '*, {SITE}', but only one"),
        ("same-origin", [(ORIGIN, f"{SITE}, {SITE}")], "contains multiple values"),
        ("include", [(ORIGIN, "*"), (CREDENTIALS, "true")], "must not be the wildcard '*'"),
        ("include", [(ORIGIN, SITE)], "is '' which must be 'true'"),
        ("include", [(ORIGIN, SITE), (CREDENTIALS, "True")], "is 'True' which must be 'true'"),
    ],
)
def test_the_cors_check(credentials, pairs, fault):
    found = check(credentials, *pairs)
    assert (found is None) if fault is None else (found is not None and fault in found)


@pytest.mark.parametrize(
    ("allowed", "asked", "credentials", "fault"),
    [
        (("PUT", "content-type"), ("PUT", ["content-type"]), "omit", None),
        (("GET", ""), ("POST", []), "omit", None),
        (("PUT", ""), ("put", []), "omit", "Method put is not allowed"),
        (("GET, PUT", "X-A, Content-Type"), ("PUT", ["content-type", "x-a"]), "omit", None),
        (("GET", ""), ("DELETE", []), "omit", "Method DELETE is not allowed by Access-Control-Allow-Methods"),
        (("*", "*"), ("DELETE", ["x-a"]), "omit", None),
        (("*", "x-a"), ("DELETE", ["x-a"]), "include", "Method DELETE is not allowed"),
        (("DELETE", "*"), ("DELETE", ["x-a"]), "include", "Request header field x-a is not allowed"),
        (("GET", "*"), ("GET", ["authorization"]), "omit", "Request header field authorization is not allowed"),
        (("GET", "*, Authorization"), ("GET", ["authorization"]), "omit", None),
        (("PUT", ""), ("PUT", ["content-type"]), "omit", "Request header field content-type is not allowed"),
    ],
)
def test_what_a_preflights_answer_allows(allowed, asked, credentials, fault):
    methods, headers = allowed
    answer = Headers((("Access-Control-Allow-Methods", methods), ("Access-Control-Allow-Headers", headers)))
    found = allowance_of(answer).fault(*asked, credentials)
    assert (found is None) if fault is None else (found is not None and fault in found)


@pytest.mark.parametrize(("age", "seconds"), [(None, 5.0), ("60", 60.0), ("86400", 7200.0), ("-1", 5.0), ("x", 5.0)])
def test_how_long_a_preflight_is_kept(age, seconds):
    pairs = () if age is None else (("Access-Control-Max-Age", age),)
    assert allowance_of(Headers(pairs)).seconds == seconds


@pytest.mark.parametrize(
    ("exposed", "credentials", "names"),
    [
        ("", "omit", ["Content-Type", "ETag"][:1]),
        ("etag", "omit", ["Content-Type", "ETag"]),
        ("*", "omit", ["Content-Type", "ETag", "X-Id"]),
        ("*", "include", ["Content-Type"]),
        ("X-Id, ETag, Set-Cookie", "include", ["Content-Type", "ETag", "X-Id"]),
    ],
)
def test_which_headers_a_script_may_read(exposed, credentials, names):
    sent = (("Content-Type", "a"), ("ETag", "b"), ("X-Id", "c"), ("Set-Cookie", "d"))
    headers = Headers((*sent, ("Access-Control-Expose-Headers", exposed)))
    found = [name for name, _ in readable_headers(headers, credentials) if not name.startswith("Access-Control")]
    assert found == names
