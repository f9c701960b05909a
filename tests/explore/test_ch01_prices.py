"""The price explorer's arithmetic, on numbers that can be followed by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.explore.ch01_prices import Month, Prices, bill, break_even, draw_prices, list_prices, price_explorer

PLAIN = Prices(per_million_requests=0.2, per_gb_second=0.00002, free_requests=0, free_gb_seconds=0, dated="2026-11")


def test_a_million_half_gigabyte_calls_of_120_ms_are_60_000_gb_seconds() -> None:
    assert Month(1e6, 512, 120, cold_share=0).gb_seconds == pytest.approx(60_000)


def test_init_on_one_call_in_a_hundred_adds_a_fortieth() -> None:
    assert Month(1e6, 512, 120, 300, 0.01).gb_seconds == pytest.approx(61_500)


def test_the_bill_adds_requests_and_gb_seconds() -> None:
    assert bill(Month(1e6, 512, 120, cold_share=0), PLAIN) == pytest.approx(0.2 + 1.2)


def test_the_allowance_is_never_paid_out() -> None:
    assert bill(Month(1000), list_prices()) == 0


def test_break_even_is_where_both_cost_the_same() -> None:
    month = Month(0, 512, 120, cold_share=0)
    meeting = break_even(month, PLAIN, server=28.0)

    assert meeting == pytest.approx(20e6)
    assert bill(replace(month, requests=meeting or 0), PLAIN) == pytest.approx(28.0)


def test_a_free_function_never_meets_the_server() -> None:
    assert break_even(Month(0), Prices(0, 0, 0, 0, "2026-11"), server=5.0) is None


def test_arm_costs_a_fifth_less_a_second() -> None:
    assert list_prices("arm64").per_gb_second == pytest.approx(list_prices().per_gb_second * 0.8, rel=1e-4)


def test_the_picture_names_the_month_and_the_meeting() -> None:
    figure = draw_prices(Month(3e6), list_prices(), server=30)

    texts = [text.get_text() for text in figure.axes[0].texts]
    assert [text.split(":")[0] for text in texts] == ["your month", "break-even"]


def test_the_explorer_can_be_made_without_a_front_end() -> None:
    assert len(price_explorer().children) == 10  # type: ignore[attr-defined]
