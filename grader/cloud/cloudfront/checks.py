"""What is refused about a configuration: in CloudFront's words what AWS refuses, by name what is not imitated."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from grader.cloud.cloudfront.configuration import Given, items
from grader.cloud.cloudfront.policies import CACHE_POLICIES, ORIGIN_REQUEST_POLICIES, RESPONSE_HEADERS_POLICIES
from grader.cloud.door.responder import ApiError
from grader.cloud.errors import NotSupported

METHODS = (
    {"GET", "HEAD"},
    {"GET", "HEAD", "OPTIONS"},
    {"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"},
)
ERROR_CODES = (400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504)
VIEWER_PROTOCOLS = ("allow-all", "https-only", "redirect-to-https")
BUCKET = re.compile(r"[a-z0-9.-]+\.s3([.-][a-z]{2}(-[a-z]+)+-\d)?\.amazonaws\.com")
# Settings that would change what viewers get, and that nothing here looks at.
FOREIGN = (
    "Aliases", "ContinuousDeploymentPolicyId", "OriginGroups", "Staging", "ViewerMtlsConfig", "WebACLId",
    "AnycastIpListId", "TenantConfig",
)  # fmt: skip
FOREIGN_IN_BEHAVIOURS = (
    "FieldLevelEncryptionId", "FunctionAssociations", "GrpcConfig", "LambdaFunctionAssociations",
    "RealtimeLogConfigArn", "SmoothStreaming", "TrustedKeyGroups", "TrustedSigners",
)  # fmt: skip
FOREIGN_IN_ORIGINS = ("OriginShield", "VpcOriginConfig")


def check(config: Given, controls: Mapping[str, Given]) -> None:
    """Refuse what cannot be served.

    Parameters
    ----------
    controls
        The account's origin access controls, by id.

    Raises
    ------
    ApiError
        As CloudFront refuses it.
    NotSupported
        For Lambda@Edge, functions, own domain names, signed URLs and what else is not imitated.
    """
    behaviours = [config.get("DefaultCacheBehavior") or {}, *items(config.get("CacheBehaviors"))]
    for feature in _foreign(config, behaviours):
        raise NotSupported(f"CloudFront's {feature}")
    for origin in items(config.get("Origins")):
        _check_origin(origin, controls)
    known = {each.get("Id") for each in items(config.get("Origins"))}
    for behaviour in behaviours:
        _check_behaviour(behaviour, known)
    for error in items(config.get("CustomErrorResponses")):
        _check_error(error)
    if str(config.get("DefaultRootObject") or "").startswith("/"):
        raise ApiError("InvalidDefaultRootObject", "The parameter DefaultRootObject is invalid.")


def _foreign(config: Given, behaviours: Iterable[Given]) -> Iterator[str]:
    yield from _filled(config, FOREIGN)
    for behaviour in behaviours:
        yield from _filled(behaviour, FOREIGN_IN_BEHAVIOURS)
    for origin in items(config.get("Origins")):
        yield from _filled(origin, FOREIGN_IN_ORIGINS)
    if (config.get("Restrictions") or {}).get("GeoRestriction", {}).get("RestrictionType", "none") != "none":
        yield "GeoRestriction"
    logging = config.get("Logging") or {}
    if logging.get("Enabled", "Bucket" in logging):  # templates have no Enabled
        yield "Logging"
    certificate = config.get("ViewerCertificate") or {}
    if certificate.get("ACMCertificateArn") or certificate.get("IAMCertificateId"):
        yield "ViewerCertificate (certificates of your own)"


def _filled(given: Given, names: Iterable[str]) -> Iterator[str]:
    """The settings that are more than switched off."""
    for name in names:
        value = given.get(name)
        if isinstance(value, Mapping):
            value = any(value.get(key) for key in ("Items", "Enabled", "VpcOriginId", "ParameterDefinitions"))
        if value:
            yield name


def _check_origin(origin: Given, controls: Mapping[str, Given]) -> None:
    domain, path = str(origin.get("DomainName", "")).lower(), str(origin.get("OriginPath") or "")
    kinds = [name for name in ("S3OriginConfig", "CustomOriginConfig") if origin.get(name) is not None]
    if len(kinds) != 1:
        words = "Exactly one of CustomOriginConfig, VpcOriginConfig and S3OriginConfig must be specified"
        raise ApiError("InvalidArgument", words)
    if "/" in domain or not domain:
        raise ApiError("InvalidArgument", "The parameter origin name cannot contain a colon or a slash.")
    if path and (not path.startswith("/") or path.endswith("/")):
        words = "The parameter OriginPath must begin with a slash and must not end with one."
        raise ApiError("InvalidArgument", words)
    if kinds == ["S3OriginConfig"]:
        if (origin["S3OriginConfig"] or {}).get("OriginAccessIdentity"):
            raise NotSupported("CloudFront's OriginAccessIdentity", next_step="Use an OriginAccessControl.")
        if not BUCKET.fullmatch(domain):
            words = "The parameter Origin DomainName does not refer to a valid S3 bucket."
            raise ApiError("InvalidArgument", words)
    _check_control(str(origin.get("OriginAccessControlId") or ""), kinds, controls)


def _check_control(control: str, kinds: list[str], controls: Mapping[str, Given]) -> None:
    if control and control not in controls:
        raise ApiError("NoSuchOriginAccessControl", "The specified origin access control does not exist.")
    if control and kinds == ["CustomOriginConfig"]:
        words = "Illegal configuration: The origin type and OAC origin type differ."
        raise ApiError("IllegalOriginAccessConfiguration", words)


def _check_behaviour(behaviour: Given, origins: set[Any]) -> None:
    if behaviour.get("TargetOriginId") not in origins:
        words = "One or more of your origins or origin groups do not exist."
        raise ApiError("NoSuchOrigin", words)
    if behaviour.get("ViewerProtocolPolicy") not in VIEWER_PROTOCOLS:
        raise ApiError("InvalidViewerCertificate", "The parameter ViewerProtocolPolicy is invalid.")
    methods = behaviour.get("AllowedMethods") or {}
    if items(methods) and set(items(methods)) not in METHODS:
        raise ApiError("InvalidArgument", "The parameter AllowedMethods contains an unsupported combination.")
    if behaviour.get("CachePolicyId") and behaviour.get("ForwardedValues"):
        words = "The parameter ForwardedValues cannot be used when a cache policy is associated to the cache behavior."
        raise ApiError("InvalidArgument", words)
    if not behaviour.get("CachePolicyId") and not behaviour.get("ForwardedValues"):
        raise ApiError("InvalidArgument", "The parameter ForwardedValues is required.")
    for name, known in (
        ("CachePolicyId", CACHE_POLICIES),
        ("OriginRequestPolicyId", ORIGIN_REQUEST_POLICIES),
        ("ResponseHeadersPolicyId", RESPONSE_HEADERS_POLICIES),
    ):
        if behaviour.get(name) and behaviour[name] not in known:
            words = f"CloudFront's {name} {behaviour[name]}"
            raise NotSupported(words, next_step="Managed policies that are known: " + _names(known))


def _names(known: Mapping[str, Any]) -> str:
    return ", ".join(f"{policy.name} ({key})" for key, policy in known.items())


def _check_error(error: Given) -> None:
    code = int(error.get("ErrorCode") or 0)
    if code not in ERROR_CODES:
        raise ApiError("InvalidErrorCode", f"The parameter ErrorCode {code} is invalid.")
    page, shown = error.get("ResponsePagePath"), error.get("ResponseCode")
    if bool(page) != bool(shown):
        words = "Both ResponsePagePath and ResponseCode are required if either is specified."
        raise ApiError("InvalidArgument", words)
    if page and not str(page).startswith("/"):
        raise ApiError("InvalidArgument", "The parameter ResponsePagePath must begin with a slash.")
    if shown and int(shown) not in (200, *ERROR_CODES):
        raise ApiError("InvalidResponseCode", f"The parameter ResponseCode {shown} is invalid.")
