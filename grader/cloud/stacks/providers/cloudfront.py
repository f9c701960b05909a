"""AWS::CloudFront::*"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError
from botocore.model import ListShape, Shape, StructureShape

from grader.cloud.errors import NotSupported
from grader.cloud.stacks.errors import ResourceFailure
from grader.cloud.stacks.providers.base import Made, Making, Provider, changed_tags
from grader.cloud.stacks.resource_type import ResourceType, resource_type
from grader.cloud.stacks.stack import Resource

# Where CloudFormation's names are not the API's.
NAMES = {
    "OriginCustomHeaders": "CustomHeaders",
    "OriginSSLProtocols": "OriginSslProtocols",
    "IPV6Enabled": "IsIPV6Enabled",
    "AcmCertificateArn": "ACMCertificateArn",
    "IamCertificateId": "IAMCertificateId",
    "SslSupportMethod": "SSLSupportMethod",
    "Locations": "Items",
}
PORTS = {"HTTPPort": 80, "HTTPSPort": 443}


class DistributionProvider(Provider):
    """``AWS::CloudFront::Distribution``; ``Ref`` is the id."""

    def create(self, making: Making) -> Made:
        config = self._config(making, f"{making.stack_name}-{making.logical_id}-{making.suffix()}")
        tags = {"Items": making.get("Tags") or []}
        answer = self.tools.call(
            "cloudfront",
            "CreateDistributionWithTags",
            DistributionConfigWithTags={"DistributionConfig": config, "Tags": tags},
        )
        made = answer["Distribution"]
        return Made(made["Id"], {"Id": made["Id"], "DomainName": made["DomainName"]}, made["ARN"])

    def update(self, making: Making, current: Resource) -> Made:
        name = current.physical_id
        there = self.tools.call("cloudfront", "GetDistributionConfig", Id=name)
        config = self._config(making, there["DistributionConfig"]["CallerReference"])
        self.tools.call("cloudfront", "UpdateDistribution", Id=name, IfMatch=there["ETag"], DistributionConfig=config)
        added, removed = changed_tags(current.properties.get("Tags"), making.get("Tags"))
        if added:
            tags = [{"Key": key, "Value": value} for key, value in added.items()]
            self.tools.call("cloudfront", "TagResource", Resource=current.arn, Tags={"Items": tags})
        if removed:
            self.tools.call("cloudfront", "UntagResource", Resource=current.arn, TagKeys={"Items": removed})
        return Made(name, current.attributes, current.arn)

    def delete(self, resource: Resource) -> None:
        """Switch it off, and delete it."""
        try:
            there = self.tools.call("cloudfront", "GetDistributionConfig", Id=resource.physical_id)
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchDistribution":
                return
            raise
        off = {**there["DistributionConfig"], "Enabled": False}
        changed = self.tools.call(
            "cloudfront", "UpdateDistribution", Id=resource.physical_id, IfMatch=there["ETag"], DistributionConfig=off
        )
        self.tools.call("cloudfront", "DeleteDistribution", Id=resource.physical_id, IfMatch=changed["ETag"])

    def _config(self, making: Making, reference: str) -> dict[str, Any]:
        """The configuration as the API wants it: lists with their number, its own names."""
        given = making.get("DistributionConfig")
        if not isinstance(given, Mapping):
            raise ResourceFailure("Properties validation failed: DistributionConfig must be an object.")
        model = self.tools.client("cloudfront").meta.service_model
        config: dict[str, Any] = _written(given, model.shape_for("DistributionConfig"))
        return {"Comment": "", **config, "CallerReference": reference}


def _written(given: Any, shape: Shape | None) -> Any:
    if isinstance(given, list) and isinstance(shape, StructureShape) and "Items" in shape.members:
        enabled = {"Enabled": True} if "Enabled" in shape.members else {}
        return {**enabled, "Quantity": len(given), "Items": _written(given, shape.members["Items"])}
    if isinstance(given, list) and isinstance(shape, ListShape):
        return [_written(each, shape.member) for each in given]
    if not isinstance(given, Mapping) or not isinstance(shape, StructureShape):
        return given
    named: dict[str, Any] = {NAMES.get(str(name), str(name)): value for name, value in given.items()}
    written = {name: _written(value, shape.members.get(name)) for name, value in named.items() if value != ""}
    return _completed(written, shape)


def _completed(written: dict[str, Any], shape: StructureShape) -> dict[str, Any]:
    """What CloudFormation fills in."""
    if "HTTPPort" in shape.members:
        return {**PORTS, **written}
    if shape.name == "S3OriginConfig":
        return {"OriginAccessIdentity": "", **written}
    if "AllowedMethods" in shape.members:
        cached = written.pop("CachedMethods", None)
        if cached is not None:
            cached = {"Quantity": len(cached), "Items": cached}
            written.setdefault("AllowedMethods", {"Quantity": 2, "Items": ["GET", "HEAD"]})["CachedMethods"] = cached
    if shape.name == "GeoRestriction":
        return {"Quantity": len(written.get("Items", ())), **written}
    if shape.name == "ForwardedValues":
        return {"Cookies": {"Forward": "none"}, **written}
    return written


class OriginAccessControlProvider(Provider):
    """``AWS::CloudFront::OriginAccessControl``; ``Ref`` is the id."""

    def create(self, making: Making) -> Made:
        config = making.get("OriginAccessControlConfig")
        if isinstance(config, Mapping) and config.get("OriginAccessControlOriginType") not in ("s3", None):
            kind = config["OriginAccessControlOriginType"]
            raise NotSupported(f"CloudFront's OriginAccessControlOriginType {kind}", making.logical_id)
        answer = self.tools.call("cloudfront", "CreateOriginAccessControl", OriginAccessControlConfig=config)
        name = answer["OriginAccessControl"]["Id"]
        return Made(name, {"Id": name})

    def update(self, making: Making, current: Resource) -> Made:
        etag = self.tools.call("cloudfront", "GetOriginAccessControl", Id=current.physical_id)["ETag"]
        config = making.get("OriginAccessControlConfig")
        self.tools.call(
            "cloudfront", "UpdateOriginAccessControl",
            Id=current.physical_id, IfMatch=etag, OriginAccessControlConfig=config,
        )  # fmt: skip
        return Made(current.physical_id, current.attributes)

    def delete(self, resource: Resource) -> None:
        try:
            etag = self.tools.call("cloudfront", "GetOriginAccessControl", Id=resource.physical_id)["ETag"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchOriginAccessControl":
                return
            raise
        self.tools.call("cloudfront", "DeleteOriginAccessControl", Id=resource.physical_id, IfMatch=etag)


TYPES: dict[str, ResourceType] = {
    "AWS::CloudFront::Distribution": resource_type(
        DistributionProvider, "DistributionConfig", "", "DistributionConfig Tags", "Id DomainName"
    ),
    "AWS::CloudFront::OriginAccessControl": resource_type(
        OriginAccessControlProvider, "OriginAccessControlConfig", "", "OriginAccessControlConfig", "Id"
    ),
}
