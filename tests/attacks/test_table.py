"""The table of attacks: fresh, complete, and about tests that exist."""

from __future__ import annotations

from tests.attacks import matrix, trying
from tests.attacks.table import PAGE, attempts_by_class, missing_tests, page


def test_the_table_in_the_docs_is_fresh() -> None:
    assert PAGE.read_text("utf-8") == page(), "run python -m tests.attacks.table"


def test_every_class_is_tried_and_at_least_eighty_attempts_are_made() -> None:
    found = attempts_by_class()
    assert len(found) == 36 and [number for number, names in found.items() if not names] == []
    assert sum(map(len, found.values())) >= 80


def test_the_table_names_only_tests_that_exist() -> None:
    assert missing_tests() == []


def test_the_outcomes_are_those_of_the_attempts_as_they_are_now() -> None:
    tried, cells = matrix.read()
    assert tried == matrix.digest(), "run make attacks, as root"
    assert [(cell.level, cell.user, cell.attempts) for cell in cells] == [
        (level, user, len(trying.ALL)) for level in matrix.LEVELS for user in matrix.USERS
    ]


def test_everything_was_withstood_everywhere() -> None:
    assert [cell.failures for cell in matrix.read()[1]] == [(), (), (), ()]
