"""What CloudFront asks an origin, and who asks.

CloudFront Developer Guide: *Request and response behavior for custom origins* (its table of headers), *Restrict access
to an Amazon S3 origin*, *Control origin requests with a policy*.
"""

from __future__ import annotations

from typing import Protocol
from urllib.parse import unquote

from grader.cloud.cloudfront.cache import cookies_of, encodings
from grader.cloud.cloudfront.configuration import CacheBehaviour, Origin
from grader.cloud.cloudfront.distributions import Distribution, Distributions
from grader.cloud.cloudfront.pages import ERROR_RESOLVED, ERROR_UNREACHABLE, page
from grader.cloud.door.caller import Caller
from grader.cloud.door.request import Request
from grader.cloud.door.response import Response
from grader.cloud.iam.principals import Principal
from grader.cloud.ids import Ids

SERVICE = Principal("service", arn="cloudfront.amazonaws.com", name="cloudfront.amazonaws.com")
EDGE_IP = "130.176.1.68"
BODIES = ("content-length", "content-md5", "content-type", "content-encoding", "transfer-encoding")
GIVEN_BY_EDGE = ("user-agent", "via", "x-amz-cf-id", "x-forwarded-for", "accept-encoding", "connection", "cookie")


class Door(Protocol):
    """Where every request of the account goes."""

    def handle(self, request: Request) -> Response: ...
    def answer_for(self, request: Request, caller: Caller) -> Response: ...


class Origins:
    """Asks the origins of distributions.

    Parameters
    ----------
    distributions
        Knows the origin access controls.
    door
        Takes the requests.
    account_id
        ``aws:SourceAccount``.
    ids
        Request ids.
    """

    def __init__(self, distributions: Distributions, door: Door, account_id: str, ids: Ids) -> None:
        self._distributions, self._door, self._ids = distributions, door, ids
        self._account_id = account_id

    def ask(self, request: Request, distribution: Distribution, behaviour: CacheBehaviour, since: str) -> Response:
        """The origin's answer; ``since`` is the ETag of what is kept but too old."""
        origin = behaviour.origin
        sent = self._request(request, behaviour, since)
        if not origin.domain.endswith((".amazonaws.com", ".on.aws", ".cloudfront.net")):
            return page(502, ERROR_RESOLVED, self._ids)
        if _closed(sent.scheme, origin.domain):
            return page(504, ERROR_UNREACHABLE, self._ids)
        if not _by_host(origin.domain) or sent.header("Host") == origin.domain:
            return self._answer(sent, distribution, origin)
        headers = (("Content-Type", "application/json"), ("x-amzn-ErrorType", "ForbiddenException"))
        return Response(403, headers, b'{"message":"Forbidden"}')

    def _answer(self, sent: Request, distribution: Distribution, origin: Origin) -> Response:
        if not origin.control:
            return self._door.handle(sent)
        signing = self._distributions.control(origin.control).config["SigningBehavior"]
        if signing == "never" or (signing == "no-override" and sent.has_header("Authorization")):
            return self._door.handle(sent)
        named = (("aws:sourcearn", distribution.arn), ("aws:sourceaccount", self._account_id))
        return self._door.answer_for(sent.with_headers(drop=("authorization",)), Caller(SERVICE, None, named))

    def _request(self, request: Request, behaviour: CacheBehaviour, since: str) -> Request:
        origin, cache, more = behaviour.origin, behaviour.cache, behaviour.forwarding
        pairs = ((unquote(pair.partition("=")[0]), pair) for pair in request.query.split("&") if pair)
        query = "&".join(pair for name, pair in pairs if cache.queries.takes(name) or more.queries.takes(name))
        scheme = {"http-only": "http", "https-only": "https"}.get(origin.protocol, request.scheme)
        headers = [*self._headers(request, behaviour), *origin.headers]
        if since:
            headers.append(("If-None-Match", since))
        path = origin.path + request.path
        return Request(request.method, scheme, origin.domain, path, query, tuple(headers), request.body, EDGE_IP)

    def _headers(self, request: Request, behaviour: CacheBehaviour) -> list[tuple[str, str]]:
        cache, more = behaviour.cache, behaviour.forwarding
        own = {name.lower() for name, _ in behaviour.origin.headers}
        kept = [
            (n, v) for n, v in request.headers if _forwarded(n.lower(), request, behaviour) and n.lower() not in own
        ]
        named = ((cookie.partition("=")[0], cookie) for cookie in cookies_of(request))
        cookies = [cookie for name, cookie in named if cache.cookies.takes(name) or more.cookies.takes(name)]
        if cookies:
            kept.append(("Cookie", "; ".join(cookies)))
        if not any(name.lower() == "host" for name, _ in kept):
            kept.insert(0, ("Host", behaviour.origin.domain))
        agent = request.header("User-Agent") if _wanted("user-agent", behaviour) else "Amazon CloudFront"
        before = request.header("X-Forwarded-For")
        if cache.compressed and encodings(request):
            kept.append(("Accept-Encoding", encodings(request)))
        return [
            *kept,
            ("User-Agent", agent),
            ("Via", f"1.1 {self._ids.hex(32)}.cloudfront.net (CloudFront)"),
            ("X-Amz-Cf-Id", f"{self._ids.lower(54)}=="),
            ("X-Forwarded-For", f"{before}, {request.source_ip}" if before else request.source_ip),
        ]


def _wanted(name: str, behaviour: CacheBehaviour) -> bool:
    return behaviour.cache.headers.takes(name) or behaviour.forwarding.headers.takes(name)


def _forwarded(name: str, request: Request, behaviour: CacheBehaviour) -> bool:
    if name in GIVEN_BY_EDGE or name.startswith("if-"):  # conditions of viewers are answered here
        return False
    return name in BODIES or name == "range" or _wanted(name, behaviour)


def _closed(scheme: str, domain: str) -> bool:
    """Whether nothing listens there: a website endpoint has no HTTPS, an API no HTTP."""
    return ".s3-website" in domain if scheme == "https" else (".execute-api." in domain or domain.endswith(".on.aws"))


def _by_host(domain: str) -> bool:
    """Whether the origin finds what is meant by the Host header, and knows no foreign names."""
    return ".execute-api." in domain or domain.endswith(".on.aws")
