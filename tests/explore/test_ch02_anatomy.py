"""The anatomy of a project: every reader reads something, and the picture says what the words say."""

from __future__ import annotations

import pytest

from grader.explore.ch02_anatomy import PARTS, READERS, anatomy_explorer, describe, part_named, show_anatomy


def test_every_reader_reads_something_and_is_known() -> None:
    assert {reader for part in PARTS for reader in part.readers} == set(READERS)


def test_lambda_reads_the_code_and_nothing_else() -> None:
    assert [part.path for part in PARTS if "Lambda" in part.readers] == ["src/app.py"]


def test_tests_and_events_are_never_shipped() -> None:
    shipping = {"sam build", "sam deploy", "CloudFormation", "Lambda"}
    kept = ("tests/test_app.py", "events/greet.json")

    assert [path for path in kept if shipping & set(part_named(path).readers)] == []


def test_the_picture_says_in_words_what_it_shows() -> None:
    assert show_anatomy("samconfig.toml").text == describe(part_named("samconfig.toml"))


def test_an_unknown_file_is_refused() -> None:
    with pytest.raises(KeyError):
        part_named("setup.py")


def test_the_explorer_offers_every_file() -> None:
    assert list(anatomy_explorer().children[1].options) == [part.path for part in PARTS]
