"""A picture carries its own words, and is the same every time."""

from __future__ import annotations

from matplotlib.figure import Figure

from grader.explore.picture import picture


def drawn() -> Figure:
    figure = Figure()
    figure.add_subplot().plot([1, 2, 3])
    return figure


def test_the_text_alternative_is_escaped() -> None:
    assert 'alt="&quot;a&quot; &lt; b"' in picture(drawn(), '"a" < b')._repr_html_()


def test_two_drawings_are_the_same_bytes() -> None:
    assert picture(drawn(), "a line").svg == picture(drawn(), "a line").svg
