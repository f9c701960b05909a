"""What checks read of an answer's work: outputs, pages, stored objects."""

from __future__ import annotations

import json
from typing import Any

from grader.checks import expect, fail
from grader.checks.fault import SYNTAX_HINT


def output(stack: Any, key: str) -> str:
    """One output of a stack; a failed check when the stack has none of that name."""
    if key not in stack.outputs:
        fail(f"an output {key}", f"the outputs {sorted(stack.outputs)}", "Look at Outputs: at the end of the template.")
    return str(stack.outputs[key])


def json_body(page: Any, hint: str) -> dict[str, Any]:
    """The JSON object in an answer's body."""
    try:
        found = json.loads(page.body)
    except ValueError:
        fail("a body with JSON in it", repr(page.body), hint, trace=page.trace)
    expect(found, hint, what="the JSON in the body", trace=page.trace).is_dict()
    return dict(found)


CRASHES = {
    "SyntaxError": SYNTAX_HINT,
    "Task timed out": "The handler did not come to an end in its time. Does a loop never end? Does it wait?",
    "signal: killed": "The function needed more memory than it may have.",
    "Runtime exited": "The process ended inside your code. A handler ends by handing back its answer, not by leaving.",
}


def crash_hint(page: Any) -> str:
    """What to look at when a handler ended without an answer; empty when that is not what happened."""
    gate = page.trace.first_broken if page.trace else None
    if gate is None or gate.name != "handler":
        return ""
    raised = "Your code raised this error, at the line that is named. The function's log has the rest."
    return next((hint for words, hint in CRASHES.items() if words in gate.detail), raised)


class Body:
    """A body without an answer around it, for ``json_body``."""

    trace = None

    def __init__(self, body: str) -> None:
        self.body = body


def stored_keys(cloud: Any, bucket: str) -> list[str]:
    """The keys in a bucket, sorted."""
    return list(cloud.stored_keys(bucket))
