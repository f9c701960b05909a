"""The alias of a deployment: moved as the group's service role, and only as far as that role may."""

from __future__ import annotations

from grader.cloud.deployments.appspec import AppSpec
from grader.cloud.deployments.groups import DeploymentGroup
from grader.cloud.deployments.role import ServiceRole
from grader.cloud.functions import FunctionService
from grader.cloud.functions.registry import split_name


class AliasTraffic:
    """Reads and moves aliases.

    Parameters
    ----------
    functions
        Whose aliases they are.
    role
        Asks IAM.
    """

    def __init__(self, functions: FunctionService, role: ServiceRole) -> None:
        self._functions, self._role = functions, role

    def version(self, group: DeploymentGroup, spec: AppSpec) -> str:
        """The version that the alias points to now.

        Raises
        ------
        Refused, LambdaError
            When the role may not look, or the alias is not there.
        """
        self._role.demand(group.role, "lambda:GetAlias", self._arn(spec))
        return str(self._functions.aliases.get(split_name(spec.function)[0], spec.alias)["FunctionVersion"])

    def shift(self, group: DeploymentGroup, spec: AppSpec, percent: int) -> None:
        """Give the target version a share of the traffic; all of it makes it the alias's own version."""
        self._role.demand(group.role, "lambda:UpdateAlias", self._arn(spec))
        whole = percent == 100
        members = {
            "FunctionVersion": spec.target if whole else spec.current,
            "RoutingConfig": {"AdditionalVersionWeights": {} if whole else {spec.target: percent / 100}},
        }
        self._functions.aliases.update(split_name(spec.function)[0], spec.alias, members)

    def _arn(self, spec: AppSpec) -> str:
        return self._functions.registry.arn(split_name(spec.function)[0])
