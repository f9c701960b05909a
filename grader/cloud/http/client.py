"""``cloud.http``: a browser without a window. Requests go to the pocket AWS's door, never to a network."""

from __future__ import annotations

import json as json_module
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urljoin, urlsplit

from grader.cloud.clock import Clock
from grader.cloud.door.request import Request
from grader.cloud.door.response import Response
from grader.cloud.environment.configuration import Credentials
from grader.cloud.errors import CloudError
from grader.cloud.http.answer import Answer, Headers
from grader.cloud.http.body import Upload, encode_body
from grader.cloud.http.browser import Browser
from grader.cloud.http.gateway import Gateway
from grader.cloud.http.issuer import Issuer
from grader.cloud.http.neighbours import Door
from grader.cloud.http.outgoing import AWS_HOSTS, SOURCE_IP, build_request, headers_with_defaults
from grader.cloud.http.signing import credentials_of, sign

REDIRECTS = {301, 302, 303, 307, 308}


class HttpClient:
    """Sends HTTP requests to the addresses of one cloud.

    Parameters
    ----------
    door
        Takes every request.
    gateway
        Knows the trace of what it answered, and takes the overlapping requests of a burst.
    clock
        Dates the requests of a burst.
    developer
        Whose credentials sign a request with ``signed=True``.
    """

    def __init__(self, *, door: Door, gateway: Gateway, clock: Clock, developer: Credentials | None = None) -> None:
        self._door = door
        self._gateway = gateway
        self._clock = clock
        self._developer = developer
        gateway.fetch = self._document

    def get(self, url: str, **options: Any) -> Answer:
        """GET an address; options as for :meth:`request`."""
        return self.request("GET", url, **options)

    def post(self, url: str, body: str | bytes | None = None, **options: Any) -> Answer:
        """POST a body; options as for :meth:`request`."""
        return self.request("POST", url, body=body, **options)

    def put(self, url: str, body: str | bytes | None = None, **options: Any) -> Answer:
        """PUT a body; options as for :meth:`request`."""
        return self.request("PUT", url, body=body, **options)

    def patch(self, url: str, body: str | bytes | None = None, **options: Any) -> Answer:
        """PATCH with a body; options as for :meth:`request`."""
        return self.request("PATCH", url, body=body, **options)

    def delete(self, url: str, **options: Any) -> Answer:
        """DELETE an address; options as for :meth:`request`."""
        return self.request("DELETE", url, **options)

    def options(self, url: str, **options: Any) -> Answer:
        """OPTIONS, as a browser asks before a request to another origin; options as for :meth:`request`."""
        return self.request("OPTIONS", url, **options)

    def head(self, url: str, **options: Any) -> Answer:
        """HEAD: an answer without its body; options as for :meth:`request`."""
        return self.request("HEAD", url, **options)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | Sequence[tuple[str, str]] | None = None,
        body: str | bytes | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        multipart: Mapping[str, str | bytes | Upload] | None = None,
        query: Mapping[str, str | Sequence[str]] | None = None,
        follow_redirects: bool = False,
        signed: Any = None,
        source_ip: str = SOURCE_IP,
    ) -> Answer:
        """Send a request and wait for its answer.

        Parameters
        ----------
        url
            An address of this cloud: a stack's output, an S3 URL, presigned or not.
        headers
            Further headers; a sequence of pairs may repeat a name.
        body, json, form, multipart
            One of: text or bytes, a value to send as JSON, a form's fields, a form with files (``Upload``).
        query
            Added to the query of the address, encoded.
        follow_redirects
            Go where a 3xx answer points, ten times at most.
        signed
            Sign the request with SigV4: True as the developer, or the credentials of another (ours, botocore's, or the
            ``Credentials`` of an answer of STS).
        source_ip
            Where the request seems to come from.

        Raises
        ------
        CloudError
            For an address that is not the cloud's: there is no network here.
        """
        if (published := self._gateway.published(url)) is not None:
            return Answer(200, Headers((("content-type", "application/json"),)), published, url)
        encoded = encode_body(body, json, form, multipart)
        sent = headers_with_defaults(headers, encoded.content_type)
        request = self._signed(build_request(method, url, sent, encoded.content, query, source_ip), signed)
        answer = self._answered(url, self._door.handle(request), request)
        for _ in range(10 if follow_redirects else 0):
            if answer.status not in REDIRECTS or "location" not in answer.headers:
                break
            url = urljoin(url, answer.headers["location"])
            keep = answer.status in (307, 308)
            request = build_request(
                request.method if keep else "GET", url, sent, request.body if keep else b"", None, source_ip
            )
            answer = self._answered(url, self._door.handle(request), request)
        return answer

    def burst(
        self,
        url: str,
        *,
        requests: int = 40,
        per_second: float = 20,
        method: str = "GET",
        headers: Mapping[str, str] | Sequence[tuple[str, str]] | None = None,
        body: str | bytes | None = None,
        json: Any = None,
        signed: Any = None,
        source_ip: str = SOURCE_IP,
    ) -> list[Answer]:
        """Send many requests that arrive one after another and overlap; the clock moves on to the last answer.

        Parameters
        ----------
        requests
            How many.
        per_second
            The arrivals: request i comes i / per_second seconds after the first.

        Returns
        -------
        list[Answer]
            In the order of arrival, each with ``at``, ``latency``, ``environment`` and ``cold``.

        Raises
        ------
        CloudError
            For an address that is neither an API's nor a function's, and for requests that never come.
        """
        if not self._gateway.serves(urlsplit(url).hostname or ""):
            raise CloudError(f"{url} is not the address of an API or a function.", next_step="Send a burst to one.")
        if requests < 0 or not per_second > 0:
            raise CloudError(f"A burst of {requests} requests, {per_second} a second, cannot be sent.")
        encoded = encode_body(body, json)
        sent = headers_with_defaults(headers, encoded.content_type)
        request = self._signed(build_request(method, url, sent, encoded.content, None, source_ip), signed)
        start = self._clock.timestamp()
        answers = []
        for number in range(requests):
            arrival = start + number / per_second
            self._clock.advance(max(0.0, arrival - self._clock.timestamp()))  # what is due before it happens before it
            response = self._gateway.handle(request, at=arrival)
            answers.append(self._answered(url, response, request))
        last = max(((answer.at or start) + (answer.latency or 0.0) for answer in answers), default=start)
        self._clock.advance(max(0.0, last - self._clock.timestamp()))
        return answers

    def browser(self, origin: str) -> Browser:
        """A browser with a page of ``origin`` open: its scripts fetch as the Fetch standard says, CORS included.

        Parameters
        ----------
        origin
            ``https://site.example``, or the address of a stack's website.
        """
        return Browser(origin, self, self._clock, self._gateway.traces)

    def issuer(self, url: str) -> Issuer:
        """An identity provider at an address of its own: issues tokens, and publishes the keys to verify them with.

        Open it before a stack with a JWT authorizer for it is deployed: API Gateway asks the issuer at that moment.

        Parameters
        ----------
        url
            ``https://login.example``: what tokens say in ``iss``, and the authorizer's ``issuer``.
        """
        return self._gateway.open_issuer(url)

    def _signed(self, request: Request, signed: Any) -> Request:
        if signed is None or signed is False:
            return request
        credentials = self._developer if signed is True else credentials_of(signed)
        if credentials is None:
            raise CloudError("This client has no credentials of its own.", next_step="Give some: signed=credentials.")
        return sign(request, credentials, self._gateway.region)

    def _document(self, url: str) -> Mapping[str, Any] | None:
        """A JSON document at one of the cloud's own addresses, as API Gateway fetches an issuer's."""
        if not (urlsplit(url).hostname or "").endswith(AWS_HOSTS):
            return None
        response = self._door.handle(build_request("GET", url, []))
        try:
            found = json_module.loads(response.body) if response.status == 200 else None
        except ValueError:
            return None
        return found if isinstance(found, dict) else None

    def _answered(self, url: str, response: Response, request: Request) -> Answer:
        headers = Headers(tuple(response.headers))
        content = b"" if request.method == "HEAD" else response.body
        exchange = self._gateway.exchange(headers.get("x-amzn-requestid") or headers.get("apigw-requestid", ""))
        if exchange is None:
            return Answer(response.status, headers, content, url, at=self._clock.timestamp())
        return Answer(
            response.status,
            headers,
            content,
            url,
            exchange.trace,
            exchange.at,
            exchange.latency,
            exchange.environment,
            exchange.cold,
        )
