"""Which service a request is for: by its host, or by its signature where the host is only a loopback address."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from grader.cloud.door.request import Request

Kind = Literal["service", "execute-api", "lambda-url", "s3-website", "cloudfront", "unknown"]
# Where a host's first name is not the service's own (boto3's) name.
SERVICE_NAMES = {
    "cloudcontrolapi": "cloudcontrol",
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
    "email": "ses",
    "streams.dynamodb": "dynamodbstreams",
    "ddb": "dynamodb",
    "stream-logs": "logs",
    "sync-states": "stepfunctions",
}
HOST_NAMES = {"ses": "email", "eventbridge": "events"}
GLOBAL = frozenset({"iam", "cloudfront", "route53", "budgets", "organizations"})
_EXECUTE_API = re.compile(r"[a-z0-9]+\.execute-api\.[a-z0-9-]+\.amazonaws\.com")
_LAMBDA_URL = re.compile(r"[a-z0-9]+\.lambda-url\.[a-z0-9-]+\.on\.aws")
_WEBSITE = re.compile(r".+\.s3-website[.-][a-z0-9-]+\.amazonaws\.com")
_CLOUDFRONT = re.compile(r"[a-z0-9]+\.cloudfront\.net")
_S3 = re.compile(r"(?:(?P<bucket>.+)\.)?s3(?:[.-](?P<region>[a-z]{2}(?:-[a-z]+)+-\d))?\.amazonaws\.com")
_SERVICE = re.compile(
    r"(?:\d{12}\.)?(?P<name>[a-z0-9-]+(?:\.dynamodb)?)(?:\.(?P<region>[a-z]{2}(?:-[a-z]+)+-\d))?\.amazonaws\.com"
)

SITES: dict[Kind, re.Pattern[str]] = {
    "execute-api": _EXECUTE_API,
    "lambda-url": _LAMBDA_URL,
    "s3-website": _WEBSITE,
    "cloudfront": _CLOUDFRONT,
}


@dataclass(frozen=True)
class Address:
    """Where a request goes.

    Attributes
    ----------
    service
        boto3's name of the service.
    request
        The request with the host and path that AWS's own address has; buckets are named in the path.
    """

    kind: Kind
    service: str
    region: str
    request: Request


def address_of(request: Request, region: str, scope: tuple[str, str] | None) -> Address:
    """The address of a request; ``scope`` is the Region and service that its signature names, if it has one."""
    host = request.host.lower().split(":")[0]
    for kind, pattern in SITES.items():
        if pattern.fullmatch(host):
            return Address(kind, kind, region, request)
    if found := _S3.fullmatch(host):
        path = f"/{found['bucket']}{request.path}" if found["bucket"] else request.path
        return _service("s3", found["region"] or region, replace(request, path=path))
    if found := _SERVICE.fullmatch(host):
        return _service(found["name"], found["region"] or region, request)
    if host.endswith((".amazonaws.com", ".on.aws", ".api.aws")):
        return Address("unknown", host, region, request)
    scope_region, name = scope or (region, "s3")
    return _service(_by_target(name, request), scope_region, request)


def _by_target(name: str, request: Request) -> str:
    if name == "dynamodb" and request.header("X-Amz-Target").startswith("DynamoDBStreams"):
        return "streams.dynamodb"
    return HOST_NAMES.get(name, name)


def _service(name: str, region: str, request: Request) -> Address:
    name = {"ddb": "dynamodb"}.get(name, name)
    host = f"{name}.amazonaws.com" if name in GLOBAL else f"{name}.{region}.amazonaws.com"
    named = SERVICE_NAMES.get(name, name)
    if named == "apigateway" and request.path.startswith("/v2/"):  # both APIs of API Gateway share host and scope
        named = "apigatewayv2"
    return Address("service", named, region, replace(request, scheme="https", host=host))
