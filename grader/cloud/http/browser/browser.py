"""``cloud.http.browser``: fetches, images, forms and navigations as a browser makes them, for pages of one origin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, Protocol
from urllib.parse import urljoin

from grader.cloud.clock import Clock
from grader.cloud.errors import CloudError
from grader.cloud.http.answer import Answer
from grader.cloud.http.body import Upload, encode_body
from grader.cloud.http.browser import rules
from grader.cloud.http.browser.asked import (
    REDIRECTS,
    Asked,
    Mode,
    blocked,
    error,
    fault_of_preflight,
    following_request,
    refused_unsent,
    seen,
)
from grader.cloud.http.browser.cookies import CookieJar
from grader.cloud.http.browser.fetched import Fetched, Image, is_image
from grader.cloud.http.browser.rules import Credentials, PreflightCache, origin_of
from grader.cloud.traces import Trace, Traces

AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
MOST_REDIRECTS = 20


class Client(Protocol):
    """Sends requests as they are."""

    def request(self, method: str, url: str, *, headers: Sequence[tuple[str, str]], body: bytes | None) -> Answer: ...


class Browser:
    """A browser with a page of one origin open.

    Parameters
    ----------
    origin
        Where the page comes from: ``https://site.example``.
    client
        Sends what the browser decides to send.
    clock
        Ages what preflights allowed.
    traces
        Every fetch is a trace with the gates *preflight*, *request* and *cors*; what the servers did stands below it.
    """

    def __init__(self, origin: str, client: Client, clock: Clock, traces: Traces) -> None:
        self.origin = origin_of(origin)
        self.cookies = CookieJar()
        self._client, self._clock, self._traces = client, clock, traces
        self._preflights = PreflightCache()

    def fetch(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
        body: str | bytes | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        multipart: Mapping[str, str | bytes | Upload] | None = None,
        mode: Mode = "cors",
        credentials: Credentials = "same-origin",
    ) -> Fetched:
        """``fetch(url, {…})`` of a script on the page.

        Parameters
        ----------
        headers
            Those that a script may not set (``Origin``, ``Cookie`` …) are left out, as a browser does.
        body, json, form, multipart
            One of: text or bytes, a value for ``JSON.stringify`` (with its Content-Type), a ``URLSearchParams``, a
            ``FormData``.
        mode
            ``no-cors``: send what a form could send, read nothing.
        credentials
            ``include``: send cookies to other origins too.

        Returns
        -------
        Fetched
            What the script sees; ``blocked`` where the promise would be rejected with ``TypeError: Failed to fetch``.
        """
        encoded = encode_body(body, json, form, multipart)
        sent = rules.merged(headers)
        typed = any(name.lower() == "content-type" for name, _ in sent)
        kind = encoded.content_type or ("text/plain;charset=UTF-8" if isinstance(body, str) else None)
        if kind and not typed and (encoded.content or encoded.content_type):
            sent.append(("Content-Type", kind))
        absolute = urljoin(f"{self.origin}/", url)
        verb = method.upper() if method.upper() in rules.NORMALISED else method  # "patch" stays "patch", and fails
        asked = Asked(verb, absolute, tuple(sent), encoded.content, mode, credentials, self.origin)
        trace = self._traces.start("fetch", f"{asked.method} {asked.url} from {self.origin}")
        return self._fetch(asked, trace)

    def image(self, url: str, crossorigin: Literal["anonymous", "use-credentials"] | None = None) -> Image:
        """``<img src="…">``: pictures of any origin are shown; their pixels are a script's only where CORS says so.

        Parameters
        ----------
        crossorigin
            The attribute of the same name: ask for the picture with CORS, and do without it when that is refused.
        """
        absolute = urljoin(f"{self.origin}/", url)
        mode: Mode = "no-cors" if crossorigin is None else "cors"
        credentials: Credentials = "same-origin" if crossorigin == "anonymous" else "include"
        trace = self._traces.start("image", f"{absolute} on {self.origin}")
        accept = (("Accept", "image/avif,image/webp,image/*,*/*;q=0.8"),)
        asked = Asked("GET", absolute, accept, b"", mode, credentials, self.origin)
        fetched = self._fetch(asked, trace)
        loaded = not fetched.blocked and fetched.behind is not None and is_image(fetched.behind)
        readable = loaded and fetched.type in ("basic", "cors")
        return Image(absolute, loaded, readable, fetched.console, trace, fetched.behind)

    def open(self, url: str) -> Answer:
        """Go to an address, as a click on a link does: no CORS is asked about navigations."""
        absolute = urljoin(f"{self.origin}/", url)
        return self._navigate("GET", absolute, (), b"")

    def submit(
        self,
        url: str,
        *,
        form: Mapping[str, str] | None = None,
        multipart: Mapping[str, str | bytes | Upload] | None = None,
    ) -> Answer:
        """Submit a ``<form method="post">``: it goes to any origin unasked, and the page goes with it."""
        encoded = encode_body(None, None, form, multipart)
        kind = (("Content-Type", encoded.content_type),) if encoded.content_type else ()
        return self._navigate("POST", urljoin(f"{self.origin}/", url), kind, encoded.content)

    # --- the standard's steps -----------------------------------------------------------------------------------------

    def _fetch(self, asked: Asked, trace: Trace) -> Fetched:
        """Main fetch: decide how, send, follow redirects, filter what the script may see."""
        if (fault := refused_unsent(asked)) is not None:
            trace.broken("cors", fault)
            return error(asked, trace, fault)
        preflight = None
        for _ in range(MOST_REDIRECTS + 1):
            fault, question = self._ask_before(asked, trace)
            preflight = question or preflight
            if fault is not None:
                return error(asked, trace, fault, None, preflight)
            answer = self._send(asked, trace)
            fault = self._check(asked, answer, trace)
            if fault is not None:
                return error(asked, trace, fault, answer, preflight)
            following = following_request(asked, answer)
            if following is None:
                return seen(asked, answer, trace, preflight)
            if (fault := refused_unsent(following)) is not None:
                trace.broken("cors", fault)
                return error(asked, trace, fault, answer, preflight)
            asked = following
        fault = f"Failed to load '{asked.url}': more than {MOST_REDIRECTS} redirects."
        trace.broken("request", fault)
        return error(asked, trace, fault, answer, preflight)

    def _ask_before(self, asked: Asked, trace: Trace) -> tuple[str | None, Answer | None]:
        """CORS-preflight fetch: ask the other origin whether it allows the request; the fault, and the answer."""
        if asked.mode != "cors" or not asked.cross_origin:
            return None, None
        unsafe = rules.unsafe_headers(asked.headers)
        if not rules.needs_preflight(asked.method, asked.headers):
            trace.passed("preflight", "not needed: a form could send such a request, too")
            return None, None
        kept = self._preflights.find(asked.origin, asked.url, asked.credentials, self._clock.timestamp())
        if kept is not None and kept.fault(asked.method, unsafe, asked.credentials) is None:
            trace.passed("preflight", "not needed: the answer to an earlier one is still good")
            return None, None
        answer = self._question(asked, unsafe, trace)
        fault = fault_of_preflight(asked, answer, unsafe)
        if fault is not None:
            message = f"{blocked(asked)}{fault}"
            trace.broken("preflight", f"{message} (The preflight was answered {answer.status}.)")
            return message, answer
        allowance = rules.allowance_of(answer.headers)
        self._preflights.keep(asked.origin, asked.url, asked.credentials, self._clock.timestamp(), allowance)
        trace.passed("preflight", f"OPTIONS → {answer.status}: {asked.method} {' '.join(unsafe)}".rstrip() + " allowed")
        return None, answer

    def _question(self, asked: Asked, unsafe: list[str], trace: Trace) -> Answer:
        headers = [
            ("User-Agent", AGENT),
            ("Accept", "*/*"),
            ("Origin", asked.origin),
            ("Access-Control-Request-Method", asked.method),
        ]
        if unsafe:
            headers.append(("Access-Control-Request-Headers", ",".join(unsafe)))
        return self._sent("OPTIONS", asked.url, headers, b"", trace)

    def _send(self, asked: Asked, trace: Trace) -> Answer:
        own = [("User-Agent", AGENT), ("Accept", "*/*"), ("Referer", f"{self.origin}/")]
        if (asked.mode == "cors" and asked.cross_origin) or asked.method not in ("GET", "HEAD"):
            own.append(("Origin", asked.origin))
        named = {name.lower() for name, _ in asked.headers}
        headers = [*(pair for pair in own if pair[0].lower() not in named), *asked.headers]
        cookie = self.cookies.header(asked.url, self.origin) if asked.with_credentials else None
        answer = self._sent(asked.method, asked.url, rules.with_cookie(headers, cookie), asked.body, trace)
        if asked.with_credentials:
            self.cookies.store(asked.url, answer.headers.all("set-cookie"))
        trace.passed("request", f"{asked.method} → {answer.status}")
        return answer

    def _sent(self, method: str, url: str, headers: list[tuple[str, str]], body: bytes, trace: Trace) -> Answer:
        answer = self._client.request(method, url, headers=headers, body=body or None)
        if answer.trace is not None:
            self._traces.adopt(answer.trace, trace)
        return answer

    def _check(self, asked: Asked, answer: Answer, trace: Trace) -> str | None:
        """CORS check: may the page's script have this answer?"""
        if asked.mode != "cors" or not asked.cross_origin:
            return None
        fault = rules.cors_fault(answer.headers, asked.origin, asked.credentials)
        if fault is None:
            trace.passed("cors", f"Access-Control-Allow-Origin: {answer.headers['access-control-allow-origin']}")
            return None
        message = f"{blocked(asked)}{fault}"
        happened = "" if asked.method in ("GET", "HEAD") else " The request itself was carried out all the same."
        trace.broken("cors", f"{message}{happened}")
        return message

    def _navigate(self, method: str, url: str, headers: tuple[tuple[str, str], ...], body: bytes) -> Answer:
        for _ in range(MOST_REDIRECTS):
            own = [("User-Agent", AGENT), ("Accept", "text/html,*/*;q=0.8"), *headers]
            if method == "POST":
                own.append(("Origin", self.origin))
            cookie = self.cookies.header(url, url)
            answer = self._client.request(method, url, headers=rules.with_cookie(own, cookie), body=body or None)
            self.cookies.store(url, answer.headers.all("set-cookie"))
            if answer.status not in REDIRECTS or "location" not in answer.headers:
                return answer
            url = urljoin(url, answer.headers["location"])
            if answer.status not in (307, 308):
                method, headers, body = "GET", (), b""
        raise CloudError(f"{url} redirects too often.")
