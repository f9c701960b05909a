"""What is refused about a resource before anything is made: its type, its fields, its properties."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.cloud.errors import NotSupported
from grader.cloud.stacks.errors import TemplateError
from grader.cloud.stacks.plan import Plan
from grader.cloud.stacks.schemas import is_aws_property, is_aws_type
from grader.cloud.stacks.templates.dynamic_references import is_secure
from grader.cloud.stacks.types import is_supported, type_named

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

# What a property stands for, where its own name does not say it.
FEATURES = {
    ("AWS::ApiGatewayV2::Api", "RouteSelectionExpression"): "WebSocket APIs",
    ("AWS::Lambda::Alias", "ProvisionedConcurrencyConfig"): "provisioned concurrency",
    ("AWS::Lambda::Version", "ProvisionedConcurrencyConfig"): "provisioned concurrency",
    ("AWS::Lambda::EventSourceMapping", "Topics"): "Kafka event sources",
    ("AWS::Lambda::EventSourceMapping", "Queues"): "Amazon MQ event sources",
    ("AWS::Lambda::EventSourceMapping", "ProvisionedPollerConfig"): "provisioned pollers",
    ("AWS::ApiGateway::Stage", "CacheClusterEnabled"): "caches of APIs",
    ("AWS::ApiGateway::RestApi", "MinimumCompressionSize"): "compression by APIs",
}

# None of the supported types can be kept as a snapshot: those are volumes, clusters and databases.
POLICIES = {
    "DeletionPolicy": ("Delete", "Retain", "RetainExceptOnCreate"),
    "UpdateReplacePolicy": ("Delete", "Retain"),
}


def check_resource(plan: Plan, logical_id: str, resource: Mapping[str, Any], conditions: Mapping[str, bool]) -> None:
    """Refuse fields that a resource has not, and attributes that are not imitated."""
    where, line = plan.where(logical_id)
    name = resource.get("Condition")
    if name is not None and name not in conditions:
        words = f"Template format error: Unresolved condition dependency {name} in the Resources block of the template"
        raise TemplateError(words, where, logical_id=logical_id, line=line)
    if unknown := sorted(set(resource) - RESOURCE_FIELDS):
        words = f"Invalid template resource property '{unknown[0]}'"
        raise TemplateError(words, where, logical_id=logical_id, line=line)
    if "CreationPolicy" in resource:
        raise NotSupported("the resource attribute CreationPolicy", where)
    for policy in resource.get("UpdatePolicy") or {}:
        if (resource["Type"], policy) != ("AWS::Lambda::Alias", "CodeDeployLambdaAliasUpdate"):
            raise NotSupported(f"the update policy {policy} of {resource['Type']}", where)
    for policy, allowed in POLICIES.items():
        _check_policy(plan, logical_id, resource, policy, allowed)


def _check_policy(
    plan: Plan, logical_id: str, resource: Mapping[str, Any], policy: str, allowed: tuple[str, ...]
) -> None:
    chosen = resource.get(policy, "Delete")
    if chosen in allowed:
        return
    where, line = plan.where(logical_id, policy)
    if chosen == "Snapshot":
        kind = "deletion" if policy == "DeletionPolicy" else "update replace"
        words = f"Template error: resource type {resource['Type']} does not support {kind} policy Snapshot"
    else:
        words = f"Template error: {policy} of {logical_id} must be one of {', '.join(allowed)}, not {chosen}"
    raise TemplateError(words, where, logical_id=logical_id, line=line)


def check_types(plan: Plan, resources: Mapping[str, Any]) -> None:
    """Refuse types that nobody knows, and those that only AWS knows."""
    for logical_id, resource in resources.items():
        if not is_supported(resource["Type"]):
            where, line = plan.where(logical_id)
            if not _looks_like_a_type(resource["Type"]):
                words = f"Template format error: Unrecognized resource types: [{resource['Type']}]"
                raise TemplateError(words, where, logical_id=logical_id, line=line)
            table = "The types that can be deployed here stand in docs/reference/resource-types.md."
            raise NotSupported(resource["Type"], where, table)


def _looks_like_a_type(name: str) -> bool:
    return is_aws_type(name) or (name.startswith("Custom::") and name != "Custom::")


def check_outputs(plan: Plan, outputs: Mapping[str, Any]) -> None:
    """Refuse outputs without a value."""
    for name, output in outputs.items():
        if "Value" not in output:
            words = f"Template format error: Output {name} is malformed. It has no Value."
            place = ("Outputs", name)
            raise TemplateError(words, plan.prepared.where(*place), line=plan.prepared.line_of(*place))


def check_properties(plan: Plan, logical_id: str) -> None:
    """Refuse properties that are not in the table, and the lack of those without which there is no resource."""
    resource = plan.resources[logical_id]
    properties = resource.get("Properties") or {}
    known = type_named(resource["Type"])
    if unknown := [name for name in properties if not known.takes(name)]:
        raise _unknown_property(plan, logical_id, resource["Type"], unknown[0])
    if missing := sorted(known.required - set(properties)):
        where, line = plan.where(logical_id)
        keys = ", ".join(f"#: required key [{name}] not found" for name in missing)
        words = f"Properties validation failed for resource {logical_id} with message: [{keys}]"
        raise TemplateError(words, where, logical_id=logical_id, line=line)
    for name, value in properties.items():
        if is_secure(value):
            where, line = plan.where(logical_id, "Properties", name)
            words = f"SSM Secure reference is not supported in: [{resource['Type']}/Properties/{name}]"
            raise TemplateError(words, where, logical_id=logical_id, line=line)


def _unknown_property(plan: Plan, logical_id: str, kind: str, name: str) -> Exception:
    where, line = plan.where(logical_id, "Properties", name)
    if is_aws_property(kind, name):
        feature = FEATURES.get((kind, name))
        return NotSupported(f"{feature} ({kind}.{name})" if feature else f"{kind}.{name}", where)
    words = (
        f"Properties validation failed for resource {logical_id} with message: "
        f"[#: extraneous key [{name}] is not permitted]"
    )
    return TemplateError(words, where, logical_id=logical_id, line=line)
