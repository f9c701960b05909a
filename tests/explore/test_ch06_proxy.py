"""The proxy lab: one answer and one request, through both kinds of API."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from grader.cloud import Cloud
from grader.explore.ch06_proxy import ANSWERS, Asked, ProxyLab


@pytest.fixture(scope="module")
def lab() -> Iterator[ProxyLab]:
    with Cloud() as cloud:
        yield ProxyLab(cloud)


def statuses(lab: ProxyLab, returned: str) -> list[str]:
    return [text.splitlines()[0] for _, text in lab.answers(returned).columns]


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ("a page", ["200", "200"]),
        ("a dictionary as body", ["502", "500"]),
        ("no statusCode", ["502", "200"]),
        ("just a text", ["502", "200"]),
        ("a status with words", ["502", "500"]),
        ("a number in a header", ["502", "200"]),
        ("two cookies, format 1.0", ["200", "200"]),
        ("two cookies, format 2.0", ["502", "200"]),
        ("a redirect", ["303", "303"]),
    ],
)
def test_an_answer_is_accepted_by_one_kind_or_both(lab: ProxyLab, answer: str, wanted: list[str]) -> None:
    assert statuses(lab, json.dumps(ANSWERS[answer])) == wanted


def test_the_first_broken_gate_is_told(lab: ProxyLab) -> None:
    (_, rest), _ = lab.answers('{"statusCode": 200, "body": {}}').columns
    assert "✗ response: Malformed Lambda proxy response. body is a dictionary" in rest


def test_what_is_not_json_is_said(lab: ProxyLab) -> None:
    shown = lab.answers("{'statusCode': 200}")
    assert shown.columns[0][0] == "this is not JSON"


def test_a_request_becomes_two_events(lab: ProxyLab) -> None:
    asked = Asked("POST", "/hello", "tag=red&tag=blue", "a=1; b=2", "application/x-www-form-urlencoded", "name=Ada")
    shown = lab.events(asked)
    first, second = (json.loads(text) for _, text in shown.columns)
    assert (first["httpMethod"], first["body"], first["isBase64Encoded"]) == ("POST", "name=Ada", False)
    assert first["multiValueQueryStringParameters"] == {"tag": ["red", "blue"]}
    assert (second["requestContext"]["http"]["method"], second["isBase64Encoded"]) == ("POST", True)
    assert (second["cookies"], second["queryStringParameters"]) == (["a=1", "b=2"], {"tag": "red,blue"})
    before, _, after = shown.note.partition("Only in 2.0")
    assert "httpMethod" in before and "rawPath" in after


def test_a_notebook_shows_two_columns_and_nothing_is_taken_for_html(lab: ProxyLab) -> None:
    page = lab.answers(json.dumps(ANSWERS["a page"]))._repr_html_()
    assert page.count("<pre") == 2 and "<h1>Hello" not in page and "&lt;h1&gt;Hello" in page
