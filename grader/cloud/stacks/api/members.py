"""What each operation of the CloudFormation API may be asked; anything else that AWS knows is refused by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from botocore.model import StructureShape
from moto.core.utils import get_service_model

from grader.cloud.errors import NotSupported

TEMPLATE = (
    "TemplateBody TemplateURL Parameters Capabilities Tags NotificationARNs RollbackConfiguration DeploymentConfig"
)
# DisableValidation asks for less than AWS's early checks; ours are always made.
CHOICES = "DisableRollback RetainExceptOnCreate ClientRequestToken DisableValidation"
MEMBERS: Mapping[str, str] = {
    "CancelUpdateStack": "StackName ClientRequestToken",
    "ContinueUpdateRollback": "StackName ResourcesToSkip ClientRequestToken",
    "CreateChangeSet": f"StackName ChangeSetName ChangeSetType UsePreviousTemplate Description IncludeNestedStacks "
    f"OnStackFailure ClientToken DisableValidation {TEMPLATE}",
    "CreateStack": f"StackName OnFailure EnableTerminationProtection TimeoutInMinutes {TEMPLATE} {CHOICES}",
    "DeleteChangeSet": "ChangeSetName StackName",
    "DeleteStack": "StackName RetainResources ClientRequestToken DeploymentConfig",
    "DescribeAccountLimits": "NextToken",
    "DescribeChangeSet": "ChangeSetName StackName NextToken",
    "DescribeChangeSetHooks": "ChangeSetName StackName NextToken LogicalResourceId",
    "DescribeEvents": "StackName ChangeSetName OperationId Filters NextToken",
    "DescribeStackEvents": "StackName NextToken",
    "DescribeStackResource": "StackName LogicalResourceId",
    "DescribeStackResources": "StackName LogicalResourceId PhysicalResourceId",
    "DescribeStacks": "StackName NextToken",
    "ExecuteChangeSet": "ChangeSetName StackName DisableRollback RetainExceptOnCreate ClientRequestToken",
    "GetStackPolicy": "StackName",
    "GetTemplate": "StackName ChangeSetName TemplateStage",
    "GetTemplateSummary": "StackName TemplateBody TemplateURL TemplateSummaryConfig",
    "ListChangeSets": "StackName NextToken",
    "ListExports": "NextToken",
    "ListImports": "ExportName NextToken",
    "ListStackResources": "StackName NextToken",
    "ListStacks": "StackStatusFilter NextToken",
    "RollbackStack": "StackName RetainExceptOnCreate ClientRequestToken DeploymentConfig",
    "UpdateStack": f"StackName UsePreviousTemplate {TEMPLATE} {CHOICES}",
    "UpdateTerminationProtection": "StackName EnableTerminationProtection",
    "ValidateTemplate": "TemplateBody TemplateURL",
}


def check_members(operation: str, given: Iterable[str]) -> None:
    """Refuse members of a request that are not heeded here.

    Raises
    ------
    NotSupported
        By name, for one that AWS would heed.
    """
    known = MEMBERS[operation].split()
    shape: StructureShape = get_service_model("cloudformation").operation_model(operation).input_shape
    for name in given:
        if name not in known and name in shape.members:
            raise NotSupported(f"{operation}'s {name}")
