"""From a template and parameters to a plan: what is to exist, in which order. Nothing is made here, all is checked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from grader.cloud.errors import NotSupported
from grader.cloud.stacks import parameters as params
from grader.cloud.stacks.errors import DeployError, TemplateError
from grader.cloud.stacks.intrinsics import Values, decide_conditions, prune, pseudo_parameters
from grader.cloud.stacks.references import Unresolved, check_references, order
from grader.cloud.stacks.template import Place, Template
from grader.cloud.stacks.transform import expand, source_ids
from grader.cloud.stacks.types import TYPES

RESOURCE_FIELDS = frozenset(
    [
        "Type",
        "Properties",
        "DependsOn",
        "Condition",
        "DeletionPolicy",
        "UpdateReplacePolicy",
        "Metadata",
        "UpdatePolicy",
        "CreationPolicy",
    ]
)
IAM_NAMES = {"AWS::IAM::Role": "RoleName", "AWS::IAM::ManagedPolicy": "ManagedPolicyName"}
IAM_TYPES = frozenset({"AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"})


@dataclass(frozen=True)
class Account:
    """Where the stack is to be made."""

    account_id: str
    region: str


@dataclass(frozen=True)
class Plan:
    """A checked template.

    Attributes
    ----------
    expanded
        After the SAM transform, conditions still in it.
    resources
        What is to exist: conditions decided, references still in it.
    order
        Their logical ids, dependencies first.
    sources
        Expanded logical id → logical id in the learner's template.
    """

    template: Template
    expanded: dict[str, Any]
    given: dict[str, str]
    values: Values
    resources: dict[str, Any]
    outputs: dict[str, Any]
    order: list[str]
    sources: dict[str, str]
    tags: dict[str, str] = field(default_factory=dict)

    def where(self, logical_id: str, *rest: str | int) -> tuple[str, int | None]:
        """Place in words and line, in the learner's template, of an expanded resource or of something in it."""
        place: Place = ("Resources", self.sources.get(logical_id, logical_id), *rest)
        words = self.template.where(*place)
        source = self.sources.get(logical_id, logical_id)
        return (words if source == logical_id else f"{words} (its {logical_id})"), self.template.line_of(*place)


def make_plan(
    template: Template,
    given: Mapping[str, Any],
    account: Account,
    stack_name: str,
    stack_id: str,
    tags: Mapping[str, str] | None = None,
) -> Plan:
    """Check everything that can be checked before anything is made.

    Raises
    ------
    DeployError, NotSupported
        With the sentence, the logical id and the line.
    """
    chosen = params.resolve_parameters(template, given)
    expanded = expand(template, chosen, account.region)
    pseudo = pseudo_parameters(account.account_id, account.region, stack_name, stack_id)
    values = Values(
        {**params.reference_values(template, chosen), **pseudo}, expanded.get("Mappings") or {}, region=account.region
    )
    conditions = decide_conditions(expanded.get("Conditions") or {}, values)
    sources = source_ids(template, expanded)
    plan = Plan(
        template, expanded, chosen, replace(values, conditions=conditions), {}, {}, [], sources, dict(tags or {})
    )
    try:
        return _checked(plan, conditions)
    except Unresolved as error:
        raise _located(plan, error) from error
    except TemplateError as error:
        if error.where is None and error.logical_id is not None:
            error.where, error.line = plan.where(error.logical_id)
        raise


def _located(plan: Plan, error: Unresolved) -> TemplateError:
    section, name, *rest = error.place
    if section == "Resources":
        where, line = plan.where(str(name), *rest)
    else:
        where, line = plan.template.where(*error.place), plan.template.line_of(*error.place)
    return TemplateError(error.what, where, logical_id=error.logical_id, line=line)


def _checked(plan: Plan, conditions: Mapping[str, bool]) -> Plan:
    for logical_id, resource in plan.expanded["Resources"].items():
        _check_condition(plan, logical_id, resource, conditions)
    resources = {
        name: prune(resource, conditions)
        for name, resource in plan.expanded["Resources"].items()
        if conditions.get(resource.get("Condition", ""), True)
    }
    outputs = {
        name: prune(output, conditions)
        for name, output in (plan.expanded.get("Outputs") or {}).items()
        if conditions.get(output.get("Condition", ""), True)
    }
    for name, output in outputs.items():
        if "Value" not in output:
            words = f"Template format error: Output {name} is malformed. It has no Value."
            raise TemplateError(
                words, plan.template.where("Outputs", name), line=plan.template.line_of("Outputs", name)
            )
    check_references(
        resources,
        outputs,
        lambda name: name in plan.values.parameters,
        lambda name: TYPES[resources[name]["Type"]].attributes if resources[name]["Type"] in TYPES else frozenset(),
    ) if _all_supported(plan, resources) else None
    plan = replace(plan, resources=resources, outputs=outputs, order=order(resources))
    for logical_id in resources:
        _check_properties(plan, logical_id)
    return plan


def _check_condition(plan: Plan, logical_id: str, resource: Mapping[str, Any], conditions: Mapping[str, bool]) -> None:
    where, line = plan.where(logical_id)
    name = resource.get("Condition")
    if name is not None and name not in conditions:
        words = f"Template format error: Unresolved condition dependency {name} in the Resources block of the template"
        raise TemplateError(words, where, logical_id=logical_id, line=line)
    if unknown := sorted(set(resource) - RESOURCE_FIELDS):
        words = f"Invalid template resource property '{unknown[0]}'"
        raise TemplateError(words, where, logical_id=logical_id, line=line)
    if "CodeDeployLambdaAliasUpdate" in (resource.get("UpdatePolicy") or {}):
        raise NotSupported("DeploymentPreference (AWS::CodeDeploy)", where)
    for policy in ("UpdatePolicy", "CreationPolicy"):
        if policy in resource:
            raise NotSupported(f"the resource attribute {policy}", where)
    for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
        if resource.get(policy, "Delete") not in ("Delete", "Retain", "RetainExceptOnCreate"):
            raise NotSupported(f"{policy} {resource[policy]}", where)


def _all_supported(plan: Plan, resources: Mapping[str, Any]) -> bool:
    for logical_id, resource in resources.items():
        if resource["Type"] not in TYPES:
            where, line = plan.where(logical_id)
            if not _looks_like_a_type(resource["Type"]):
                words = f"Template format error: Unrecognized resource types: [{resource['Type']}]"
                raise TemplateError(words, where, logical_id=logical_id, line=line)
            table = "The types that can be deployed here stand in grader/cloud/stacks/types.py."
            raise NotSupported(resource["Type"], where, table)
    return True


def _looks_like_a_type(name: str) -> bool:
    return name.startswith(("AWS::", "Custom::", "Alexa::")) and name.count("::") >= 1 and not name.endswith("::")


def _check_properties(plan: Plan, logical_id: str) -> None:
    resource = plan.resources[logical_id]
    properties = resource.get("Properties") or {}
    known = TYPES[resource["Type"]]
    for name in properties:
        if name not in known.properties:
            where, line = plan.where(logical_id, "Properties", name)
            if _is_aws_property(resource["Type"], name):
                raise NotSupported(f"{resource['Type']}.{name}", where)
            words = (
                f"Properties validation failed for resource {logical_id} with message: "
                f"[#: extraneous key [{name}] is not permitted]"
            )
            raise TemplateError(words, where, logical_id=logical_id, line=line)
    if missing := sorted(known.required - set(properties)):
        where, line = plan.where(logical_id)
        keys = ", ".join(f"#: required key [{name}] not found" for name in missing)
        words = f"Properties validation failed for resource {logical_id} with message: [{keys}]"
        raise TemplateError(words, where, logical_id=logical_id, line=line)


# Properties that AWS knows and we do not; everything else that is unknown is taken for a slip of the pen.
AWS_PROPERTIES: dict[str, frozenset[str]] = {
    "AWS::Lambda::Function": frozenset(
        [
            "CapacityProviderConfig",
            "CodeSigningConfigArn",
            "DurableConfig",
            "FileSystemConfigs",
            "FunctionScalingConfig",
            "ImageConfig",
            "KmsKeyArn",
            "PublishToLatestPublished",
            "RecursiveLoop",
            "RuntimeManagementConfig",
            "TenancyConfig",
            "VpcConfig",
        ]
    ),
    "AWS::Lambda::Version": frozenset(["ProvisionedConcurrencyConfig", "RuntimePolicy", "FunctionScalingConfig"]),
    "AWS::Lambda::Alias": frozenset(["ProvisionedConcurrencyConfig"]),
    "AWS::Lambda::EventSourceMapping": frozenset(
        [
            "AmazonManagedKafkaEventSourceConfig",
            "DocumentDBEventSourceConfig",
            "KmsKeyArn",
            "LoggingConfig",
            "MetricsConfig",
            "ProvisionedPollerConfig",
            "Queues",
            "SelfManagedEventSource",
            "SelfManagedKafkaEventSourceConfig",
            "SourceAccessConfigurations",
            "Tags",
            "Topics",
        ]
    ),
    "AWS::S3::Bucket": frozenset(
        [
            "AbacStatus",
            "AccelerateConfiguration",
            "AnalyticsConfigurations",
            "BucketNamePrefix",
            "BucketNamespace",
            "IntelligentTieringConfigurations",
            "InventoryConfigurations",
            "LoggingConfiguration",
            "MetadataConfiguration",
            "MetadataTableConfiguration",
            "MetricsConfigurations",
            "ObjectLockConfiguration",
            "ObjectLockEnabled",
            "ReplicationConfiguration",
        ]
    ),
    "AWS::SNS::Topic": frozenset(
        [
            "ArchivePolicy",
            "DataProtectionPolicy",
            "DeliveryStatusLogging",
            "FifoThroughputScope",
            "SignatureVersion",
            "TracingConfig",
        ]
    ),
    "AWS::SNS::Subscription": frozenset(["Region", "ReplayPolicy", "SubscriptionRoleArn"]),
    "AWS::DynamoDB::Table": frozenset(
        [
            "ContributorInsightsSpecification",
            "ImportSourceSpecification",
            "KinesisStreamSpecification",
            "ResourcePolicy",
            "WarmThroughput",
        ]
    ),
    "AWS::Logs::LogGroup": frozenset(
        [
            "BearerTokenAuthenticationEnabled",
            "DataProtectionPolicy",
            "DeletionProtectionEnabled",
            "FieldIndexPolicies",
            "ResourcePolicyDocument",
        ]
    ),
    "AWS::ApiGateway::RestApi": frozenset(
        [
            "ApiKeySourceType",
            "BodyS3Location",
            "CloneFrom",
            "DisableExecuteApiEndpoint",
            "EndpointAccessMode",
            "MinimumCompressionSize",
            "Mode",
            "Policy",
            "SecurityPolicy",
            "Tags",
        ]
    ),
    "AWS::ApiGateway::Deployment": frozenset(["DeploymentCanarySettings", "StageDescription"]),
    "AWS::ApiGateway::Stage": frozenset(
        [
            "AccessLogSetting",
            "CacheClusterEnabled",
            "CacheClusterSize",
            "CanarySetting",
            "ClientCertificateId",
            "DocumentationVersion",
        ]
    ),
    "AWS::Events::Rule": frozenset(["ScheduleExpression", "Tags"]),
}


def _is_aws_property(kind: str, name: str) -> bool:
    return name in AWS_PROPERTIES.get(kind, frozenset())


def check_capabilities(plan: Plan, capabilities: Collection[str], direct: bool) -> None:
    """Refuse what the caller has not acknowledged.

    Parameters
    ----------
    direct
        Whether the template is deployed without a change set: then a transform must be acknowledged too.

    Raises
    ------
    DeployError
        With the code ``InsufficientCapabilitiesException``.
    """
    if direct and plan.template.body.get("Transform") and "CAPABILITY_AUTO_EXPAND" not in capabilities:
        raise _insufficient("CAPABILITY_AUTO_EXPAND", plan.template.where("Transform"))
    makers = [name for name, resource in plan.resources.items() if resource["Type"] in IAM_TYPES]
    named = [
        name
        for name in makers
        if IAM_NAMES.get(plan.resources[name]["Type"], "") in (plan.resources[name].get("Properties") or {})
    ]
    if named and "CAPABILITY_NAMED_IAM" not in capabilities:
        raise _insufficient("CAPABILITY_NAMED_IAM", plan.where(named[0])[0])
    if makers and not {"CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"} & set(capabilities):
        raise _insufficient("CAPABILITY_IAM", plan.where(makers[0])[0])


def _insufficient(capability: str, where: str) -> DeployError:
    return DeployError(
        f"Requires capabilities : [{capability}]",
        where,
        f"Deploy with {capability}, once you have seen what it allows.",
        code="InsufficientCapabilitiesException",
    )
