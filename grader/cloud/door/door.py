"""The door: every request to the pocket AWS passes it, whoever sends it and by whatever way.

strip what a client must not say → signature → service and operation → IAM → gateway, Lambda, CloudFormation, STS,
S3, or moto
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any, Protocol
from urllib.parse import unquote

from botocore.exceptions import UnknownServiceError

from grader.cloud.clock import Clock
from grader.cloud.door.address import Address, address_of
from grader.cloud.door.caller import Caller
from grader.cloud.door.claim import Claim, claim_of, signed_keys
from grader.cloud.door.faults import Refusal, refuse
from grader.cloud.door.forwarding import forwarded
from grader.cloud.door.injection import Injections
from grader.cloud.door.moto_service import Moto
from grader.cloud.door.operation import Operation, operation_of
from grader.cloud.door.permission import Permission
from grader.cloud.door.request import Request
from grader.cloud.door.response import Response
from grader.cloud.door.sts import Sts
from grader.cloud.door.verifier import Verifier
from grader.cloud.errors import NotSupported
from grader.cloud.iam.authorization import Authorization
from grader.cloud.iam.identity import Identity
from grader.cloud.iam.principals import Principal
from grader.cloud.ids import Ids
from grader.cloud.traces import Trace

GATEWAY = (".execute-api.", ".lambda-url.")
LATENCY = "x-amzn-pocket-latency"  # seconds; the environment waits them on its own clock, see lambda_runtime
_TEMPLATES = "Templates make and change APIs."
OURS_ALONE = {  # moto knows these, too, but nothing of what it makes would ever answer a request
    "apigateway": _TEMPLATES,
    "apigatewayv2": _TEMPLATES,
    "cloudfront": "Distributions, origin access controls and invalidations are imitated.",
    "execute-api": "REST and HTTP APIs have addresses of their own; WebSocket connections are not imitated.",
    "kinesis": "Queues, topics, event buses and DynamoDB streams are imitated.",
    "pipes": "Event source mappings and EventBridge rules are imitated.",
    "cognito-identity": "Roles and their sessions are imitated: sts:AssumeRole.",
    "cognito-idp": "A JWT authorizer takes any issuer: cloud.http.issuer(url) is one.",
}
STRIPPED = ("x-moto", "x-amzn-moto")


class Answering(Protocol):
    """A service of the cloud that answers requests itself."""

    def handle(self, request: Request) -> Response: ...


class ServiceApi(Protocol):
    """A service's API, or that part of it that is not left to moto."""

    def answers(self, request: Request) -> bool: ...
    def handle(self, request: Request, access_key: str | None = None) -> Response: ...


class Posted(Protocol):
    """A form that S3 has let in: the upload that it stands for, and whose it is."""

    @property
    def request(self) -> Request: ...
    @property
    def caller(self) -> Caller: ...
    def answer(self, stored: Response) -> Response: ...


class Storage(Protocol):
    """S3: it answers browsers before anybody is asked who they are, and takes forms that carry their own signature."""

    def preflight(self, request: Request) -> Response: ...
    def posted(self, request: Request, region: str) -> Posted | None: ...
    def with_cors(self, request: Request, response: Response) -> Response: ...
    def handle(self, operation: Operation, request: Request, principal: Principal) -> Response: ...


class Callers(Protocol):
    """Knows which running function a key belongs to."""

    def acting_as(
        self, access_key: str | None, user_id: str | None = None, source_ip: str | None = None
    ) -> AbstractContextManager[None]: ...
    def lineage_of(self, access_key: str | None) -> Any: ...


class Door:
    """Verifies, authorises and routes.

    Parameters
    ----------
    clock, ids
        The cloud's time and request ids.
    identity, authorization
        IAM.
    moto
        Answers for everything that nothing else answers for.
    region
        Of requests whose host and signature name none.

    Attributes
    ----------
    services
        By the service's name in its signature: APIs that are answered here, before moto is asked.
    observers
        Told of every request that was let through to a service: its name, the request, the answer.
    hosts
        By kind of address: what answers there without a signature of its own (``s3-website``, ``cloudfront``).
    permission
        Asks IAM.
    sites
        By host: what is answered without a signature of the caller's, because its address is one.
    storage
        S3, which does more than answer an API.
    """

    def __init__(
        self, *, clock: Clock, ids: Ids, identity: Identity, authorization: Authorization, moto: Moto, region: str
    ) -> None:
        self._clock, self._ids, self._moto, self.region = clock, ids, moto, region
        self._identity = identity
        self._verifier = Verifier(identity, clock)
        self._sts = Sts(identity, authorization, moto)
        self.injections = Injections()
        self.permission = Permission(authorization, moto, self._note)
        self.gateway: Answering | None = None
        self.services: dict[str, ServiceApi] = {}
        self.observers: list[Callable[[str, Request, Response], None]] = []
        self.sites: dict[str, Answering] = {}
        self.storage: Storage | None = None
        self.hosts: dict[str, Answering] = {}
        self.callers: Callers | None = None

    def handle(self, request: Request, trusted: bool = False) -> Response:
        """Answer a request; what goes wrong is in the answer, as AWS would say it.

        Parameters
        ----------
        trusted
            The request is the developer's, and unsigned.
        """
        if unquote(request.path).lstrip("/").startswith("moto-api"):
            return Response(404, (("Content-Type", "text/plain"),), b"Not Found\n")
        request = request.with_headers(drop=STRIPPED)
        if (site := self.sites.get(request.host.lower())) is not None:
            return site.handle(request)
        address = claim = None
        try:
            if any(part in request.host for part in GATEWAY):  # it judges signatures itself, in words of its own
                address = address_of(request, self.region, None)
                return self._through_the_gateway(address)
            claim = None if trusted else claim_of(request)
            address = address_of(request, self.region, (claim.region, claim.service) if claim else None)
            response = self._admit(request, address, claim, trusted)
        except Refusal as refusal:
            response = self._refused(refusal, address, request)
        except NotSupported as unsupported:
            response = self._refused(Refusal("NotSupported", unsupported.what, 501), address, request)
        except UnknownServiceError:  # a signature may name anything
            named = NotSupported(f"the service {claim.service if claim else request.host}")
            response = self._refused(Refusal("NotSupported", named.what, 501), address, request)
        return self._with_cors(response, address)

    def _with_cors(self, response: Response, address: Address | None) -> Response:
        if address is not None and address.service == "s3" and self.storage and address.request.method != "OPTIONS":
            return self.storage.with_cors(address.request, response)
        return response

    def answer_for(self, request: Request, caller: Caller) -> Response:
        """Answer a service that acts in its own name, as CloudFront does for a distribution."""
        address = address_of(request, self.region, None)
        try:
            if request.method == "OPTIONS" and self.storage is not None:
                return self.storage.preflight(address.request)
            response = self._serve(forwarded(address, address.request, None), caller)
        except Refusal as refusal:
            response = self._refused(refusal, address, request)
        return self._with_cors(response, address)

    def _refused(self, refusal: Refusal, address: Address | None, request: Request) -> Response:
        return refuse(refusal, address.service if address else "s3", request, self._ids.uuid())

    def _through_the_gateway(self, address: Address) -> Response:
        if self.gateway is None or address.kind not in ("execute-api", "lambda-url"):
            raise NotSupported(f"the address {address.request.host}")
        return self.gateway.handle(address.request)

    def _admit(self, request: Request, address: Address, claim: Claim | None, trusted: bool) -> Response:
        if address.kind in self.hosts:
            return self.hosts[address.kind].handle(request)
        if address.kind != "service":
            raise NotSupported(f"the address {request.host}")
        if trusted:
            if address.service == "s3":  # moto lets nobody at an object who brings no signature
                address = forwarded(address, address.request, None)
            return self._serve(address, Caller(self._identity.developer_principal, None))
        if address.service == "s3" and self.storage is not None:
            if request.method == "OPTIONS":
                return self.storage.preflight(address.request)
            posted = self.storage.posted(address.request, address.region) if claim is None else None
            if posted is not None:
                upload = replace(address, request=posted.request)
                return posted.answer(self._serve(forwarded(upload, posted.request, None), posted.caller))
        principal, verified = self._verifier.verify(request, claim, address.region)
        signed = signed_keys(claim, self._clock.timestamp()) if claim else ()
        caller = Caller(principal, claim.access_key if claim else None, signed)
        return self._serve(forwarded(address, verified, claim), caller)

    def _serve(self, address: Address, caller: Caller) -> Response:
        operation, principal = None, caller.principal
        judging = self.permission.asks(address, principal)
        if judging or (address.service == "s3" and self.storage is not None):
            operation = operation_of(address.service, address.request)
        if judging and operation is not None:
            self.permission.check(address, operation, caller)
        injected = operation if principal.kind == "role" else None
        if injected is not None and (fault := self.injections.fault(injected, principal)):
            raise fault
        # S3's events name who did it, and from where
        who = (caller.access_key, principal.user_id, address.request.source_ip)
        acting = self.callers.acting_as(*who) if self.callers else nullcontext()
        with acting:
            response = self._route(address, operation, caller)
        for observe in self.observers:
            observe(address.service, address.request, response)
        if injected is not None:
            self.injections.interrupt(injected)
        if response.status == 404 and judging and operation is not None:
            self.permission.check_missing(address, operation, caller)
        late = self.injections.delay(injected, principal) if injected is not None else 0.0
        return replace(response, headers=(*response.headers, (LATENCY, str(late)))) if late else response

    def _route(self, address: Address, operation: Operation | None, caller: Caller) -> Response:
        request = address.request
        if address.service == "sts":
            return self._sts.handle(request, caller.principal, self._ids.uuid())
        own = self.services.get(address.service)
        if own is not None and own.answers(request):
            return own.handle(request, caller.access_key)
        if address.service in OURS_ALONE:
            named = operation_of(address.service, request).name or f"{request.method} {request.path}"
            raise NotSupported(f"{address.service}:{named}", next_step=OURS_ALONE[address.service])
        try:
            if self.storage is not None and operation is not None and address.service == "s3":
                return self.storage.handle(operation, request, caller.principal)
            return self._moto.call(request)
        except (LookupError, NotImplementedError) as unknown:
            named = operation_of(address.service, request).name or f"{request.method} {request.path}"
            raise NotSupported(f"{address.service}:{named} ({unknown})") from unknown

    def _note(self, access_key: str | None, reason: str) -> None:
        trace: Trace | None = self.callers.lineage_of(access_key).trace if self.callers and access_key else None
        if trace is not None:
            trace.broken("iam", reason)
