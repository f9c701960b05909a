"""The front of everything with an HTTP address of its own: REST APIs, HTTP APIs and function URLs.

Which of them a request is for is decided by its host. Each has a room of its own with its gates; what they share
(functions, authorizers, signatures, throttling, records) is in ``Services``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from grader.cloud.clock import Clock
from grader.cloud.door.request import Request
from grader.cloud.door.response import Response
from grader.cloud.http.callers import Authorization, Callers, Verifier
from grader.cloud.http.cross_origin import note_cross_origin
from grader.cloud.http.exchange import Exchange, Exchanges
from grader.cloud.http.function_calls import FunctionCalls
from grader.cloud.http.function_url.configs import FunctionUrls
from grader.cloud.http.function_url.gateway import UrlGateway
from grader.cloud.http.http_api.apis import HttpApis
from grader.cloud.http.http_api.gateway import HttpGateway
from grader.cloud.http.http_api.issuers import Issuers
from grader.cloud.http.issuer import Issuer
from grader.cloud.http.lambda_authorizer import LambdaAuthorizers
from grader.cloud.http.neighbours import Functions, Permissions
from grader.cloud.http.passage import Passage, RequestIds
from grader.cloud.http.records import Logs, Metrics, Records
from grader.cloud.http.rest.apis import RestApis
from grader.cloud.http.rest.gateway import RestGateway
from grader.cloud.http.rest.usage_plans import UsagePlans
from grader.cloud.http.services import Services
from grader.cloud.ids import Ids
from grader.cloud.traces import Traces

HOST = re.compile(r"(?P<id>[a-z0-9]+)\.(?:execute-api|lambda-url)\.(?P<region>[a-z0-9-]+)\.(?:amazonaws\.com|on\.aws)")


class Gateway:
    """Answers requests to APIs and function URLs, and knows what exists of them.

    Parameters
    ----------
    clock, ids, traces
        The cloud's time, identifiers and paths.
    functions
        Invokes functions.
    permissions
        Decides whether ``apigateway.amazonaws.com`` may invoke a function.
    verifier, authorization
        Recognise signed requests and decide by IAM.
    metrics, logs
        Where requests are recorded; None: nowhere.
    account_id, region
        Whose APIs these are, and where.
    seed
        What the keys of issuers come from.

    Attributes
    ----------
    apis, plans
        The REST APIs; API keys and usage plans.
    http_apis, urls
        The HTTP APIs; the function URLs.
    fetch
        Gives the JSON document at one of the cloud's own addresses, or None: an issuer may be hosted there.
    log_role
        The role with which REST APIs write logs (``AWS::ApiGateway::Account``); None: they may not have any.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        ids: Ids,
        traces: Traces,
        functions: Functions,
        permissions: Permissions,
        verifier: Verifier,
        authorization: Authorization,
        account_id: str,
        region: str,
        metrics: Metrics | None = None,
        logs: Logs | None = None,
        seed: int = 0,
    ) -> None:
        self.apis, self.plans = RestApis(clock, ids), UsagePlans(clock, ids)
        self.region = region
        self.log_role: str | None = None
        self.traces = traces
        self._clock, self._ids, self._seed = clock, ids, seed
        calls = FunctionCalls(functions, permissions, account_id, region)
        self.authorizers = LambdaAuthorizers(calls, traces)
        callers = Callers(verifier, authorization, region)
        services = Services(ids, calls, self.authorizers, callers, Records(metrics, logs))
        self.rest = RestGateway(services, self.plans)
        self.fetch: Callable[[str], Mapping[str, Any] | None] = lambda url: None
        self._issuers: dict[str, Issuer] = {}
        issuers = Issuers(self._document)
        self.http_apis = HttpApis(clock, ids, issuers)
        self.http = HttpGateway(services, issuers)
        self.urls = FunctionUrls(clock, ids, functions, region)
        self.function_url = UrlGateway(services)
        self._exchanges = Exchanges()

    def url(self, api_id: str, stage_name: str) -> str:
        """The address of a stage."""
        return f"https://{api_id}.execute-api.{self.region}.amazonaws.com/{stage_name}"

    def open_issuer(self, url: str) -> Issuer:
        """The issuer of tokens at an address; JWT authorizers find its keys from now on."""
        if url not in self._issuers:
            self._issuers[url] = Issuer(url, self._clock, self._seed)
        return self._issuers[url]

    def published(self, url: str) -> bytes | None:
        """What an issuer that was opened here publishes at an address."""
        for issuer in self._issuers.values():
            if (found := issuer.documents().get(url)) is not None:
                return json.dumps(found).encode()
        return None

    def _document(self, url: str) -> Mapping[str, Any] | None:
        """A JSON document, published by an issuer that was opened here, or by the cloud itself."""
        found = self.published(url)
        return self.fetch(url) if found is None else json.loads(found)

    def serves(self, host: str) -> bool:
        """True for the hosts whose requests belong to the gateway."""
        return HOST.fullmatch(host.split(":")[0].lower()) is not None

    def exchange(self, request_id: str) -> Exchange | None:
        """What is known of an answered request, by its request id; the last thousand are remembered."""
        return self._exchanges.find(request_id)

    def handle(self, request: Request, at: float | None = None) -> Response:
        """Answer a request.

        Parameters
        ----------
        at
            When it arrives, seconds since 1970; None for now. A burst lets requests arrive while others still run.
        """
        passage = self._passage(request, at)
        response = self._answer(passage)
        note_cross_origin(passage, response)
        passage.trace.title = f"{passage.trace.title} → {response.status}"
        for request_id in (passage.ids.request, passage.ids.extended):  # REST APIs answer with one, HTTP APIs the other
            self._exchanges.remember(request_id, passage)
        return response

    def _passage(self, request: Request, at: float | None) -> Passage:
        now = self._clock.timestamp() if at is None else at
        trace = self.traces.start("request", f"{request.method} {request.path}")
        return Passage(request, RequestIds.draw(self._ids, now), trace, now, overlapping=at is not None)

    def _answer(self, passage: Passage) -> Response:
        found = HOST.fullmatch(passage.host)
        if ".lambda-url." in passage.host:
            here = found is not None and found["region"] == self.region
            return self.function_url.answer(passage, self.urls.find(found["id"]) if found and here else None)
        if found is None or found["region"] != self.region:
            return self.rest.answer(passage, None)
        if (http_api := self.http_apis.find(found["id"])) is not None:
            return self.http.answer(passage, http_api)
        return self.rest.answer(passage, self.apis.find(found["id"]))
