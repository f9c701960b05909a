"""What the repository refuses about an application, and what a template needs to be acknowledged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from grader.cloud.applications.application import Refused
from grader.cloud.stacks.capabilities import IAM_NAMES, IAM_TYPES
from grader.cloud.stacks.errors import DeployError
from grader.cloud.stacks.templates.template import Template, load

SEMANTIC = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
    r"(-(0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(\.(0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*)?"
    r"(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?"
)
NAME = re.compile(r"[a-zA-Z0-9-]{1,140}")
LABEL = re.compile(r"[a-zA-Z0-9+\-_:/@]{1,127}")
LONGEST = {"Author": 127, "Description": 256}
FUNCTION_CODE = ("CodeUri", "ContentUri", "DefinitionUri")
# Resources with a policy of their own: who deploys them lets somebody else in.
RESOURCE_POLICIES = frozenset(
    [
        "AWS::Lambda::Permission",
        "AWS::Lambda::LayerVersionPermission",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::Events::EventBusPolicy",
    ]
)


def bad_request(message: str) -> Refused:
    """The API's answer to what it cannot use."""
    return Refused("BadRequestException", 400, message)


def check_about(about: Mapping[str, Any]) -> None:
    """Refuse what may not be said about an application."""
    if not NAME.fullmatch(str(about.get("Name", ""))):
        raise bad_request("Invalid application name. It must have 1 to 140 letters, digits and hyphens.")
    for name, longest in LONGEST.items():
        if not 1 <= len(str(about.get(name, ""))) <= longest:
            raise bad_request(f"{name} must have from 1 to {longest} characters.")
    if about.get("SpdxLicenseId"):
        _check_license(str(about["SpdxLicenseId"]))
    labels = about.get("Labels") or []
    if len(labels) > 10 or not all(LABEL.fullmatch(str(label)) for label in labels):
        raise bad_request("There can be at most 10 labels, of letters, digits and + - _ : / @.")


def _check_license(identifier: str) -> None:
    try:
        known = canonicalize_license_expression(identifier) == identifier and " " not in identifier
    except InvalidLicenseExpression:
        known = False
    if not known:
        raise bad_request(f"Invalid SPDX license id: {identifier}. See https://spdx.org/licenses/.")


def check_version(semantic_version: str) -> None:
    """Refuse a version that is not semantic (semver.org)."""
    if not SEMANTIC.fullmatch(semantic_version):
        raise bad_request(f"Invalid semantic version: {semantic_version}. See https://semver.org.")


def template_of(text: str) -> Template:
    """The packaged template, refused when it is none or when its code still lies on the author's machine."""
    try:
        template = load(text + "\n")
    except DeployError as error:
        raise bad_request(f"The AWS SAM template is invalid: {error.what}") from error
    for logical_id, name, value in code_addresses(template):
        if not value.startswith("s3://"):
            raise bad_request(f"Invalid S3 URI in {logical_id}.{name}: {value}. Package the template first.")
    return template


def code_addresses(template: Template) -> Iterator[tuple[str, str, str]]:
    """Logical id, property and address of all code that the template names."""
    for logical_id, resource in template.resources.items():
        for name in FUNCTION_CODE:
            value = (resource.get("Properties") or {}).get(name)
            if isinstance(value, str):
                yield logical_id, name, value


def capabilities_of(resources: Mapping[str, Any], nested: bool) -> tuple[str, ...]:
    """What must be acknowledged to deploy expanded resources, or nested applications."""
    types = {str(resource["Type"]) for resource in resources.values()}
    named = any(
        IAM_NAMES.get(resource["Type"], "") in (resource.get("Properties") or {}) for resource in resources.values()
    )
    found = ["CAPABILITY_NAMED_IAM" if named else "CAPABILITY_IAM"] if types & IAM_TYPES else []
    found += ["CAPABILITY_RESOURCE_POLICY"] if types & RESOURCE_POLICIES else []
    found += ["CAPABILITY_AUTO_EXPAND"] if nested or "AWS::CloudFormation::Stack" in types else []
    return tuple(found)
