"""The drawing of a trace."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from grader.cloud.clock import Clock
from grader.cloud.drawing import draw_trace
from grader.cloud.traces import Traces

SVG = "{http://www.w3.org/2000/svg}"


def request(*gates, title="GET /Prod/hello → 502"):
    trace = Traces(Clock()).start("request", title)
    for name, status, detail in gates:
        getattr(trace, status)(name, detail)
    return trace


def words(drawing):
    return [element.text for element in ElementTree.fromstring(drawing.svg).iter(f"{SVG}text")]


def test_a_broken_gate_is_named_with_its_reason():
    drawing = draw_trace(request(("route", "passed", "GET /hello"), ("response", "broken", "body is a dictionary")))
    assert words(drawing) == [
        "request",
        "GET /Prod/hello → 502",
        "route",
        "GET /hello",
        "response",
        "broken here",
        "Broken at “response”. body is a dictionary",
    ]
    root = ElementTree.fromstring(drawing.svg)
    assert root.find(f"{SVG}title").text == (
        "The path of request GET /Prod/hello → 502. It broke at the gate response: body is a dictionary"
    )
    assert (root.get("role"), root.get("aria-labelledby").split()) == (
        "img",
        [root.find(f"{SVG}title").get("id"), root.find(f"{SVG}desc").get("id")],
    )


def test_the_text_alternative_is_the_trace_in_words():
    trace = request(("route", "passed", "GET /hello"))
    drawing = draw_trace(trace)
    assert ElementTree.fromstring(drawing.svg).find(f"{SVG}desc").text == drawing.text == str(drawing) == trace.text()


def test_what_a_request_set_off_stands_below_it_and_indented():
    traces = Traces(Clock())
    parent = traces.start("request", "PUT /a")
    parent.passed("route", "")
    child = traces.start("event", "s3:ObjectCreated:Put", parent)
    child.waiting("retry", "again in 60 s")
    root = ElementTree.fromstring(draw_trace(parent).svg)
    places = {element.text: (float(element.get("x")), float(element.get("y"))) for element in root.iter(f"{SVG}text")}
    assert places["event"][0] > places["request"][0]
    assert places["retry"][1] > places["route"][1]


HOSTILE = "<script>alert('1')</script>&\"]]>\x00\x1b\ud800"


def test_everything_is_escaped():
    trace = request((HOSTILE, "broken", HOSTILE), title=HOSTILE)
    trace.kind = HOSTILE
    drawing = draw_trace(trace)
    ElementTree.fromstring(drawing.svg)
    assert not re.search(r"<script|[\x00\x1b\ud800]", drawing.html)


def test_the_same_trace_gives_the_same_drawing():
    gates = [("route", "passed", "x"), ("handler", "broken", "KeyError")]
    assert draw_trace(request(*gates)).svg == draw_trace(request(*gates)).svg


@pytest.mark.parametrize("count", [0, 1, 6, 7, 20])
def test_gates_stay_inside_the_sheet(count):
    trace = request(*[(f"gate {number}", "passed", "word " * 60) for number in range(count)])
    root = ElementTree.fromstring(draw_trace(trace).svg)
    _, _, width, height = map(float, root.get("viewBox").split())
    boxes = [{key: float(box.get(key)) for key in ("x", "y", "width", "height")} for box in root.iter(f"{SVG}rect")]
    assert len(boxes) == count
    assert all(box["x"] + box["width"] <= width and box["y"] + box["height"] <= height for box in boxes)


def test_six_gates_stand_in_one_row():
    trace = request(*[(name, "passed", "") for name in "abcdef"])
    root = ElementTree.fromstring(draw_trace(trace).svg)
    assert len({box.get("y") for box in root.iter(f"{SVG}rect")}) == 1


def test_a_deep_chain_can_be_drawn():
    traces = Traces(Clock())
    trace = first = traces.start("request", "first")
    for number in range(30):
        trace = traces.start("event", f"step {number}", trace)
        trace.passed("queue", "accepted")
    assert "step 29" in words(draw_trace(first))


def test_a_notebook_shows_the_drawing():
    trace = request(("route", "passed", "GET /hello"))
    assert trace._repr_html_() == draw_trace(trace)._repr_html_() == draw_trace(trace).html
