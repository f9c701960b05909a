"""The door: every request to the pocket AWS passes it, whoever sends it and by whatever way.

strip what a client must not say → signature → service and operation → IAM → gateway, Lambda, CloudFormation, STS,
or moto
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol
from urllib.parse import unquote

from grader.cloud.clock import Clock
from grader.cloud.door.address import Address, address_of
from grader.cloud.door.claim import Claim, claim_of
from grader.cloud.door.faults import Refusal, refuse
from grader.cloud.door.forwarding import forwarded
from grader.cloud.door.injection import Injections
from grader.cloud.door.moto_service import Moto
from grader.cloud.door.operation import Operation, operation_of
from grader.cloud.door.request import Request
from grader.cloud.door.response import Response
from grader.cloud.door.sts import Sts
from grader.cloud.door.verifier import Verifier
from grader.cloud.errors import NotSupported
from grader.cloud.iam.actions import Need, Place, needs_of
from grader.cloud.iam.authorization import Authorization
from grader.cloud.iam.identity import Identity
from grader.cloud.iam.principals import Principal
from grader.cloud.iam.request_context import request_context
from grader.cloud.ids import Ids
from grader.cloud.traces import Trace

STRIPPED = ("x-moto", "x-amzn-moto")


class Answering(Protocol):
    """A service of the cloud that answers requests itself."""

    def handle(self, request: Request) -> Response: ...


class ServiceApi(Protocol):
    """A service's API, or that part of it that is not left to moto."""

    def answers(self, request: Request) -> bool: ...
    def handle(self, request: Request, access_key: str | None = None) -> Response: ...


class Storage(Protocol):
    """S3: it answers browsers before anybody is asked who they are, and needs keys besides its own permissions."""

    def preflight(self, request: Request) -> Response: ...
    def with_cors(self, request: Request, response: Response) -> Response: ...
    def needs(self, operation: Operation) -> list[Need]: ...
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
    storage
        S3, which does more than answer an API.
    """

    def __init__(
        self, *, clock: Clock, ids: Ids, identity: Identity, authorization: Authorization, moto: Moto, region: str
    ) -> None:
        self._ids, self._moto, self.region = ids, moto, region
        self._identity, self._authorization = identity, authorization
        self._verifier = Verifier(identity, clock)
        self._sts = Sts(identity, authorization, moto)
        self.injections = Injections()
        self.gateway: Answering | None = None
        self.services: dict[str, ServiceApi] = {}
        self.storage: Storage | None = None
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
        address = None
        try:
            claim = None if trusted else claim_of(request)
            address = address_of(request, self.region, (claim.region, claim.service) if claim else None)
            response = self._admit(request, address, claim, trusted)
        except Refusal as refusal:
            response = self._refused(refusal, address, request)
        except NotSupported as unsupported:
            response = self._refused(Refusal("NotSupported", unsupported.what, 501), address, request)
        if address is not None and address.service == "s3" and self.storage and request.method != "OPTIONS":
            return self.storage.with_cors(address.request, response)
        return response

    def _refused(self, refusal: Refusal, address: Address | None, request: Request) -> Response:
        return refuse(refusal, address.service if address else "s3", request, self._ids.uuid())

    def _admit(self, request: Request, address: Address, claim: Claim | None, trusted: bool) -> Response:
        if address.kind in ("execute-api", "lambda-url"):
            if self.gateway is None:
                raise NotSupported(address.kind)
            return self.gateway.handle(request)
        if address.kind != "service":
            raise NotSupported(f"the address {request.host}")
        if trusted:
            return self._serve(address, self._identity.principal_of(self._identity.developer.access_key_id, None), None)
        if address.service == "s3" and request.method == "OPTIONS" and self.storage:
            return self.storage.preflight(address.request)
        principal, verified = self._verifier.verify(request, claim, address.region)
        return self._serve(forwarded(address, verified, claim), principal, claim.access_key if claim else None)

    def _serve(self, address: Address, principal: Principal, access_key: str | None) -> Response:
        request, operation = address.request, None
        stored = address.service == "s3" and self.storage is not None
        judging = principal.kind != "developer" or self._guarded(address)
        if judging or stored:
            operation = operation_of(address.service, request)
        if judging and operation is not None:
            self._authorize(address, operation, principal, access_key)
        judged = operation if principal.kind == "role" else None
        if judged is not None and (fault := self.injections.fault(judged, principal)):
            raise fault
        who = (access_key, principal.user_id, request.source_ip)  # S3's events name who did it, and from where
        acting = self.callers.acting_as(*who) if self.callers else nullcontext()
        with acting:
            response = self._route(address, operation, principal, access_key)
        if judged is not None:
            self.injections.interrupt(judged)
        if response.status == 404 and judging and operation is not None:
            self._hide_missing_key(address, operation, principal)
        return response

    def _route(
        self, address: Address, operation: Operation | None, principal: Principal, access_key: str | None
    ) -> Response:
        request = address.request
        if address.service == "sts":
            return self._sts.handle(request, principal, self._ids.uuid())
        if address.service in ("apigateway", "apigatewayv2"):  # its APIs are made by templates, in our own gateway
            raise NotSupported(f"the control plane of {address.service}")
        own = self.services.get(address.service)
        if own is not None and own.answers(request):
            return own.handle(request, access_key)
        try:
            if self.storage is not None and operation is not None and address.service == "s3":
                return self.storage.handle(operation, request, principal)
            return self._moto.call(request)
        except (LookupError, NotImplementedError) as unknown:
            named = operation_of(address.service, request).name or f"{request.method} {request.path}"
            raise NotSupported(f"{address.service}:{named} ({unknown})") from unknown

    def _guarded(self, address: Address) -> bool:
        """Whether even the developer has to be asked: a bucket's policy may deny anybody."""
        if address.service != "s3":
            return False
        bucket = unquote(address.request.path.split("/")[1])
        with self._moto.lock:
            return bool(self._authorization.policies.of_resource(f"arn:aws:s3:::{bucket}"))

    def _authorize(self, address: Address, operation: Operation, principal: Principal, access_key: str | None) -> None:
        if principal.kind == "anonymous" and address.service != "s3":
            raise Refusal("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
        if not operation.name:
            raise NotSupported(f"{address.service}: {address.request.method} {address.request.path}")
        place = Place(address.region, self._moto.account_id)
        context = self._context(address, operation)
        needs = needs_of(address.service, operation.name, operation.parameters, place)
        further = self.storage.needs(operation) if self.storage and address.service == "s3" else []
        for need in (*needs, *further):
            known = {**context, **dict(need.context)} if need.context else context
            decision = self._authorization.decide(principal, need.action, need.resource, known)
            if not decision.allowed:
                self._note(access_key, decision.reason)
                message = "Access Denied" if principal.kind == "anonymous" else decision.reason
                raise Refusal("AccessDenied", message, 403)

    def _context(self, address: Address, operation: Operation) -> dict[str, Any]:
        given, hash_key = operation.parameters, None
        if address.service == "dynamodb":
            tables = [given.get("TableName"), *(given.get("RequestItems") or {})]
            tables += [part.get("TableName") for each in given.get("TransactItems") or () for part in each.values()]
            hash_key = self._hash_key(next((str(name) for name in tables if name), ""))
        return request_context(address.service, operation.name, given, address.request, hash_key, address.region)

    def _hash_key(self, table: str) -> str | None:
        with self._moto.lock:
            found = self._moto.backend("dynamodb").tables.get(table.rpartition("/")[2])
            return found.hash_key_attr if found else None

    def _hide_missing_key(self, address: Address, operation: Operation, principal: Principal) -> None:
        """Who may not list a bucket is not told that a key is missing."""
        if address.service != "s3" or operation.name not in ("GetObject", "HeadObject"):
            return
        bucket = f"arn:aws:s3:::{operation.parameters.get('Bucket')}"
        decision = self._authorization.decide(principal, "s3:ListBucket", bucket, self._context(address, operation))
        if not decision.allowed:
            message = "Access Denied" if principal.kind == "anonymous" else decision.reason
            raise Refusal("AccessDenied", message, 403)

    def _note(self, access_key: str | None, reason: str) -> None:
        trace: Trace | None = self.callers.lineage_of(access_key).trace if self.callers and access_key else None
        if trace is not None:
            trace.broken("iam", reason)
