"""Real commands, led to the pocket AWS and nowhere else."""

from __future__ import annotations

import sys

import pytest

from grader.errors import CourseError
from grader.notebooks.commands import account_variables, find_program, lines_of, quiet_variables, run

PYTHON = sys.executable


def output(code: str, timeout: float = 20) -> str:
    return "".join(lines_of([PYTHON, "-c", code], quiet_variables(), timeout))


def test_output_comes_without_colours_and_with_its_errors() -> None:
    assert (
        output("import sys; print('\\x1b[31mred\\x1b[0m', flush=True); print('bad', file=sys.stderr)") == "red\nbad\n"
    )


def test_status_is_told_when_it_is_not_zero() -> None:
    assert output("raise SystemExit(3)") == "(exit status 3)\n"


def test_endless_command_is_stopped() -> None:
    assert output("print('on', flush=True)\nwhile True: pass", timeout=0.5) == "on\n(stopped after 0.5 seconds)\n"


def test_endless_output_is_cut() -> None:
    shown = output("for n in range(30000): print('x' * 20)")
    assert shown.endswith("… (more output than a notebook can show)\n") and len(shown) < 210_000


def test_owners_profile_and_network_stay_out() -> None:
    found = quiet_variables({"AWS_PROFILE": "work", "AWS_ACCESS_KEY_ID": "real", "HOME": "/home/me", "SECRET": "x"})
    assert "AWS_PROFILE" not in found and "AWS_ACCESS_KEY_ID" not in found and "SECRET" not in found
    assert found["HOME"] == "/home/me"
    assert found["HTTPS_PROXY"] == "http://127.0.0.1:9"


def test_a_command_finds_first_what_starts_quickly() -> None:
    assert output("import rfc3987_syntax; print(rfc3987_syntax.__name__, 'lark' in __import__('sys').modules)") == (
        "rfc3987_syntax False\n"
    )


def test_account_is_named_to_every_tool() -> None:
    assert account_variables("http://127.0.0.1:1", "us-east-1", ("AKIA", "secret", "")) == {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "AKIA",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }


@pytest.mark.parametrize("words", [[], ["no-such-command-anywhere"]])
def test_command_that_is_not_there_is_named(words: list[str]) -> None:
    with pytest.raises(CourseError):
        find_program(words)


def test_a_command_that_never_ends_is_stopped_after_what_was_awaited(capsys: pytest.CaptureFixture[str]) -> None:
    run("python -u -c \"import time; print('one'); print('two'); time.sleep(60)\"", timeout=30, until="two")
    assert capsys.readouterr().out.splitlines()[1:] == ["one", "two", "(stopped, as with Ctrl-C)"]
