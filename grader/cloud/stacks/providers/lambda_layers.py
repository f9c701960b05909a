"""AWS::Lambda::LayerVersion and its permissions."""

from __future__ import annotations

from grader.cloud.stacks.providers.base import Made, Making, Provider
from grader.cloud.stacks.resource_type import ResourceType, resource_type
from grader.cloud.stacks.stack import Resource


class LayerVersionProvider(Provider):
    """``AWS::Lambda::LayerVersion``; ``Ref`` is the ARN with the version."""

    def create(self, making: Making) -> Made:
        content = dict(making.get("Content") or {})
        packaged = self.tools.artifacts.get((str(content.get("S3Bucket")), str(content.get("S3Key"))))
        answer = self.tools.call(
            "lambda",
            "PublishLayerVersion",
            LayerName=str(making.get("LayerName") or making.logical_id),
            Content={"ZipFile": packaged} if packaged is not None else content,
            **making.some("Description CompatibleRuntimes CompatibleArchitectures LicenseInfo"),
        )
        arn = str(answer["LayerVersionArn"])
        return Made(arn, {"LayerVersionArn": arn}, arn)

    def delete(self, resource: Resource) -> None:
        layer, _, version = resource.physical_id.rpartition(":")
        self.tools.call_unless_missing("lambda", "DeleteLayerVersion", LayerName=layer, VersionNumber=version)


class LayerVersionPermissionProvider(Provider):
    """``AWS::Lambda::LayerVersionPermission``."""

    def create(self, making: Making) -> Made:
        layer, _, version = str(making.get("LayerVersionArn")).rpartition(":")
        statement = making.name(limit=100)
        self.tools.call(
            "lambda",
            "AddLayerVersionPermission",
            LayerName=layer,
            VersionNumber=version,
            StatementId=statement,
            **making.some("Action Principal OrganizationId"),
        )
        return Made(f"{making.get('LayerVersionArn')}#{statement}", {"Id": statement})

    def delete(self, resource: Resource) -> None:
        arn, _, statement = resource.physical_id.partition("#")
        layer, _, version = arn.rpartition(":")
        self.tools.call_unless_missing(
            "lambda", "RemoveLayerVersionPermission", LayerName=layer, VersionNumber=version, StatementId=statement
        )


TYPES: dict[str, ResourceType] = {
    "AWS::Lambda::LayerVersion": resource_type(
        LayerVersionProvider,
        "Content",
        "LayerName Description Content CompatibleRuntimes CompatibleArchitectures LicenseInfo",
        "",
        "LayerVersionArn",
    ),
    "AWS::Lambda::LayerVersionPermission": resource_type(
        LayerVersionPermissionProvider,
        "LayerVersionArn Action Principal",
        "LayerVersionArn Action Principal OrganizationId",
        "",
        "Id",
    ),
}
