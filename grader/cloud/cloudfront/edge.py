"""The edge: what answers at ``https://d….cloudfront.net``."""

from __future__ import annotations

from dataclasses import dataclass, replace

from grader.cloud.clock import Clock
from grader.cloud.cloudfront import pages
from grader.cloud.cloudfront.cache import Kept, Key, key_of, lifetime
from grader.cloud.cloudfront.configuration import READING, CacheBehaviour, Configuration
from grader.cloud.cloudfront.distributions import Distribution, Distributions
from grader.cloud.cloudfront.origins import Origins
from grader.cloud.cloudfront.response_headers import with_policy
from grader.cloud.door.request import Request
from grader.cloud.door.response import Response
from grader.cloud.ids import Ids

_HOP = ("connection", "keep-alive", "transfer-encoding", "upgrade", "x-amz-request-id", "x-amz-id-2")
_OURS = ("via", "x-cache", "x-amz-cf-pop", "x-amz-cf-id", "age")


@dataclass(frozen=True)
class Answered:
    """An answer, how it came about (``Hit``, ``Miss``, ``RefreshHit``, ``Error``, ``Redirect``), its age if kept."""

    response: Response
    how: str
    age: int | None = None


class Edge:
    """Serves viewers.

    Parameters
    ----------
    distributions
        Who answers at which host, and what is cached.
    origins
        Where the answers come from.
    clock, ids
        How old cached answers are; request ids.
    """

    def __init__(self, distributions: Distributions, origins: Origins, clock: Clock, ids: Ids) -> None:
        self._distributions, self._origins = distributions, origins
        self._clock, self._ids = clock, ids

    def handle(self, request: Request) -> Response:
        """Answer a viewer's request."""
        distribution = self._distributions.at(request.host.lower().split(":")[0])
        if distribution is None or not distribution.view.enabled:
            return self._marked(self._refused(403, pages.UNKNOWN), request)
        view = distribution.view
        if request.path == "/" and view.root:
            request = replace(request, path=f"/{view.root}")
        behaviour = view.behaviour_for(request.path)
        answered = self._gate(request, behaviour) or self._served(request, distribution, view, behaviour)
        response = with_policy(request, answered.response, behaviour.answering)
        return self._marked(replace(answered, response=response), request)

    def _gate(self, request: Request, behaviour: CacheBehaviour) -> Answered | None:
        """What is answered without asking anybody."""
        if request.scheme == "http" and behaviour.protocol == "redirect-to-https":
            query = f"?{request.query}" if request.query else ""
            return Answered(pages.moved(f"https://{request.host}{request.path}{query}"), "Redirect")
        if request.scheme == "http" and behaviour.protocol == "https-only":
            return self._refused(403, pages.HTTPS_ONLY)
        if request.method not in behaviour.methods:
            reading = behaviour.methods <= {*READING, "OPTIONS"}
            return self._refused(403, pages.CACHABLE_ONLY if reading else pages.NOT_ALLOWED)
        if request.method == "GET" and request.body:
            return self._refused(403, pages.BODY_WITH_GET)
        return None

    def _refused(self, status: int, sentence: str) -> Answered:
        return Answered(pages.page(status, sentence, self._ids), "Error")

    def _served(
        self, request: Request, distribution: Distribution, view: Configuration, behaviour: CacheBehaviour
    ) -> Answered:
        answered = self._fetched(request, distribution, view, behaviour)
        error = view.errors.get(answered.response.status)
        if error is None or not error.page:
            return answered
        wanted = replace(request, method="GET", path=error.page, query="", headers=(("Host", request.host),), body=b"")
        shown = self._fetched(wanted, distribution, view, view.behaviour_for(error.page))
        status = error.status if shown.response.status == 200 else shown.response.status
        body = b"" if request.method == "HEAD" else shown.response.body
        return Answered(Response(status, shown.response.headers, body), "Error", shown.age)

    def _fetched(
        self, request: Request, distribution: Distribution, view: Configuration, behaviour: CacheBehaviour
    ) -> Answered:
        """From the cache, or from the origin by way of it."""
        keeps = request.method in behaviour.cached and not request.has_header("Range")
        key, now = key_of(request, behaviour), self._clock.timestamp()
        kept = distribution.cache.entries.get(key) if keeps else None
        if kept is not None and now < kept.until:
            return _from_cache(request, kept, now, "Hit")
        stale = kept if kept is not None and kept.response.status < 400 else None
        etag = stale.response.header("ETag") if stale else ""
        response = _bare(self._origins.ask(request, distribution, behaviour, etag), behaviour)
        seconds = lifetime(response, behaviour, view.errors.get(response.status), self._clock.timestamp())
        if stale is not None and (response.status == 304 or response.status >= 500):
            return self._still_good(request, distribution, behaviour, key, stale, seconds)
        if keeps and seconds and request.method != "HEAD":
            distribution.cache.keep(key, response, self._clock.timestamp(), seconds)
        how = "Miss" if response.status < 400 else "Error"
        return Answered(_unchanged(request, response), how)

    def _still_good(
        self, request: Request, distribution: Distribution, behaviour: CacheBehaviour, key: Key, stale: Kept,
        seconds: float | None,
    ) -> Answered:  # fmt: skip
        """What is too old, but has not changed; or the origin has failed, and it is better than nothing."""
        now = self._clock.timestamp()
        good = lifetime(stale.response, behaviour, None, now) if seconds is None else seconds
        distribution.cache.renew(key, now, good or 0.0)
        return _from_cache(request, distribution.cache.entries[key], now, "RefreshHit")

    def _marked(self, answered: Answered, request: Request) -> Response:
        response = answered.response
        how = "Error" if response.status >= 400 and answered.how == "Miss" else answered.how
        marks = [
            *((("Age", str(answered.age)),) if answered.age is not None else ()),
            ("X-Cache", f"{how} from cloudfront"),
            ("Via", f"1.1 {self._ids.hex(32)}.cloudfront.net (CloudFront)"),
            ("X-Amz-Cf-Pop", "FRA56-P4"),
            ("X-Amz-Cf-Id", response.header("X-Amz-Cf-Id") or f"{self._ids.lower(54)}=="),
        ]
        kept = tuple((name, value) for name, value in response.headers if name.lower() not in _OURS)
        body = b"" if request.method == "HEAD" else response.body
        return Response(response.status, (*kept, *marks), body)


def _from_cache(request: Request, kept: Kept, now: float, how: str) -> Answered:
    how = how if kept.response.status < 400 else "Error"
    return Answered(_unchanged(request, kept.response), how, int(now - kept.since))


def _unchanged(request: Request, response: Response) -> Response:
    """304, when that is what the viewer has already."""
    etag = response.header("ETag")
    wanted = [each.strip().removeprefix("W/") for each in request.header("If-None-Match").split(",")]
    if response.status == 200 and request.method in READING and etag and etag.removeprefix("W/") in wanted:
        return Response(304, tuple(pair for pair in response.headers if not pair[0].lower().startswith("content-")))
    return response


def _bare(response: Response, behaviour: CacheBehaviour) -> Response:
    """An origin's answer without what belongs to its connection, and without cookies where none are forwarded."""
    silent = behaviour.cache.cookies.behaviour == behaviour.forwarding.cookies.behaviour == "none"
    named = "" if behaviour.origin.protocol else "x-amzn-requestid"  # a bucket's own endpoint
    dropped = (*_HOP, named, *(("set-cookie",) if silent else ()))
    return replace(response, headers=tuple(pair for pair in response.headers if pair[0].lower() not in dropped))
