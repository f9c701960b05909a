"""CodeDeploy's service role: what a deployment does, it does as this role, and no more than the role may."""

from __future__ import annotations

from grader.cloud.functions.collaborators import MotoAccount
from grader.cloud.iam.authorization import Authorization
from grader.cloud.iam.identity import Identity
from grader.cloud.iam.principals import Principal

SERVICE = "codedeploy.amazonaws.com"
SERVICE_NAMES = {"lambda": "AWSLambda", "cloudwatch": "AmazonCloudWatch", "sns": "AmazonSNS"}


class Refused(Exception):
    """The role lets CodeDeploy not do something, or CodeDeploy may not use the role.

    Parameters
    ----------
    code
        ``IAM_ROLE_MISSING`` or ``IAM_ROLE_PERMISSIONS``.
    message
        CodeDeploy's sentence.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class ServiceRole:
    """Asks IAM in the name of a deployment group's role."""

    def __init__(self, moto: MotoAccount, identity: Identity, authorization: Authorization) -> None:
        self._moto, self._identity, self._authorization = moto, identity, authorization

    def demand(self, role_arn: str, action: str, resource_arn: str) -> None:
        """Go on only if the role may do ``action`` (``lambda:UpdateAlias``) to a resource.

        Raises
        ------
        Refused
            When it may not, or there is no such role, or it does not trust CodeDeploy.
        """
        self._demand_trust(role_arn)
        credentials = self._identity.role_credentials(role_arn, "codedeploy")
        principal = self._identity.principal_of(credentials.access_key_id, credentials.session_token)
        decision = self._authorization.decide(principal, action, resource_arn)
        if not decision.allowed:
            service = SERVICE_NAMES.get(action.split(":")[0], action.split(":")[0])
            raise Refused(
                "IAM_ROLE_PERMISSIONS",
                f"The IAM role {role_arn} does not give you permission to perform operations in the following AWS "
                f"service: {service}. Contact your AWS administrator if you need help. If you are an AWS "
                "administrator, you can grant permissions to your users or groups by creating IAM policies. "
                f"({action} on {resource_arn})",
            )

    def _demand_trust(self, role_arn: str) -> None:
        with self._moto.lock:
            roles = [role for role in self._moto.backend("iam").roles.values() if role.arn == role_arn]
        if not roles:
            raise Refused("IAM_ROLE_MISSING", f"The service role {role_arn} does not exist.")
        trusted = self._authorization.may_assume(Principal("service", arn=SERVICE, name=SERVICE), roles[0])
        if not trusted.allowed:
            raise Refused(
                "IAM_ROLE_PERMISSIONS",
                f"AWS CodeDeploy does not have the permissions required to assume the role {role_arn}.",
            )
