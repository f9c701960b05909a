"""AWS::Lambda::*"""

from __future__ import annotations

import io
import zipfile
from typing import Any

from grader.cloud.stacks.errors import ResourceFailure
from grader.cloud.stacks.providers.base import Made, Making, Provider, changed_tags, tag_map
from grader.cloud.stacks.providers.cfnresponse import CFNRESPONSE
from grader.cloud.stacks.providers.codedeploy import shift_traffic
from grader.cloud.stacks.resource_type import ResourceType, resource_type
from grader.cloud.stacks.stack import Resource

CONFIGURATION = (
    "Description DeadLetterConfig Environment EphemeralStorage Handler Layers LoggingConfig MemorySize Role Runtime "
    "SnapStart Timeout TracingConfig"
)
# What a removed property goes back to.
DEFAULTS: dict[str, Any] = {
    "Description": "",
    "DeadLetterConfig": {"TargetArn": ""},
    "Environment": {"Variables": {}},
    "Layers": [],
    "MemorySize": 128,
    "Timeout": 3,
    "TracingConfig": {"Mode": "PassThrough"},
    "EphemeralStorage": {"Size": 512},
    "SnapStart": {"ApplyOn": "None"},
    "LoggingConfig": {"LogFormat": "Text"},
}


class FunctionProvider(Provider):
    """``AWS::Lambda::Function``; ``Ref`` is the name."""

    def create(self, making: Making) -> Made:
        name = making.name("FunctionName", 64)
        answer = self.tools.call(
            "lambda",
            "CreateFunction",
            FunctionName=name,
            Code=self._code(making),
            Tags=tag_map(making.get("Tags")) or None,
            **making.some(f"{CONFIGURATION} Architectures PackageType"),
        )
        if "ReservedConcurrentExecutions" in making.properties:
            self._reserve(name, making.get("ReservedConcurrentExecutions"))
        return self._made(name, answer["FunctionArn"])

    def _made(self, name: str, arn: str) -> Made:
        return Made(name, {"Arn": arn}, arn)

    def _reserve(self, name: str, executions: Any) -> None:
        if executions is None:
            self.tools.call("lambda", "DeleteFunctionConcurrency", FunctionName=name)
        else:
            self.tools.call(
                "lambda", "PutFunctionConcurrency", FunctionName=name, ReservedConcurrentExecutions=executions
            )

    def _code(self, making: Making) -> dict[str, Any]:
        code = dict(making.get("Code") or {})
        if "ZipFile" in code:
            return {"ZipFile": _inline(str(code["ZipFile"]))}
        packaged = self.tools.artifacts.get((str(code.get("S3Bucket")), str(code.get("S3Key"))))
        return {"ZipFile": packaged} if packaged is not None else code

    def update(self, making: Making, current: Resource) -> Made:
        name, before = current.physical_id, current.properties
        if making.get("Code") != before.get("Code") or making.get("Architectures") != before.get("Architectures"):
            self.tools.call(
                "lambda", "UpdateFunctionCode", FunctionName=name, **self._code(making), **making.some("Architectures")
            )
        changes = {
            key: making.get(key, DEFAULTS.get(key))
            for key in CONFIGURATION.split()
            if making.get(key) != before.get(key)
        }
        if changes:
            self.tools.call("lambda", "UpdateFunctionConfiguration", FunctionName=name, **changes)
        if making.get("ReservedConcurrentExecutions") != before.get("ReservedConcurrentExecutions"):
            self._reserve(name, making.get("ReservedConcurrentExecutions"))
        added, removed = changed_tags(before.get("Tags"), making.get("Tags"))
        arn = current.attributes["Arn"]
        if added:
            self.tools.call("lambda", "TagResource", Resource=arn, Tags=added)
        if removed:
            self.tools.call("lambda", "UntagResource", Resource=arn, TagKeys=removed)
        return self._made(name, arn)

    def delete(self, resource: Resource) -> None:
        self.tools.call_unless_missing("lambda", "DeleteFunction", FunctionName=resource.physical_id)


def _inline(source: str) -> bytes:
    """The ZIP that CloudFormation makes of inline code: ``index.py``, and ``cfnresponse.py`` when that is imported."""
    if len(source.encode()) > 4_194_304:
        raise ResourceFailure("Properties validation failed with message: #/Code/ZipFile: expected maxLength: 4194304")
    files = {"index.py": source}
    if "cfnresponse" in source:
        files["cfnresponse.py"] = CFNRESPONSE
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, text)
    return buffer.getvalue()


class VersionProvider(Provider):
    """``AWS::Lambda::Version``; ``Ref`` is the ARN with the version. Unchanged code cannot be published again."""

    def create(self, making: Making) -> Made:
        function = str(making.get("FunctionName"))
        known = self._known(function)
        answer = self.tools.call(
            "lambda", "PublishVersion", FunctionName=function, **making.some("Description CodeSha256")
        )
        arn = str(answer["FunctionArn"])
        version = str(answer["Version"])
        if version in known:
            raise ResourceFailure(
                f"A version for this Lambda function exists ( {version} ). Modify the function to create a new version."
            )
        arn = arn if arn.endswith(f":{version}") else f"{arn}:{version}"
        return Made(arn, {"Version": version, "FunctionArn": arn}, arn)

    def _known(self, function: str) -> set[str]:
        pages = self.tools.client("lambda").get_paginator("list_versions_by_function").paginate(FunctionName=function)
        return {str(one["Version"]) for page in pages for one in page["Versions"]}

    def delete(self, resource: Resource) -> None:
        function, _, version = resource.physical_id.rpartition(":")
        self.tools.call_unless_missing("lambda", "DeleteFunction", FunctionName=function, Qualifier=version)


class AliasProvider(Provider):
    """``AWS::Lambda::Alias``; ``Ref`` is the ARN with the alias."""

    def create(self, making: Making) -> Made:
        answer = self.tools.call("lambda", "CreateAlias", **self._arguments(making))
        return self._made(answer)

    def _arguments(self, making: Making) -> dict[str, Any]:
        arguments = making.some("FunctionName Name FunctionVersion Description")
        routing = making.get("RoutingConfig")
        if routing:
            weights = {item["FunctionVersion"]: item["FunctionWeight"] for item in routing["AdditionalVersionWeights"]}
            arguments["RoutingConfig"] = {"AdditionalVersionWeights": weights}
        return arguments

    def _made(self, answer: dict[str, Any]) -> Made:
        arn = str(answer["AliasArn"])
        return Made(arn, {"AliasArn": arn}, arn)

    def update(self, making: Making, current: Resource) -> Made:
        policy, before = making.update_policy.get("CodeDeployLambdaAliasUpdate"), current.properties["FunctionVersion"]
        if policy and str(making.get("FunctionVersion")) != str(before):
            shift_traffic(self.tools, policy, making.properties, str(before))
        return self._point(making, current)

    def revert(self, making: Making, current: Resource) -> Made:
        """Back at once: what CodeDeploy stopped it has taken back itself, and nobody waits for an old version."""
        return self._point(making, current)

    def _point(self, making: Making, current: Resource) -> Made:
        arguments = self._arguments(making)
        if "RoutingConfig" in current.properties and "RoutingConfig" not in arguments:
            arguments["RoutingConfig"] = {"AdditionalVersionWeights": {}}
        return self._made(self.tools.call("lambda", "UpdateAlias", **arguments))

    def delete(self, resource: Resource) -> None:
        function, _, name = resource.physical_id.rpartition(":")
        self.tools.call_unless_missing("lambda", "DeleteAlias", FunctionName=function, Name=name)


class PermissionProvider(Provider):
    """``AWS::Lambda::Permission``: one statement in the function's resource policy."""

    def create(self, making: Making) -> Made:
        statement = making.name(limit=100)
        self.tools.call(
            "lambda",
            "AddPermission",
            StatementId=statement,
            **_unqualified(str(making.get("FunctionName"))),
            **making.some(
                "Action Principal SourceArn SourceAccount EventSourceToken FunctionUrlAuthType PrincipalOrgID "
                "InvokedViaFunctionUrl"
            ),
        )
        return Made(statement, {"Id": statement})

    def delete(self, resource: Resource) -> None:
        self.tools.call_unless_missing(
            "lambda",
            "RemovePermission",
            StatementId=resource.physical_id,
            **_unqualified(str(resource.properties["FunctionName"])),
        )


def _unqualified(function: str) -> dict[str, str]:
    """Function and, when the name or ARN carries one, qualifier."""
    parts = function.split(":")
    if len(parts) == 8 and function.startswith("arn:"):
        return {"FunctionName": ":".join(parts[:7]), "Qualifier": parts[7]}
    if len(parts) == 2:
        return {"FunctionName": parts[0], "Qualifier": parts[1]}
    return {"FunctionName": function}


class EventInvokeConfigProvider(Provider):
    """``AWS::Lambda::EventInvokeConfig``: retries, maximum age and destinations of asynchronous events."""

    def create(self, making: Making) -> Made:
        self.tools.call(
            "lambda",
            "PutFunctionEventInvokeConfig",
            **making.some("FunctionName Qualifier MaximumRetryAttempts MaximumEventAgeInSeconds DestinationConfig"),
        )
        return Made(f"{making.get('FunctionName')}|{making.get('Qualifier')}")

    def update(self, making: Making, current: Resource) -> Made:
        return self.create(making)

    def delete(self, resource: Resource) -> None:
        function, qualifier = resource.properties["FunctionName"], resource.properties["Qualifier"]
        self.tools.call_unless_missing(
            "lambda", "DeleteFunctionEventInvokeConfig", FunctionName=function, Qualifier=qualifier
        )


class EventSourceMappingProvider(Provider):
    """``AWS::Lambda::EventSourceMapping``; ``Ref`` is the mapping's id."""

    CHANGEABLE = (
        "FunctionName BatchSize Enabled FilterCriteria MaximumBatchingWindowInSeconds DestinationConfig "
        "MaximumRecordAgeInSeconds BisectBatchOnFunctionError MaximumRetryAttempts TumblingWindowInSeconds "
        "FunctionResponseTypes ParallelizationFactor ScalingConfig"
    )

    def create(self, making: Making) -> Made:
        answer = self.tools.call(
            "lambda",
            "CreateEventSourceMapping",
            **making.some(f"{self.CHANGEABLE} EventSourceArn StartingPosition StartingPositionTimestamp"),
        )
        return self._made(answer)

    def _made(self, answer: dict[str, Any]) -> Made:
        identifier = str(answer["UUID"])
        arn = self.tools.arn("lambda", f"event-source-mapping:{identifier}")
        return Made(identifier, {"Id": identifier, "EventSourceMappingArn": arn}, arn)

    def update(self, making: Making, current: Resource) -> Made:
        return self._made(
            self.tools.call(
                "lambda", "UpdateEventSourceMapping", UUID=current.physical_id, **making.some(self.CHANGEABLE)
            )
        )

    def delete(self, resource: Resource) -> None:
        self.tools.call_unless_missing("lambda", "DeleteEventSourceMapping", UUID=resource.physical_id)


TYPES: dict[str, ResourceType] = {
    "AWS::Lambda::Function": resource_type(
        FunctionProvider,
        "Code Role",
        "FunctionName PackageType",
        f"{CONFIGURATION} Architectures Code ReservedConcurrentExecutions Tags",
        "Arn",
        "FunctionName",
    ),
    "AWS::Lambda::Version": resource_type(
        VersionProvider, "FunctionName", "FunctionName Description CodeSha256", "", "Version FunctionArn"
    ),
    "AWS::Lambda::Alias": resource_type(
        AliasProvider,
        "FunctionName FunctionVersion Name",
        "FunctionName Name",
        "FunctionVersion Description RoutingConfig",
        "AliasArn",
    ),
    "AWS::Lambda::Permission": resource_type(
        PermissionProvider,
        "FunctionName Action Principal",
        "FunctionName Action Principal SourceArn SourceAccount EventSourceToken FunctionUrlAuthType PrincipalOrgID "
        "InvokedViaFunctionUrl",
        "",
        "Id",
    ),
    "AWS::Lambda::EventInvokeConfig": resource_type(
        EventInvokeConfigProvider,
        "FunctionName Qualifier",
        "FunctionName Qualifier",
        "MaximumRetryAttempts MaximumEventAgeInSeconds DestinationConfig",
    ),
    "AWS::Lambda::EventSourceMapping": resource_type(
        EventSourceMappingProvider,
        "FunctionName",
        "EventSourceArn StartingPosition StartingPositionTimestamp",
        EventSourceMappingProvider.CHANGEABLE,
        "Id EventSourceMappingArn",
    ),
}
