"""6.1: a form by GET, a greeting by POST that no name can break."""

from __future__ import annotations

import base64
import html
import re
from random import Random
from typing import Any
from urllib.parse import quote

from grader.checks import check, exercise, expect, fail
from grader.checks.ch06_http.markup import Form, Markup
from grader.checks.material import proxy_event, word
from grader.checks.reading import crash_hint, output
from grader.cloud.http.body import encode_body

FORM = "form"  # the checks use one stack, one after the other
HARMLESS = "Ada"
NASTY = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "<b>Tom</b> & <i>Jerry</i>",
    "</p><form action=//evil.example><input name=password>",
    "--></title></textarea></script></style><img src=x onerror=alert(1)>",
)
KIND_HINT = (
    "Without a Content-Type API Gateway says application/json, and a browser shows the source. Say what you send: "
    '"headers": {"Content-Type": "text/html; charset=utf-8"}.'
)
WHOLE_HINT = (
    "The page's own elements are read as text: only the name goes through html.escape(…), not the HTML that you wrote."
)
ORDERS_HINT = (
    "The name stands where a browser obeys: in an address (href, src) or in code (onclick, style). html.escape(…) "
    "makes it text, and javascript:alert(1) is text, too. Show a name between elements, or in a value."
)
QUERY_HINT = (
    "What stands behind the ? of an address comes from outside as well: whoever sends somebody a link, writes it. It "
    "goes through html.escape(…), too, or nowhere."
)
ECHO_HINT = (
    "This name is from an earlier request. What stands outside the handler outlives it, and the next visitor is "
    "somebody else: keep what belongs to one request in the handler."
)
TWICE_HINT = "The page shows &amp; where an & was typed: escape once, at the place where text becomes HTML."
GATE_HINT = "The trace names the gate that broke."
EMPTY_HINT = (
    "A person sits before this answer, too: send HTML with something on it, and say so in Content-Type. The form once "
    "more will do, or a greeting for a stranger."
)
ESCAPE_HINT = (
    "The name became part of the page: whoever writes it, writes your page. Everything that came from outside goes "
    "through html.escape(…), which turns < > & and both quotation marks into text. Taking single words out is not "
    "enough: there are a hundred ways to write them."
)


def told(page: Any) -> str:
    """Status and the first broken gate of an answer."""
    gate = page.trace.first_broken if page.trace else None
    return f"status {page.status}" + (f": {gate.detail}" if gate else f", {page.body[:200]!r}")


def is_page(page: Any) -> bool:
    """Whether the answer is HTML with something on it."""
    shown = Markup(page.body)
    return "text/html" in page.headers.get("content-type", "").lower() and bool(shown.elements or shown.text)


def require_page(page: Any, hint: str = "") -> Markup:
    """The answer must be a page of HTML."""
    if page.status != 200:
        fail("status 200", told(page), hint or crash_hint(page) or GATE_HINT, trace=page.trace)
    kind = page.headers.get("content-type", "").split(";")[0].strip().lower()
    expect(kind, KIND_HINT, what="Content-Type of the answer", trace=page.trace).equals("text/html")
    return Markup(page.body)


def shown_form(http: Any, stack: Any) -> Form:
    """The form that GET shows."""
    page = http.get(output(stack, "HelloUrl"))
    found = next((form for form in require_page(page).forms if "name" in form.fields), None)
    if found is None:
        fail("a form with a field called name", page.body[:300], 'FORM has it: <input name="name">.', trace=page.trace)
    return found


def submit(http: Any, stack: Any, name: str) -> Any:
    """Fill in the form and send it, as a browser would; the answer."""
    form, url = shown_form(http, stack), output(stack, "HelloUrl")
    hint = 'A form without method="post" puts what was typed into the address, where logs and histories keep it.'
    expect(form.method, hint, what="the form's method").equals("post")
    given = {"multipart": {"name": name}} if form.kind == "multipart/form-data" else {"form": {"name": name}}
    return http.post(form.address(url), **given)


def greeting(http: Any, stack: Any, name: str) -> Markup:
    """The page that greets a name."""
    page = submit(http, stack, name)
    if page.status == 403:
        hint = "The form goes to an address that no event listens to. Is there an event for POST? And an action that "
        fail("a greeting", told(page), hint + "begins with / leaves the stage out: /hello is not /Prod/hello.")
    return require_page(page)


def is_said(page: Markup, name: str) -> bool:
    """Whether the name is read on the page, letter for letter: in its text, or in a field."""
    return " ".join(name.split()) in page.text or any(name in value for value in page.values)


def expect_said(page: Markup, name: str, hint: str) -> None:
    """The name must be read on the page."""
    if not is_said(page, name):
        hint = TWICE_HINT if is_said(page, html.escape(name)) else hint
        fail(f"a page on which one reads {name!r}", page.text[:300], hint)


@exercise(
    "6.1",
    "A form and a greeting",
    slug="6_1_form",
    files=["template.yaml", "app.py"],
    minutes=15,
    hints=[
        "One function serves both: event['httpMethod'] says which. Print an event with the form's body in it (the "
        "lesson's echo does) before you take it apart.",
        "A form arrives as text like name=Ada+Lovelace. parse_qs turns that into a dictionary of lists. If "
        "event['isBase64Encoded'] is true, base64.b64decode comes first. Before a name goes into a page: html.escape.",
        "POST: body = event['body'] or ''; decode it if it is base64; name = parse_qs(body).get('name', ['stranger'])"
        "[0]; answer with a page that holds html.escape(name). Both answers need the header Content-Type: text/html.",
    ],
    passed="You took text from a stranger and gave it back as text. That one habit, escape on the way out, keeps a "
    "whole class of attacks from your pages.",
)
class FormExercise:
    @check(points=1, shares=FORM)
    def shows_a_form(stack, http):
        """GET /hello shows a form that asks for a name."""
        shown_form(http, stack)

    @check(points=2, needs=shows_a_form, shares=FORM)
    def greets_by_name(stack, http, rng):
        """The form, sent by POST, is answered with a greeting by name."""
        names = (word(rng).title(), f"{word(rng).title()} {word(rng).title()}", f"Zoë {word(rng)} & 100% +1")
        for number, name in enumerate(names):
            hint = (
                "A form's body is encoded: blanks come as +, other characters as %C3%AB. parse_qs from urllib.parse "
                "undoes all of it; splitting at = or unquote alone does not."
            )
            page = greeting(http, stack, name)
            if any(is_said(page, before) for before in names[:number]):
                hint = ECHO_HINT
            elif name.casefold() in page.text.casefold():
                hint = "Show what was typed, letter for letter."
            elif name.split()[0] in page.values:
                hint = "An attribute's value without quotation marks around it ends at the first blank."
            expect_said(page, name, hint)
            seen = re.search(r"</?[A-Za-z][^<>]*>", page.text)
            if seen:
                fail(f"a page on which no HTML is read for {name!r}", page.text[:300], WHOLE_HINT)

    @check(points=2, needs=greets_by_name, shares=FORM)
    def keeps_names_from_becoming_markup(stack, http):
        """A name full of HTML is shown as text, and changes nothing else on the page."""
        wanted = greeting(http, stack, HARMLESS).elements
        for name in NASTY:
            page = greeting(http, stack, name)
            if page.elements != wanted:
                extra = [tag for tag, _ in page.elements if tag not in [known for known, _ in wanted]]
                found = f"these elements: {', '.join(extra)}" if extra else "other attributes, or fewer elements"
                fail(f"the same page as for {HARMLESS}, with {name!r} as text", found, ESCAPE_HINT)
            expect_said(page, name, ESCAPE_HINT)
            if any(name in value for value in page.orders):
                fail(f"{name!r} as text only", "it is code, or an address", ORDERS_HINT)
        url = output(stack, "HelloUrl")
        wanted = require_page(http.get(f"{url}?name={HARMLESS}")).elements
        for name in NASTY[:3]:
            page = require_page(http.get(f"{url}?name={quote(name)}"))
            if page.elements != wanted:
                fail(f"the same form with {name!r} in its address", "other elements or attributes", QUERY_HINT)

    @check(points=1, needs=greets_by_name, shares=FORM)
    def decodes_base64(cloud, stack, http, rng):
        """A body that arrives in base64 is decoded."""
        name = word(rng).title()
        event = form_event(rng, shown_form(http, stack), name)
        functions = [key for key, found in stack.resources.items() if found.type == "AWS::Lambda::Function"]
        greeter = next((one for one in functions if is_said(says(cloud, one, event)[1], name)), functions[0])
        coded = {**event, "body": base64.b64encode(event["body"].encode()).decode(), "isBase64Encoded": True}
        error, page = says(cloud, greeter, coded)
        hint = "API Gateway hands on a body in base64 when it may be binary, and says so: event['isBase64Encoded']."
        expect(error, hint, what="the error").is_none()
        expect_said(page, name, hint)

    @check(points=1, needs=greets_by_name, shares=FORM)
    def survives_an_empty_form(stack, http, rng):
        """A POST without a name gets a page, too."""
        before = word(rng, 12)
        greeting(http, stack, before)
        for body in ("", "name=", "other=1"):
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            page = http.post(shown_form(http, stack).address(output(stack, "HelloUrl")), body, headers=kind)
            hint = (
                "parse_qs leaves empty fields out, and without a body event['body'] is null. Ask with .get, and have "
                "something to say to a person without a name."
            )
            if page.status >= 500:
                fail(f"an answer to a POST with the body {body!r}", told(page), hint, trace=page.trace)
            sent_on = 300 <= page.status < 400 and "location" in page.headers
            if not (sent_on or is_page(page)):
                fail(f"a page for a POST with the body {body!r}", told(page), EMPTY_HINT, trace=page.trace)
            if is_said(Markup(page.body), before):
                fail(f"no name of somebody else on the page for the body {body!r}", before, ECHO_HINT, trace=page.trace)

    @check(points=1, needs=shows_a_form, shares=FORM)
    def listens_to_get_and_post_only(stack, http):
        """Other methods do not reach the function."""
        for method in ("PUT", "DELETE"):
            page = http.request(method, output(stack, "HelloUrl"), body="x")
            hint = "Name the methods that you mean, each in an event of its own; Method: any opens every door."
            expect(page.status, hint, what=f"the status of {method}", trace=page.trace).is_in((403, 404))


def says(cloud: Any, function: str, event: dict[str, Any]) -> tuple[Any, Markup]:
    """Call a function with an event; the error, and its page."""
    called = cloud.invoke(function, event)
    body = called.payload.get("body") if isinstance(called.payload, dict) else called.payload
    return called.error, Markup(str(body))


def form_event(rng: Random, form: Form, name: str) -> dict[str, Any]:
    """The event of a form that was filled in with a name."""
    sent = {"name": name}
    encoded = encode_body(None, multipart=sent) if form.kind == "multipart/form-data" else encode_body(None, form=sent)
    headers = {"Content-Type": encoded.content_type, "Host": "a.example"}
    event = proxy_event(
        rng, resource="/hello", path="/hello", httpMethod="POST", headers=headers, body=encoded.content.decode()
    )
    asked = {"httpMethod": "POST", "resourcePath": "/hello", "path": "/Prod/hello"}
    multiple = {key: [value] for key, value in headers.items()}
    return {**event, "multiValueHeaders": multiple, "requestContext": {**event["requestContext"], **asked}}


def any_name(rng: Random) -> str:
    """A name with every kind of mark in it, in an order that nobody knows."""
    parts = ["<", ">", '"', "'", "&", "&amp;", "<i>", "ß", "漢", word(rng), "</p>", "%3C", "<!--", "&#60;"]
    rng.shuffle(parts)
    return f"{word(rng)} {''.join(parts)} {word(rng)}"
