"""The CORS lab: a browser's steps, each with its reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.explore.ch11_cors import Decision, Situation, cors_explorer, decide, shown

JSON = Situation()
PLAIN = replace(JSON, content_type="text/plain")


def verdicts(situation: Situation) -> list[str]:
    return [step.verdict for step in decide(situation)]


def test_json_to_another_origin_is_asked_about_sent_and_read() -> None:
    assert verdicts(JSON) == ["yes", "yes", "yes", "yes"]
    assert "OPTIONS: POST content-type is allowed." in Decision(JSON).text


def test_a_simple_request_is_sent_unasked_and_only_its_answer_is_hidden() -> None:
    assert verdicts(replace(PLAIN, page="https://evil.example")) == ["yes", "skipped", "yes", "no"]


@pytest.mark.parametrize(
    ("situation", "why"),
    [
        (replace(JSON, allowed_headers=""), "Request header field content-type is not allowed"),
        (replace(JSON, method="DELETE"), "Method DELETE is not allowed"),
        (replace(JSON, allowed_origin=""), "No 'Access-Control-Allow-Origin' header is present"),
        (replace(JSON, page="http://photos.example"), "not equal to the supplied origin"),
        (replace(JSON, cookies=True, allowed_origin="*"), "must not be the wildcard"),
        (replace(JSON, header="Authorization", allowed_headers="*"), "Request header field authorization"),
    ],
)
def test_a_preflight_that_fails_says_why_and_nothing_is_sent(situation: Situation, why: str) -> None:
    assert verdicts(situation) == ["yes", "no", "no", "no"]
    assert why in decide(situation)[1].why


def test_a_preflight_alone_is_not_enough() -> None:
    assert verdicts(replace(JSON, on_answer=False)) == ["yes", "yes", "yes", "no"]


def test_ones_own_origin_is_not_asked() -> None:
    assert verdicts(replace(JSON, server=JSON.page, allowed_origin="")) == ["no", "yes"]


def test_what_is_shown_is_a_table_with_marks() -> None:
    assert shown(JSON).count("<tr>") == 4
    assert shown(replace(JSON, allowed_headers="")).count("✗") == 3


def test_the_explorer_has_a_dial_for_everything_that_counts() -> None:
    dials = [dial.description for dial in cors_explorer().children[1:-1]]

    assert len(dials) == 10
    assert "Access-Control-Allow-Origin" in dials
