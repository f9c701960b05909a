"""What moto is given of an admitted request: nothing that it could read otherwise than IAM has read it.

moto looks for an operation's name in more places than AWS does (a form, the query, ``X-Amz-Target``), in this order and
whatever the service. A request that says ``GetItem`` in the place where AWS looks, and ``DeleteTable`` in another,
would be judged as the first and carried out as the second.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote

from moto.core.utils import get_service_model

from grader.cloud.door.address import Address
from grader.cloud.door.claim import Claim
from grader.cloud.door.faults import PROTOCOLS
from grader.cloud.door.request import Request

QUERY_AUTHENTICATION = frozenset(
    {
        "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature",
        "X-Amz-Security-Token",
    }
)  # fmt: skip
FORM = "application/x-www-form-urlencoded"


def speaks_json(service: str, request: Request) -> bool:
    """Whether a request names its operation in ``X-Amz-Target``, as this service's JSON protocol does."""
    target = request.header("X-Amz-Target")
    if not target or service in PROTOCOLS:
        return False
    return bool(target.rpartition(".")[0] == get_service_model(service).metadata.get("targetPrefix"))


def forwarded(address: Address, verified: Request, claim: Claim | None) -> Address:
    """The address with the verified request, reduced to what moto may see."""
    located = replace(
        verified, scheme=address.request.scheme, host=address.request.host, path=address.request.path,
        query=_without(verified, QUERY_AUTHENTICATION) if claim and claim.place == "query" else verified.query,
    )  # fmt: skip
    return replace(address, request=_stamped(_unambiguous(address.service, located), address, claim))


def _unambiguous(service: str, request: Request) -> Request:
    if speaks_json(service, request):
        return request.with_headers(
            drop=("content-type",), add=[("Content-Type", "application/x-amz-json-1.0")], query=""
        )
    bare = request.with_headers(drop=("x-amz-target",))
    if service == "s3":
        return bare
    if service in PROTOCOLS:
        form = bare.header("Content-Type").startswith(FORM)
        drop = ("content-type",) if form else ()
        add = [("Content-Type", "application/json")] if form else []
        return bare.with_headers(drop=drop, add=add, query=_without(bare, frozenset({"Action"})))
    return replace(bare, query="") if bare.body else bare


def _without(request: Request, names: frozenset[str]) -> str:
    pairs = [(name, value) for name, value in request.raw_pairs if unquote(name) not in names]
    return "&".join(f"{name}={value}" if value else name for name, value in pairs)


def _stamped(request: Request, address: Address, claim: Claim | None) -> Request:
    """moto reads Region and key out of the header, also when the signature was in the query, or there was none."""
    key, region = (claim.access_key, claim.region) if claim else ("ANONYMOUS", address.region)
    credential = f"{key}/00000000/{region}/{address.service}/aws4_request"
    stamp = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=verified"
    return request.with_headers(drop=("authorization",), add=[("Authorization", stamp)])
