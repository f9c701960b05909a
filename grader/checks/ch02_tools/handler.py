"""2.2: a first handler, called as a plain function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grader.checks import CheckFailed, check, exercise, expect, fail

WORLD = {"message": "Hello, world!", "length": 5}


def greeting(name: str) -> dict[str, Any]:
    """What a name is answered with."""
    return {"message": f"Hello, {name}!", "length": len(name)}


def called(handler: Callable[..., Any], event: dict[str, Any]) -> Any:
    """The handler's answer; when it raises for want of a name or of a context, the hint says so."""
    try:
        return handler(event, None)
    except CheckFailed as failure:
        hint = failure.hint
        if "KeyError" in failure.found:
            hint = "event['name'] raises a KeyError when the key is missing: look for it with event.get('name')."
        elif "NoneType" in failure.found and event.get("name"):
            hint = "The handler is called without a context: None, as in the lesson. It can do without."
        elif "NoneType" in failure.found:
            hint = "null comes as None. event.get('name', 'world') helps when the key is missing, and only then."
        fail(failure.expected, failure.found, hint, failure.where)


@exercise(
    "2.2",
    "A first handler",
    slug="2_2_handler",
    files=["app.py"],
    minutes=10,
    hints=[
        "A handler takes two arguments and returns what can be written as JSON. Begin with the case in which there is "
        "a name.",
        "A key can be there, be null, or be missing. event.get('name') gives None in the last two cases; "
        "(event.get('name') or '') is a text in all three.",
        "Take the name, strip it, and use 'world' when nothing is left; then return a dictionary with message and "
        "length.",
    ],
    passed="No server, no account, no deployment: a handler is a function, and can be called like one. That is the "
    "cheapest test there is.",
    next="2.3",
)
class Handler:
    @check(points=1)
    def greets_by_name(function):
        """A name is greeted."""
        handler = function("app.lambda_handler")
        for name in ("Ada", "Vincent van Gogh", "Zoë", "Mary  Ann"):
            answer = called(handler, {"name": name})
            hint = "The name stands in the message as it came, and length is how many characters the name has."
            if not isinstance(answer, dict):
                hint = "Return the dictionary; printing it shows it to you and to nobody else."
            expect(answer, hint, what="the answer").equals(greeting(name))

    @check(points=1, needs=greets_by_name)
    def greets_the_world_when_nobody_is_named(function):
        """Without a name, or with null, the world is greeted."""
        handler = function("app.lambda_handler")
        for event in ({}, {"name": None}, {"name": ""}, {"other": 1}):
            answer = called(handler, event)
            hint = "Nobody is named: greet the world, and length is that of the name that is greeted."
            if isinstance(answer, dict) and str(answer.get("message")).lower() != WORLD["message"].lower():
                hint = "The key can be missing, and null comes as None: neither of them is a name."
            expect(answer, hint, what=f"the answer to {event}").equals(WORLD)

    @check(points=1, needs=greets_by_name)
    def does_not_mind_white_space(function):
        """White space around a name does not count."""
        handler = function("app.lambda_handler")
        hint = "strip() takes it away at both ends, every kind of it. length is that of the name without it."
        expect(handler({"name": "  Ada \n"}, None), hint, what="the answer").equals(greeting("Ada"))
        expect(
            handler({"name": "   "}, None), "Strip first, then look whether anything is left.", what="the answer"
        ).equals(WORLD)

    @check(points=1, needs=greets_by_name)
    def remembers_nobody(function):
        """One call does not change the next."""
        handler = function("app.lambda_handler")
        answers = [handler(event, None) for event in ({"name": "Ada"}, {}, {"name": "Grace"}, {"name": None})]
        expect(answers, "Keep nothing in globals: the next event may be somebody else's.", what="four answers").equals(
            [greeting("Ada"), WORLD, greeting("Grace"), WORLD]
        )
