"""What a real browser will do with an answer stands at the end of the request's path."""

from __future__ import annotations

import pytest

SITE = "https://site.example"
BROWSER = {"Origin": SITE, "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "cross-site"}


@pytest.fixture(autouse=True)
def routes(world):
    world.routes("GET /names")


def last(world):
    gate = world.trace.gates[-1]
    return gate.name, gate.status, gate.detail


def test_an_answer_without_the_header_is_kept_from_the_script(world):
    assert world.send("GET", "/names", headers=BROWSER).status == 200
    assert last(world) == (
        "cors",
        "broken",
        f"The browser keeps this from the scripts of {SITE}: "
        "No 'Access-Control-Allow-Origin' header is present on the requested resource.",
    )


@pytest.mark.parametrize("allowed", ["*", SITE])
def test_an_answer_that_allows_the_site_passes(world, allowed):
    world.answer({"statusCode": 200, "headers": {"Access-Control-Allow-Origin": allowed}, "body": "[]"})
    world.send("GET", "/names", headers=BROWSER)
    assert last(world) == ("cors", "passed", f"Access-Control-Allow-Origin: {allowed}")


def test_with_cookies_a_wildcard_is_not_enough(world):
    world.answer({"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "*"}, "body": "[]"})
    world.send("GET", "/names", headers={**BROWSER, "Cookie": "a=b"})
    assert "must not be the wildcard '*'" in last(world)[2]


def test_a_preflight_that_no_route_answers_breaks_there_and_at_the_browser(world):
    asked = {**BROWSER, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "content-type"}
    world.send("OPTIONS", "/names", headers=asked)
    assert [gate for gate, status in world.gates() if status == "broken"] == ["route", "cors"]
    assert "Response to preflight request doesn't pass access control check: No 'Access-" in last(world)[2]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"statusCode": 500}, "It does not have HTTP ok status."),
        ({"statusCode": 200, "allow": "GET"}, "Method PUT is not allowed by Access-Control-Allow-Methods"),
        (
            {"statusCode": 200, "allow": "PUT"},
            "Request header field x-mine is not allowed by Access-Control-Allow-Head",
        ),
    ],
)
def test_a_preflights_answer_must_allow_method_and_headers(world, answer, words):
    world.routes("OPTIONS /names")
    headers = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": answer.get("allow", "")}
    world.answer({"statusCode": answer["statusCode"], "headers": headers, "body": ""})
    asked = {**BROWSER, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "x-mine"}
    world.send("OPTIONS", "/names", headers=asked)
    assert words in last(world)[2]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": SITE},
        {**BROWSER, "Sec-Fetch-Site": "same-origin"},
        {**BROWSER, "Sec-Fetch-Mode": "no-cors"},
        {**BROWSER, "Sec-Fetch-Mode": "navigate"},
    ],
)
def test_requests_that_no_script_of_another_site_waits_for_have_no_such_gate(world, headers):
    world.send("GET", "/names", headers=headers)
    assert last(world)[0] == "response"
