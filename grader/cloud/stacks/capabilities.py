"""What must be acknowledged before a template may act: IAM resources and macros."""

from __future__ import annotations

from collections.abc import Collection

from grader.cloud.stacks.errors import DeployError
from grader.cloud.stacks.plan import Plan

APPLICATION = "AWS::Serverless::Application"
IAM_NAMES = {
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::User": "UserName",
    "AWS::IAM::Group": "GroupName",
}
IAM_TYPES = frozenset(
    [
        *IAM_NAMES, "AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::AccessKey", "AWS::IAM::UserToGroupAddition",
    ]
)  # fmt: skip


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
    applications = [name for name, one in plan.prepared.resources.items() if one.get("Type") == APPLICATION]
    if applications and "CAPABILITY_AUTO_EXPAND" not in capabilities:  # their templates hold transforms
        raise _insufficient("CAPABILITY_AUTO_EXPAND", plan.where(applications[0])[0])
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
