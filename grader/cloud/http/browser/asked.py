"""One request of a script, on its way through redirects, and what becomes of it: sent, refused, read, hidden."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urljoin

from grader.cloud.http.answer import Answer, Headers
from grader.cloud.http.browser import rules
from grader.cloud.http.browser.fetched import Fetched
from grader.cloud.http.browser.rules import Credentials, origin_of
from grader.cloud.traces import Trace

Mode = Literal["cors", "no-cors", "same-origin"]
REDIRECTS = {301, 302, 303, 307, 308}


@dataclass(frozen=True)
class Asked:
    """One request of a script, on its way through redirects.

    Attributes
    ----------
    origin
        What ``Origin`` says: the page's, or ``null`` after a redirect between two other origins.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    mode: Mode
    credentials: Credentials
    origin: str
    crossed: bool = False

    @property
    def cross_origin(self) -> bool:
        """Whether it goes, or has gone, to another origin than the page's."""
        return self.crossed or origin_of(self.url) != self.origin

    @property
    def with_credentials(self) -> bool:
        """Whether cookies go along."""
        return self.credentials == "include" or (self.credentials == "same-origin" and not self.cross_origin)


def blocked(asked: Asked) -> str:
    return f"Access to fetch at '{asked.url}' from origin '{asked.origin}' has been blocked by CORS policy: "


def refused_unsent(asked: Asked) -> str | None:
    """Why a browser does not even send a request."""
    if asked.method in rules.FORBIDDEN_METHODS:
        return f"Failed to execute 'fetch' on 'Window': '{asked.method}' HTTP method is unsupported."
    if asked.mode == "same-origin" and asked.cross_origin:
        return (
            f'Fetch API cannot load {asked.url}. Request mode is "same-origin" but the URL\'s origin is not same as '
            f"the request origin {asked.origin}."
        )
    if asked.mode == "no-cors" and asked.method not in rules.SIMPLE_METHODS:
        return f"Failed to execute 'fetch' on 'Window': '{asked.method}' is unsupported in no-cors mode."
    return None


def fault_of_preflight(asked: Asked, answer: Answer, unsafe: list[str]) -> str | None:
    fault = rules.cors_fault(answer.headers, asked.origin, asked.credentials)
    prefix = "Response to preflight request doesn't pass access control check: "
    if fault is not None:
        return prefix + fault
    if not 200 <= answer.status < 300:
        return f"{prefix}It does not have HTTP ok status."
    return rules.allowance_of(answer.headers).fault(asked.method, unsafe, asked.credentials)


def following_request(asked: Asked, answer: Answer) -> Asked | None:
    """The request that a redirect leads to; None when the answer is none."""
    if answer.status not in REDIRECTS or "location" not in answer.headers:
        return None
    target = urljoin(asked.url, answer.headers["location"])
    plain = answer.status == 303 or (answer.status in (301, 302) and asked.method == "POST")
    changed = replace(asked, url=target, crossed=asked.cross_origin)
    if asked.cross_origin and origin_of(target) != origin_of(asked.url):  # the way is tainted: nobody's origin
        changed = replace(changed, origin="null")
    if plain and asked.method not in ("GET", "HEAD"):
        kept = tuple((name, value) for name, value in asked.headers if not name.lower().startswith("content-"))
        changed = replace(changed, method="GET", headers=kept, body=b"")
    return changed


def seen(asked: Asked, answer: Answer, trace: Trace, preflight: Answer | None) -> Fetched:
    """The filtered response: basic, cors or opaque."""
    if not asked.cross_origin:
        pairs = tuple(pair for pair in answer.headers.pairs if pair[0].lower() != "set-cookie")
        return Fetched(
            asked.url, "basic", answer.status, Headers(pairs), answer.content, None, trace, answer, preflight
        )
    if asked.mode == "no-cors":
        trace.passed("cors", "opaque: the answer is used, and cannot be read")
        return Fetched(asked.url, "opaque", 0, Headers(), b"", None, trace, answer, preflight)
    pairs = rules.readable_headers(answer.headers, asked.credentials)
    return Fetched(asked.url, "cors", answer.status, Headers(pairs), answer.content, None, trace, answer, preflight)


def error(
    asked: Asked, trace: Trace, console: str, behind: Answer | None = None, preflight: Answer | None = None
) -> Fetched:
    return Fetched(asked.url, "error", 0, Headers(), b"", console, trace, behind, preflight)
