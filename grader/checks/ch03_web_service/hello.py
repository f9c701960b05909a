"""3.1: a function behind GET /hello."""

from __future__ import annotations

from typing import Any

from grader.checks import check, exercise, expect, fail
from grader.checks.material import proxy_event, word
from grader.checks.reading import Body, crash_hint, json_body, output

HELLO = "hello"  # the checks use one stack, one after the other


def status_hint(page: Any) -> str:
    """What to look at when GET /hello was not answered with 200."""
    gate = page.trace.first_broken
    if gate is None:
        return "The handler chose this status. An answer in which all is well has the statusCode 200."
    if gate.name == "route":
        return f"{gate.detail} Is the event's Path /hello, and its Method get? HelloUrl is right as it was given."
    return f"{gate.detail} Say hello to everybody: nobody is asked who they are."


def spelling_hint(body: str) -> str:
    """What to look at when a body holds no JSON object."""
    if not body:
        return "The body is empty. What is printed goes to the log; the caller gets what stands in body."
    if body.startswith("<"):
        return "That is HTML. A program reads this answer: make the body with json.dumps."
    if body.startswith('"'):
        return "The text was turned into JSON twice: one json.dumps, of the dictionary, is enough."
    if body.startswith("eyJ"):  # how every JSON object begins in base64
        return "The body is base64 still: a REST API decodes what it was told to. JSON is text, and needs none of it."
    return "str(a dictionary) is Python's spelling with single quotes. JSON is made by json.dumps."


@exercise(
    "3.1",
    "Say hello over HTTP",
    slug="3_1_hello",
    files=["template.yaml", "app.py"],
    minutes=10,
    hints=[
        "Compare with demo_ping: what stands under Events there, and what does its handler hand back? "
        "Your path is another one, and so are your two keys.",
        "Template: Events → a name of your choice → Type: Api, with the Properties Path and Method, at the same depth "
        "as in demo_ping. Handler: API Gateway wants a dictionary with statusCode and body; the body is text.",
        "The id of an invocation is context.aws_request_id. Make a dictionary with message and "
        "request_id, turn it into "
        "text with json.dumps(…), and hand that back as the body beside a statusCode of 200.",
    ],
    passed="Ten lines of template became an address that anyone can ask. Event in, JSON out: every handler of this "
    "course has this shape.",
    next="3.2",
)
class Hello:
    @check(points=2, shares=HELLO)
    def answers_with_json(stack, http):
        """GET /hello answers 200 with a JSON object that holds a message."""
        page = http.get(output(stack, "HelloUrl"))
        if page.status == 502:
            gate = page.trace.first_broken
            hint = "API Gateway needs a dictionary with a statusCode (a number), and a body that must be a string: use "
            fail(
                "status 200",
                f"status 502: {gate.detail if gate else page.body}",
                crash_hint(page) or f"{hint}json.dumps.",
                where="app.py",
                trace=page.trace,
            )
        expect(page.status, status_hint(page), trace=page.trace).equals(200)
        found = json_body(page, spelling_hint(page.body))
        expect(found, 'Put your greeting under "message".', trace=page.trace).has_keys("message")
        expect(found["message"], what='"message"', trace=page.trace).is_text().is_not_empty()

    @check(points=1, needs=answers_with_json, shares=HELLO)
    def says_that_it_is_json(stack, http):
        """The answer's content type is JSON."""
        page = http.get(output(stack, "HelloUrl"))
        kind = page.headers.get("content-type", "").split(";")[0]
        hint = 'A client trusts the header, not the text: "headers": {"Content-Type": "application/json"}.'
        expect(kind, hint, trace=page.trace).equals("application/json")

    @check(points=2, needs=answers_with_json, shares=HELLO)
    def names_the_invocation(cloud, stack, rng):
        """Every answer carries the id of its own invocation."""
        for _ in range(2):
            called = cloud.invoke("HelloFunction", proxy_event(rng, path="/hello"))
            found = (called.payload or {}).get("body") if called.error is None else called.error
            body = json_body(Body(str(found)), "Here the function was called with an event that has no query.")
            hint = (
                "context.aws_request_id is the id of this invocation, the one in the logs. API Gateway's "
                "requestId in the "
                "event is another one, and an id that you make up cannot be found anywhere."
            )
            expect(body.get("request_id"), hint, what='"request_id"').equals(called.request_id)

    @check(points=1, needs=answers_with_json, shares=HELLO)
    def only_listens_to_get(stack, http, rng):
        """Other methods and other paths do not reach the function."""
        url, refused = output(stack, "HelloUrl"), (403, 404)  # what a REST API says, and what an HTTP API says
        hint = (
            "Method: any lets everything through. Name the one method that you mean: every open door must be guarded."
        )
        for method in ("POST", "PUT", "DELETE"):
            page = http.request(method, url, body="x")
            expect(page.status, hint, what=f"the status of a {method}", trace=page.trace).is_in(refused)
        page = http.get(f"{url.rpartition('/')[0]}/{word(rng)}")
        hint = "A path with braces lets any path through. Write the one that you mean: every open door must be guarded."
        expect(page.status, hint, what="the status of GET on another path", trace=page.trace).is_in(refused)
