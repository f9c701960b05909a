"""The storage chooser says what the chapter's table says, and adds up the bill."""

from __future__ import annotations

import pytest

from grader.explore.ch07_storage import (
    S3,
    TABLE,
    Workload,
    advise,
    bill_of,
    describe,
    draw_bills,
    show_choice,
    storage_chooser,
)


@pytest.mark.parametrize(
    ("needs", "store"),
    [
        ({}, "either"),
        ({"item_kb": 400}, "either"),
        ({"item_kb": 401}, S3),
        ({"history": True}, S3),
        ({"link": True}, S3),
        ({"archive": True}, S3),
        ({"together": True}, TABLE),
        ({"query": True}, TABLE),
        ({"quick": True}, TABLE),
        ({"counters": True}, TABLE),
        ({"item_kb": 5000, "query": True}, "both"),
        ({"item_kb": 5000, "quick": True}, "neither"),
    ],
)
def test_a_need_decides(needs: dict, store: str) -> None:
    assert advise(Workload(**needs)).store == store


def test_the_bill_counts_requests_and_storage() -> None:
    month = Workload(item_kb=5, items=1024 * 1024, writes=1_000_000, reads=1_000_000)

    assert bill_of(S3, month).requests == pytest.approx(5.00 + 0.40)
    assert bill_of(S3, month).storage == pytest.approx(5 * 0.023)
    assert bill_of(TABLE, month).requests == pytest.approx(5 * 0.625 + 2 * 0.125)
    assert bill_of(TABLE, month).storage == pytest.approx(5 * 0.25)


def test_small_items_are_cheaper_in_a_table_and_large_ones_in_s3() -> None:
    small, large = (Workload(item_kb=size, writes=1_000_000, reads=1_000_000) for size in (1, 50))

    assert bill_of(TABLE, small).total < bill_of(S3, small).total
    assert bill_of(TABLE, large).total > bill_of(S3, large).total


def test_what_does_not_fit_has_no_bill() -> None:
    large = Workload(item_kb=1000)

    assert not bill_of(TABLE, large).possible
    assert "do not fit" in describe(large)


def test_the_words_say_what_the_picture_shows() -> None:
    assert describe(Workload(item_kb=1, items=0, writes=1_000_000, reads=0)) == (
        "Either will do. Let the bill decide. A month costs $5.00 in S3 ($5.00 requests, $0.00 storage), $0.62 in "
        "DynamoDB ($0.62 requests, $0.00 storage) (list prices, 2026-11)."
    )


def test_both_bills_are_drawn() -> None:
    assert len(draw_bills(Workload()).axes[0].patches) == 4
    assert len(draw_bills(Workload(item_kb=1000)).axes[0].patches) == 2
    assert show_choice(Workload()).svg.startswith("<?xml")


def test_the_explorer_can_be_made_without_a_front_end() -> None:
    assert len(storage_chooser().children) == 1 + 4 + 7 + 1  # type: ignore[attr-defined]
