"""CORS as a browser decides it: a page, a request to another origin, and what that origin's answers say."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any, Literal

from grader.cloud.http.answer import Headers
from grader.cloud.http.browser import rules

Verdict = Literal["yes", "no", "skipped"]
METHODS = ("GET", "POST", "PUT", "DELETE")
MARKS: dict[Verdict, str] = {"yes": "✓", "no": "✗", "skipped": "–"}


@dataclass(frozen=True)
class Situation:
    """What a script wants, and what the other origin says.

    Attributes
    ----------
    page, server
        Origins: where the page comes from, and whom it asks.
    method, content_type, header
        Of the request; ``header`` is the name of one more, empty for none.
    cookies
        ``credentials: "include"``.
    allowed_origin, allowed_methods, allowed_headers
        The three answers of the server, empty where it says nothing.
    on_answer
        Whether the answer itself names the origin too, and not the preflight only.
    """

    page: str = "https://photos.example"
    server: str = "https://api.example"
    method: str = "POST"
    content_type: str = "application/json"
    header: str = ""
    cookies: bool = False
    allowed_origin: str = "https://photos.example"
    allowed_methods: str = "POST"
    allowed_headers: str = "content-type"
    on_answer: bool = True

    @property
    def sent(self) -> tuple[tuple[str, str], ...]:
        """The request's headers that the script sets."""
        pairs = (("Content-Type", self.content_type), (self.header, "1"))
        return tuple(pair for pair in pairs if all(pair) and not (pair[0] == "Content-Type" and self.method == "GET"))


@dataclass(frozen=True)
class Step:
    """One question that the browser asks itself or the server; the answer, and why."""

    question: str
    verdict: Verdict
    why: str


def decide(situation: Situation) -> tuple[Step, ...]:
    """The browser's steps, in order; the last one says whether the script reads the answer."""
    credentials: rules.Credentials = "include" if situation.cookies else "same-origin"
    if rules.origin_of(situation.page) == rules.origin_of(situation.server):
        same = Step("Is it another origin?", "no", "Scheme, host and port are the same: CORS has no say.")
        return (same, Step("May the script read the answer?", "yes", "It is its own origin's."))
    steps = [Step("Is it another origin?", "yes", f"{situation.page} is not {situation.server}.")]
    asked, fault = preflight(situation, credentials)
    steps.append(asked)
    if fault:
        steps.append(Step("Is the request sent?", "no", "The preflight has failed. The server never sees the request."))
        return (*steps, Step("May the script read the answer?", "no", "There is none."))
    steps.append(Step("Is the request sent?", "yes", "The server works on it, whatever becomes of the answer."))
    fault = rules.cors_fault(said(situation, situation.on_answer), situation.page, credentials) or ""
    last = fault or "The answer names the page's origin."
    return (*steps, Step("May the script read the answer?", "no" if fault else "yes", last))


def preflight(situation: Situation, credentials: rules.Credentials) -> tuple[Step, str]:
    """The question before the request, and what is wrong with its answer."""
    question = "Does the preflight pass?"
    if not rules.needs_preflight(situation.method, situation.sent):
        return Step(question, "skipped", "Not needed: a form could send such a request, too."), ""
    unsafe = rules.unsafe_headers(situation.sent)
    headers = said(situation, True)
    fault = rules.cors_fault(headers, situation.page, credentials) or rules.allowance_of(headers).fault(
        situation.method, unsafe, credentials
    )
    why = fault or f"OPTIONS: {' '.join([situation.method, *unsafe])} is allowed."
    return Step(question, "no" if fault else "yes", why), fault or ""


def said(situation: Situation, names_origin: bool) -> Headers:
    """The CORS headers of an answer."""
    pairs = [
        ("Access-Control-Allow-Origin", situation.allowed_origin if names_origin else ""),
        ("Access-Control-Allow-Methods", situation.allowed_methods),
        ("Access-Control-Allow-Headers", situation.allowed_headers),
        ("Access-Control-Allow-Credentials", "true" if situation.cookies else ""),
    ]
    return Headers(tuple(pair for pair in pairs if pair[1]))


@dataclass(frozen=True)
class Decision:
    """The steps for one situation; a table in a notebook, lines elsewhere."""

    situation: Situation

    @property
    def text(self) -> str:
        """The steps in words."""
        return "\n".join(f"{MARKS[step.verdict]} {step.question} {step.why}" for step in decide(self.situation))

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return shown(self.situation)


def shown(situation: Situation) -> str:
    """The steps as a table in HTML."""
    rows = "".join(
        f"<tr><td>{MARKS[step.verdict]}</td><td><b>{html.escape(step.question)}</b></td>"
        f"<td style='text-align:left'>{html.escape(step.why)}</td></tr>"
        for step in decide(situation)
    )
    return f"<table>{rows}</table>"


def cors_explorer() -> object:
    """The explorer itself: the request on the left, the server's answers below."""
    import ipywidgets as widgets
    from IPython.display import display

    wide: dict[str, Any] = {"style": {"description_width": "240px"}, "layout": widgets.Layout(width="620px")}
    first = Situation()
    origins = ["https://photos.example", "http://photos.example", "https://www.photos.example", "https://evil.example"]
    types = ["application/json", "text/plain", "multipart/form-data"]
    dials = {
        "page": widgets.Dropdown(options=origins, value=first.page, description="the page's origin", **wide),
        "server": widgets.Dropdown(
            options=[first.server, "https://photos.example"], value=first.server, description="it asks", **wide
        ),
        "method": widgets.Dropdown(options=METHODS, value=first.method, description="method", **wide),
        "content_type": widgets.Dropdown(options=types, value=types[0], description="Content-Type", **wide),
        "header": widgets.Dropdown(
            options=["", "Authorization", "X-Trace"], value="", description="one more header", **wide
        ),
        "on_answer": widgets.Checkbox(value=True, description="the answer itself names the origin, too", **wide),
        "allowed_origin": widgets.Dropdown(
            options=["", "*", "https://photos.example"], value=first.allowed_origin,
            description="Access-Control-Allow-Origin", **wide,
        ),
        "allowed_methods": widgets.Text(value="POST", description="Access-Control-Allow-Methods", **wide),
        "allowed_headers": widgets.Text(value="content-type", description="Access-Control-Allow-Headers", **wide),
        "cookies": widgets.Checkbox(value=False, description='credentials: "include"', **wide),
    }  # fmt: skip

    def show(**chosen: Any) -> None:
        display(Decision(Situation(**chosen)))

    tip = widgets.HTML("<p><b>Try this:</b> make the same request with text/plain. Which step is gone?</p>")
    return widgets.VBox([tip, *dials.values(), widgets.interactive_output(show, dials)])
