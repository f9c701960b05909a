"""What a script gets from a fetch, and what a page gets from an image."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from grader.cloud.http.answer import Answer, Headers
from grader.cloud.traces import Trace

Kind = Literal["basic", "cors", "opaque", "error"]
_MAGIC = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM", b"\x00\x00\x01\x00")


@dataclass(frozen=True)
class Fetched:
    """A fetch as the script sees it.

    Attributes
    ----------
    type
        ``basic`` (same origin), ``cors`` (another origin that allows it), ``opaque`` (mode ``no-cors``: nothing can be
        read), ``error`` (blocked: the script gets ``TypeError: Failed to fetch`` and learns no more).
    status, headers, content
        What the script may read: 0 and nothing for an opaque or blocked answer; of another origin's headers only the
        plain ones and those that are exposed.
    console
        What the browser writes into its console for the developer, when it blocks something.
    behind
        What the server really answered, which a script cannot see when it is blocked; None when nothing was sent.
    preflight
        The answer to the question before, when one was asked.
    """

    url: str
    type: Kind
    status: int
    headers: Headers
    content: bytes
    console: str | None
    trace: Trace
    behind: Answer | None = None
    preflight: Answer | None = None

    @property
    def ok(self) -> bool:
        """Whether the script sees a status from 200 to 299."""
        return 200 <= self.status < 300

    @property
    def blocked(self) -> bool:
        """Whether the browser refused to hand the answer, or even to send the request."""
        return self.type == "error"

    @property
    def body(self) -> str:
        """The body as text, as far as the script may read it."""
        return Answer(self.status, self.headers, self.content, self.url).body

    def json(self) -> Any:
        """The body, read as JSON; ``ValueError`` when it is not."""
        return json.loads(self.body)

    def __repr__(self) -> str:
        if self.blocked:
            return f"<Fetched blocked: {self.console}>"
        short = self.body if len(self.body) <= 60 else f"{self.body[:57]}…"
        return f"<Fetched {self.type} {self.status} {short!r}>"


@dataclass(frozen=True)
class Image:
    """An ``<img>`` of a page.

    Attributes
    ----------
    loaded
        Whether the picture appears.
    readable
        Whether a script may read its pixels from a canvas.
    """

    url: str
    loaded: bool
    readable: bool
    console: str | None
    trace: Trace
    behind: Answer | None = None


def is_image(answer: Answer) -> bool:
    """Whether a browser would take an answer for a picture."""
    if answer.headers.get("content-type", "").lower().startswith("image/svg"):
        return b"<svg" in answer.content
    return answer.content.startswith(_MAGIC)
