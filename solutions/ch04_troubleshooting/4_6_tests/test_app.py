"""Tests for app.py: functions named test_…, without parameters, that assert. Plain Python: pytest is not there."""

import json

import app

# Test what the handler promises in its docstring. A test may use nothing that another test has left behind.
### BEGIN SOLUTION
NOW = 1_800_000_000.75


def ask(body):
    """The status and the body of an answer, at a fixed time."""
    answer = app.lambda_handler({"body": body}, None, now=lambda: NOW)
    assert isinstance(answer["body"], str)
    return answer["statusCode"], json.loads(answer["body"])


def test_a_width_is_accepted_and_expires_in_an_hour():
    assert ask('{"width": 200}') == (200, {"width": 200, "expires": 1_800_003_600})


def test_both_ends_are_included():
    assert [ask(json.dumps({"width": width}))[0] for width in (15, 16, 1024, 1025)] == [400, 200, 200, 400]


def test_without_a_width_it_is_128():
    assert ask("{}")[1]["width"] == 128


def test_no_body_is_an_empty_one():
    assert ask(None)[1]["width"] == 128


def test_what_is_no_json_is_refused():
    status, body = ask("width=200")
    assert (status, list(body)) == (400, ["error"])


def test_what_is_no_number_is_refused():
    assert [ask(json.dumps({"width": width}))[0] for width in ("200", None, 99.5, True)] == [400] * 4
### END SOLUTION
