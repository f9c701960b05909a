"""Calls of AWS's APIs by the pocket AWS itself: said and understood as boto3 does, without its way over HTTP.

A stack makes dozens of calls, and the checks of an answer hundreds. boto3 takes longer over each (events, endpoints, a
user agent, a signature that the door takes apart again) than the account over its answer. So what serialises and parses
is botocore's own, and the request goes straight to the door, as the developer's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

from botocore.awsrequest import HeadersDict
from botocore.parsers import create_parser
from botocore.response import StreamingBody
from botocore.serialize import create_serializer
from botocore.utils import percent_encode_sequence

from grader.cloud.door.request import Request
from grader.cloud.door.response import Response
from grader.cloud.iam.identity import Account
from grader.cloud.ids import Ids
from grader.cloud.short_ways import go


def may_go(service: str, operation: str) -> bool:
    """Whether an operation can be called so.

    S3's have many handlers of botocore on their way, so these are the known ones; boto3 lets time pass and invokes a
    function once more that was throttled.
    """
    return operation in ON_S3 if service == "s3" else (service, operation) != ("lambda", "Invoke")


ON_S3 = frozenset(
    {
        "CreateBucket", "DeleteBucket", "DeleteBucketCors", "DeleteBucketEncryption", "DeleteBucketLifecycle",
        "DeleteBucketOwnershipControls", "DeleteBucketPolicy", "DeleteBucketTagging", "DeleteBucketWebsite",
        "DeleteObject", "DeletePublicAccessBlock", "GetObject", "HeadBucket", "HeadObject", "ListObjectsV2",
        "PutBucketCors", "PutBucketEncryption", "PutBucketLifecycleConfiguration",
        "PutBucketNotificationConfiguration", "PutBucketOwnershipControls", "PutBucketPolicy", "PutBucketTagging",
        "PutBucketVersioning", "PutBucketWebsite", "PutObject", "PutPublicAccessBlock",
    }
)  # fmt: skip


class TrustingDoor(Protocol):
    """The door, as far as it is used here."""

    def handle(self, request: Request, trusted: bool = False) -> Response: ...


@dataclass(frozen=True)
class _Answered:
    """What botocore's handlers may want to know of a response."""

    status_code: int
    headers: Mapping[str, str]


class DirectCalls:
    """Calls the APIs of one account.

    Parameters
    ----------
    ids
        Makes the tokens that an operation wants for being idempotent, where none is given.
    moto
        Where there are short ways for some operations (``short_ways``); None: all go through the door.
    """

    def __init__(self, door: TrustingDoor, ids: Ids, moto: Account | None = None) -> None:
        self._door, self._ids, self._moto = door, ids, moto

    def call(self, client: Any, operation: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """What ``client`` answers to an operation; its name as AWS spells it (``CreateRole``).

        Raises
        ------
        ParamValidationError, ClientError
            As the client itself.
        """
        if self._moto is not None:
            answered = go(self._moto, client.meta.service_model.service_name, operation, arguments)
            if answered is not None:
                return answered
        model = client.meta.service_model.operation_model(operation)
        given = {name: self._ids.uuid() for name in model.idempotent_members if name not in arguments}
        serializer, parser = _languages(client.meta.service_model.resolved_protocol)
        context: dict[str, Any] = {}  # what botocore's handlers tell each other
        if client.meta.service_model.service_name == "s3":
            request = _to_s3(client, model, serializer, dict(arguments), context)
        else:
            request = serializer.serialize_to_request({**arguments, **given}, model)
        response = self._door.handle(_request(request, client.meta.endpoint_url), trusted=True)
        headers = HeadersDict(response.headers)
        body: Any = response.body
        if model.has_streaming_output and response.status < 300:
            body = StreamingBody(BytesIO(body), len(body))
        answer = {"headers": headers, "status_code": response.status, "body": body, "context": {}}
        parsed: dict[str, Any] = parser.parse(answer, model.output_shape)
        self._finish(client, model, parsed, _Answered(response.status, headers), context)
        return parsed

    def _finish(
        self, client: Any, model: Any, parsed: dict[str, Any], answered: _Answered, context: dict[str, Any]
    ) -> None:
        """botocore's handlers may still read documents in an answer; a refusal is raised."""
        event = f"after-call.{client.meta.service_model.service_id.hyphenize()}.{model.name}"
        client.meta.events.emit(event, http_response=answered, parsed=parsed, model=model, context=context)
        if answered.status_code >= 300:
            code = context.get("error_code_override") or parsed.get("Error", {}).get("Code")
            raise client.exceptions.from_code(code)(parsed, model.name)


@lru_cache(maxsize=32)
def quick_client(calls: DirectCalls, client: Any) -> Any:
    """A client that makes its calls so; whatever else it can do (presign, page, wait), it does as before."""
    service, quick = client.meta.service_model.service_name, object.__new__(type(client))

    def make(operation: str, arguments: dict[str, Any]) -> Any:
        ways = calls.call if may_go(service, operation) else type(client)._make_api_call
        return ways(client, operation, arguments)

    vars(quick).update(vars(client), _make_api_call=make)
    return quick


@lru_cache(maxsize=16)
def _languages(protocol: str) -> tuple[Any, Any]:
    """What writes requests of a protocol, and what reads its answers."""
    return create_serializer(protocol), create_parser(protocol)


def _to_s3(
    client: Any, model: Any, serializer: Any, arguments: dict[str, Any], context: dict[str, Any]
) -> Mapping[str, Any]:
    """A request of S3's; botocore's handlers check the bucket's name, take it out of the path, and see to the rest."""
    emit = client.meta.events.emit
    emit(f"before-parameter-build.s3.{model.name}", params=arguments, model=model, context=context)
    request: dict[str, Any] = serializer.serialize_to_request(arguments, model)
    if hasattr(request["body"], "read"):
        request["body"] = request["body"].read()
    emit(f"before-call.s3.{model.name}", params=request, model=model, context=context)
    return request | {"url_path": f"/{arguments['Bucket']}{request['url_path']}"}


def _request(serialized: Mapping[str, Any], endpoint: str) -> Request:
    """What botocore has serialised, as the door takes it."""
    place = urlsplit(endpoint)
    path, _, written = str(serialized["url_path"]).partition("?")
    query = percent_encode_sequence(serialized["query_string"]) if serialized["query_string"] else ""
    body = serialized["body"]
    if isinstance(body, dict):  # the query protocol's form
        body = urlencode(body, doseq=True)
    content = body.encode() if isinstance(body, str) else bytes(body or b"")
    headers = (("Host", place.netloc), *((name, str(value)) for name, value in serialized["headers"].items()))
    joined = "&".join(part for part in (written, query) if part)
    return Request(serialized["method"], place.scheme, place.netloc, path or "/", joined, headers, content)
