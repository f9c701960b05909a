"""Splitting: what a grouping of jobs costs, and which rights its jobs have without need."""

from __future__ import annotations

import pytest

from grader.explore.ch13_splitting import (
    JOBS,
    apart,
    describe,
    dollars_of,
    show_split,
    spare_rights,
    split,
    splitting_explorer,
    together,
)

BROWSE, CONVERT = JOBS[0], JOBS[2]


def test_a_job_costs_memory_times_time_and_its_requests() -> None:
    assert dollars_of(CONVERT, 1024) == pytest.approx(300_000 * 0.8 * 0.0000166667 + 0.3 * 0.20)


def test_in_one_function_everybody_pays_for_the_largest() -> None:
    (part,) = split(together())

    assert part.memory_mb == 1024
    assert part.dollars["browse"] == pytest.approx(dollars_of(BROWSE, 1024))
    assert part.dollars["browse"] > 2 * dollars_of(BROWSE, 128)


def test_apart_nobody_has_a_right_too_many() -> None:
    assert all(not rights for part in split(apart()) for rights in part.spare.values())
    assert {name for rights in split(together())[0].spare.values() for name in rights} >= {"delete titles"}
    assert "browse: nothing" in spare_rights(apart())


def test_two_functions_save_nearly_everything_that_five_save() -> None:
    two = sum(part.total for part in split({**together(), "convert": "B", "report": "B"}))
    five = sum(part.total for part in split(apart()))

    assert five < two < five * 1.01


def test_the_picture_says_in_words_what_it_shows() -> None:
    assert show_split(together()).text == describe(split(together()))
    assert show_split(together()).text.startswith("1 function (A: 1,024 MB, browse and add")


def test_the_explorer_has_a_choice_for_every_job() -> None:
    names = [choice.description.split()[0] for choice in splitting_explorer().children[1:-1]]

    assert names == [job.name for job in JOBS]
