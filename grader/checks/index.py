"""Start here: change one word, deploy, see your own address answer."""

from __future__ import annotations

import re
from typing import Any

from grader.checks import check, exercise, expect, fail

GIVEN = {"hello", "world"}


UNTOUCHED = """502 means that the function broke, or that its answer has the wrong form. Change only the word between \
the quotation marks; the rest, json.dumps and all, stays."""


def reason(trace: Any) -> str:
    """What the first broken gate of a request says."""
    gate = trace.first_broken
    return gate.detail if gate else "no more is known"


def own_words(message: str) -> list[str]:
    """The words of a greeting that were not in the starting file."""
    return [word for word in re.findall(r"\w+", message.casefold()) if word not in GIVEN]


@exercise(
    "0.1",
    "Hello from your own address",
    slug="0_1_hello",
    files=["app.py"],
    minutes=5,
    hints=[
        'Look for the line with the word "world". It is the only line that has to change.',
        "Keep the quotation marks: the name between them is text. Without them Python looks for a variable.",
        "Write your name where the comment says so, run the cell so that the file is written, then run check again.",
    ],
    passed="Your code ran behind an address of its own. Nobody started a server: you described one function, and it "
    "was there when somebody asked.",
    next="1.1",
)
class Hello:
    @check(points=1)
    def answers(stack: Any, http: Any) -> None:
        """Your address answers with JSON."""
        page = http.get(stack.outputs["HelloUrl"])
        if page.status != 200:
            hint = UNTOUCHED if page.status == 502 else "The greeting's statusCode is 200: leave it as it was."
            fail("status 200", f"{page.status}: {reason(page.trace)}", hint=hint, trace=page.trace)
        kind = page.headers.get("content-type", "").lower()  # media types are read without regard to case
        expect(kind, what="Content-Type of the answer").starts_with("application/json")

    @check(points=1, needs=answers)
    def greets_you(stack: Any, http: Any) -> None:
        """It greets you by the word that you chose."""
        answer = http.get(stack.outputs["HelloUrl"]).json()
        message = answer.get("message") if isinstance(answer, dict) else None
        if not isinstance(message, str):
            fail(
                'an answer like {"message": "Hello, Ada!"}', answer, hint='Keep the key "message" and a text after it.'
            )
        if not own_words(message):
            fail(
                "a greeting with a word of your own",
                message,
                hint='Put your name in place of "world", between the quotation marks.',
            )
