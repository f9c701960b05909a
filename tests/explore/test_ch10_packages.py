"""The package explorer: what it computes, what it says, that it draws."""

from __future__ import annotations

import pytest

from grader.explore.ch10_packages import Packages, describe, draw_packages, package_explorer, problems, show_packages


def test_a_layer_is_uploaded_once_and_unpacked_by_everyone() -> None:
    alone, shared = Packages(1, 60, 5, 0), Packages(1, 60, 5, 1)
    assert (alone.uploaded, alone.stored, alone.unzipped) == (305, 305, 61)
    assert (shared.uploaded, shared.stored, shared.unzipped) == (5, 65, 61)


@pytest.mark.parametrize(
    ("packages", "words"),
    [
        (Packages(1, 60, 5, 1), []),
        (Packages(10, 250, 1, 1), ["260 MB unzipped is more than the 250 MB"]),
        (Packages(1, 10, 1, 6), ["A function may have 5 layers, not 6."]),
    ],
)
def test_limits_are_named(packages: Packages, words: list[str]) -> None:
    found = problems(packages)
    assert len(found) == len(words)
    assert all(said in one for said, one in zip(words, found, strict=True))


def test_the_picture_has_its_words_and_the_explorer_its_dials() -> None:
    packages = Packages(1, 60, 5, 1)
    assert "uploads 5 MB" in describe(packages)
    assert draw_packages(packages).axes[0].get_xlabel() == "MB, unzipped"
    assert describe(packages) in show_packages(packages)._repr_html_()
    assert len(package_explorer().children) == 6
