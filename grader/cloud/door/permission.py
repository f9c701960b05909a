"""The gate of IAM: what an operation needs, asked of the policies one need after another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from grader.cloud.door.address import Address
from grader.cloud.door.caller import Caller
from grader.cloud.door.faults import Refusal
from grader.cloud.door.moto_service import Moto
from grader.cloud.door.operation import Operation
from grader.cloud.errors import NotSupported
from grader.cloud.iam.actions import needs_of
from grader.cloud.iam.authorization import Authorization
from grader.cloud.iam.needs import Need, Place
from grader.cloud.iam.principals import Principal
from grader.cloud.iam.request_context import request_context
from grader.cloud.iam.resource_names import ResourceNames


class Permission:
    """Asks IAM before an operation is carried out.

    Parameters
    ----------
    authorization
        Decides.
    moto
        Knows the tables' keys.
    note
        Told of a refusal: the caller's key, and why.

    Attributes
    ----------
    further
        By service: what an operation needs besides the service's own actions (keys).
    instead
        By service: what an operation needs, where the table of actions does not know enough (whose deployment it is).
    """

    def __init__(self, authorization: Authorization, moto: Moto, note: Callable[[str | None, str], None]) -> None:
        self._authorization, self._moto, self._note = authorization, moto, note
        self._names = ResourceNames(moto)
        self.further: dict[str, Callable[[Operation], Iterable[Need]]] = {}
        self.instead: dict[str, Callable[[Operation], Iterable[Need]]] = {}

    def asks(self, address: Address, principal: Principal) -> bool:
        """Whether IAM has to be asked: of everybody but the developer, whom only a bucket's policy may deny."""
        return principal.kind != "developer" or self._guarded(address)

    def check(self, address: Address, operation: Operation, caller: Caller) -> None:
        """Refuse what is not allowed.

        Raises
        ------
        Refusal
            ``AccessDenied`` with AWS's sentence, or ``MissingAuthenticationToken``.
        NotSupported
            For an operation that is not known: it cannot be judged.
        """
        if caller.principal.kind == "anonymous" and address.service != "s3":
            raise Refusal("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
        if not operation.name:
            raise NotSupported(f"{address.service}: {address.request.method} {address.request.path}")
        context = self._context(address, operation, caller)
        for need in self._needs(address, operation):
            known = {**context, **dict(need.context)} if need.context else context
            decision = self._authorization.judge(caller.principal, need.action, need.resource, known)
            if not decision.allowed:
                self._note(caller.access_key, decision.reason)
                raise _denied(caller.principal, decision.reason)

    def check_missing(self, address: Address, operation: Operation, caller: Caller) -> None:
        """Refuse to tell who may not list a bucket that a key is missing: S3's 403 in place of 404.

        Raises
        ------
        Refusal
            When the caller may not list the bucket.
        """
        if address.service != "s3" or operation.name not in ("GetObject", "HeadObject"):
            return
        bucket = f"arn:aws:s3:::{operation.parameters.get('Bucket')}"
        context = self._context(address, operation, caller)
        decision = self._authorization.decide(caller.principal, "s3:ListBucket", bucket, context)
        if not decision.allowed:
            raise _denied(caller.principal, decision.reason)

    def _needs(self, address: Address, operation: Operation) -> list[Need]:
        if (own := self.instead.get(address.service)) is not None:
            return list(own(operation))
        place = Place(address.region, self._moto.account_id)
        given = self._names.resolved(address.service, operation.parameters)
        needs = needs_of(address.service, operation.name, given, place)
        further = self.further.get(address.service)
        return [*needs, *(further(operation) if further else ())]

    def _guarded(self, address: Address) -> bool:
        if address.service != "s3":
            return False
        bucket = unquote(address.request.path.split("/")[1])
        with self._moto.lock:
            return bool(self._authorization.policies.of_resource(f"arn:aws:s3:::{bucket}"))

    def _context(self, address: Address, operation: Operation, caller: Caller) -> Mapping[str, Any]:
        given, hash_key = operation.parameters, None
        if address.service == "dynamodb":
            tables = [given.get("TableName"), *(given.get("RequestItems") or {})]
            tables += [part.get("TableName") for each in given.get("TransactItems") or () for part in each.values()]
            hash_key = self._hash_key(next((str(name) for name in tables if name), ""))
        context = request_context(address.service, operation.name, given, address.request, hash_key, address.region)
        return {**context, **dict(caller.signed)} if address.service == "s3" else context

    def _hash_key(self, table: str) -> str | None:
        with self._moto.lock:
            found = self._moto.backend("dynamodb").tables.get(table.rpartition("/")[2])
            return found.hash_key_attr if found else None


def _denied(principal: Principal, reason: str) -> Refusal:
    return Refusal("AccessDenied", "Access Denied" if principal.kind in ("anonymous", "service") else reason, 403)
