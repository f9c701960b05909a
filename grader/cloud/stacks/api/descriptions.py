"""Stacks, resources, events and change sets as the CloudFormation API shows them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from grader.cloud.stacks.capabilities import IAM_NAMES, IAM_TYPES
from grader.cloud.stacks.preview import UNKNOWN, Change
from grader.cloud.stacks.stack import Resource, Stack, StackEvent
from grader.cloud.stacks.templates.parameters import is_secret
from grader.cloud.stacks.templates.template import Template

if TYPE_CHECKING:
    from grader.cloud.stacks.change_sets import ChangeSet

Shape = dict[str, Any]


def moment(timestamp: float) -> datetime:
    """Seconds since 1970 as the API shows time."""
    return datetime.fromtimestamp(timestamp, UTC)


def _given(**members: Any) -> Shape:
    return {name: value for name, value in members.items() if value is not None}


def stack(stack: Stack) -> Shape:
    """An item of DescribeStacks."""
    exports = {value: name for name, value in stack.exports.items()}
    declared = stack.expanded.get("Outputs") or {}
    return _given(
        StackId=stack.id,
        StackName=stack.name,
        StackStatus=stack.status,
        StackStatusReason=stack.reason,
        Description=stack.expanded.get("Description"),
        CreationTime=moment(stack.created),
        LastUpdatedTime=moment(stack.updated) if stack.updated else None,
        DeletionTime=moment(stack.deleted) if stack.deleted else None,
        DisableRollback=stack.disable_rollback,
        EnableTerminationProtection=stack.protected,
        NotificationARNs=list(stack.notifications),
        RollbackConfiguration=_triggers(stack.triggers, stack.monitoring_minutes),
        TimeoutInMinutes=stack.timeout_minutes,
        RetainExceptOnCreate=stack.retain_except_on_create,
        DeploymentConfig={"Mode": "EXPRESS"} if stack.express else None,
        ParentId=stack.parent_id,
        RootId=stack.root_id,
        LastOperations=[{"OperationType": last.type, "OperationId": last.id} for last in stack.operations[-1:]] or None,
        Capabilities=list(stack.capabilities),
        DriftInformation={"StackDriftStatus": "NOT_CHECKED"},
        Tags=[{"Key": key, "Value": value} for key, value in stack.tags.items()],
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in stack.parameters.items()] or None,
        Outputs=[
            _given(
                OutputKey=key,
                OutputValue=value,
                Description=(declared.get(key) or {}).get("Description"),
                ExportName=exports.get(value) if "Export" in (declared.get(key) or {}) else None,
            )
            for key, value in stack.outputs.items()
        ]
        or None,  # a stack without outputs has no such member, which surprises many a program
    )


def stack_summary(stack: Stack) -> Shape:
    """An item of ListStacks."""
    return _given(
        StackId=stack.id,
        StackName=stack.name,
        StackStatus=stack.status,
        StackStatusReason=stack.reason,
        CreationTime=moment(stack.created),
        LastUpdatedTime=moment(stack.updated) if stack.updated else None,
        DeletionTime=moment(stack.deleted) if stack.deleted else None,
        ParentId=stack.parent_id,
        RootId=stack.root_id,
        TemplateDescription=stack.expanded.get("Description"),
        DriftInformation={"StackDriftStatus": "NOT_CHECKED"},
    )


def resource_event(stack: Stack, event: StackEvent) -> Shape:
    """An item of DescribeStackEvents."""
    return _given(
        StackId=stack.id,
        StackName=stack.name,
        EventId=event.id,
        LogicalResourceId=event.logical_id,
        PhysicalResourceId=event.physical_id,
        ResourceType=event.type,
        ResourceStatus=event.status,
        ResourceStatusReason=event.reason,
        Timestamp=moment(event.timestamp),
        ClientRequestToken=event.token,
        OperationId=event.operation or None,
    )


def operation_event(stack: Stack, event: StackEvent) -> Shape:
    """An item of DescribeEvents."""
    kinds = {operation.id: operation.type for operation in stack.operations}
    failed = event.status.endswith("_FAILED")
    shape = {key: value for key, value in resource_event(stack, event).items() if key != "StackName"}
    return _given(
        **shape,
        EventType="PROVISIONING_ERROR" if failed and event.physical_id != stack.id else "STACK_EVENT",
        OperationType=kinds.get(event.operation),
    )


def _triggers(triggers: tuple[str, ...], minutes: int) -> Shape:
    listed = [{"Arn": arn, "Type": "AWS::CloudWatch::Alarm"} for arn in triggers]
    return {"RollbackTriggers": listed, "MonitoringTimeInMinutes": minutes} if listed else {}


def resource_summary(resource: Resource) -> Shape:
    """An item of ListStackResources."""
    return _given(
        LogicalResourceId=resource.logical_id,
        PhysicalResourceId=resource.physical_id,
        ResourceType=resource.type,
        ResourceStatus=resource.status,
        ResourceStatusReason=resource.reason,
        LastUpdatedTimestamp=moment(resource.updated),
        DriftInformation={"StackResourceDriftStatus": "NOT_CHECKED"},
    )


def resource_detail(stack: Stack, resource: Resource) -> Shape:
    """The answer of DescribeStackResource."""
    return {**resource_summary(resource), "StackId": stack.id, "StackName": stack.name}


def resource(stack: Stack, resource: Resource) -> Shape:
    """An item of DescribeStackResources."""
    detail = resource_detail(stack, resource)
    return {**detail, "Timestamp": detail.pop("LastUpdatedTimestamp")}


def change_set(made: ChangeSet) -> Shape:
    """The answer of DescribeChangeSet; NoEcho parameters are four stars here too."""
    options = made.options
    return _given(
        ChangeSetName=made.name,
        ChangeSetId=made.id,
        StackId=made.stack.id,
        StackName=made.stack.name,
        Description=made.description,
        CreationTime=moment(made.created),
        ExecutionStatus=made.execution,
        Status=made.status,
        StatusReason=made.reason,
        NotificationARNs=list(made.stack.notifications if options.notifications is None else options.notifications),
        RollbackConfiguration=_triggers(options.triggers or (), options.monitoring_minutes),
        DeploymentConfig={"Mode": "EXPRESS"} if options.express else None,
        OnStackFailure=options.on_failure,
        Capabilities=list(made.capabilities),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in made.shown.items()],
        Tags=[{"Key": key, "Value": value} for key, value in (made.tags or {}).items()],
        Changes=[_change(made, change) for change in made.changes],
        IncludeNestedStacks=made.nested is not None,
        ParentChangeSetId=made.parent,
        RootChangeSetId=made.root,
    )


def _change(made: ChangeSet, change: Change) -> Shape:
    altered = change.action in ("Modify", "Replace")
    nested = (made.nested or {}).get(change.logical_id)
    described = _given(
        Action="Modify" if change.action == "Replace" else change.action,
        LogicalResourceId=change.logical_id,
        PhysicalResourceId=change.physical_id or None,
        ResourceType=change.type,
        Replacement={"Replace": "True", "Modify": "False"}.get(change.action),
        Scope=["Properties"] if altered else [],
        Details=[_detail(name, recreated, change) for name, recreated in change.names],
        ChangeSetId=nested.id if nested else None,
    )
    return {"Type": "Resource", "ResourceChange": described}


def _detail(name: str, recreated: bool, change: Change) -> Shape:
    dynamic = UNKNOWN in str((change.properties or {}).get(name))
    target = {"Attribute": "Properties", "Name": name, "RequiresRecreation": "Always" if recreated else "Never"}
    source = "ResourceReference" if dynamic else "DirectModification"
    return {"Target": target, "Evaluation": "Dynamic" if dynamic else "Static", "ChangeSource": source}


def change_set_summary(made: ChangeSet) -> Shape:
    """An item of ListChangeSets."""
    return _given(
        ChangeSetName=made.name,
        ChangeSetId=made.id,
        StackId=made.stack.id,
        StackName=made.stack.name,
        Description=made.description,
        CreationTime=moment(made.created),
        ExecutionStatus=made.execution,
        Status=made.status,
        StatusReason=made.reason,
        IncludeNestedStacks=made.nested is not None,
        ParentChangeSetId=made.parent,
        RootChangeSetId=made.root,
    )


def summary(template: Template) -> Shape:
    """The answer of GetTemplateSummary."""
    types = [str(resource.get("Type")) for resource in template.resources.values()]
    transforms = template.body.get("Transform") or []
    transforms = transforms if isinstance(transforms, list) else [transforms]
    makers = [kind for kind in types if kind in IAM_TYPES]
    named = any(
        IAM_NAMES.get(str(resource.get("Type")), "") in (resource.get("Properties") or {})
        for resource in template.resources.values()
    )
    capability = ["CAPABILITY_NAMED_IAM" if named else "CAPABILITY_IAM"] if makers else []
    capabilities = capability + (["CAPABILITY_AUTO_EXPAND"] if transforms else [])
    return _given(
        Parameters=[_parameter(name, value) for name, value in (template.body.get("Parameters") or {}).items()],
        Description=template.body.get("Description"),
        Version=template.body.get("AWSTemplateFormatVersion"),
        Capabilities=capabilities or None,
        DeclaredTransforms=transforms,
        ResourceTypes=types,
        CapabilitiesReason=f"The following resource(s) require capabilities: [{', '.join(makers)}]" if makers else None,
    )


def _parameter(name: str, declared: Shape) -> Shape:
    default = declared.get("Default")
    allowed = declared.get("AllowedValues")
    return _given(
        ParameterKey=name,
        DefaultValue=None if default is None else str(default),
        ParameterType=declared.get("Type", "String"),
        NoEcho=is_secret(declared),
        Description=declared.get("Description"),
        ParameterConstraints={"AllowedValues": [str(value) for value in allowed]} if allowed else {},
    )
