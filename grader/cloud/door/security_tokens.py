"""STS: who am I, and temporary credentials of a role."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from grader.cloud.door.faults import Refusal
from grader.cloud.door.moto_service import Moto
from grader.cloud.door.operation import Operation
from grader.cloud.door.response import Response
from grader.cloud.errors import NotSupported
from grader.cloud.iam.authorization import Authorization
from grader.cloud.iam.identity import Identity
from grader.cloud.iam.principals import Principal, assumed_role_arn
from grader.cloud.ids import Ids

NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"


class SecurityTokens:
    """Answers ``GetCallerIdentity`` and ``AssumeRole``; the rest is not imitated."""

    def __init__(self, identity: Identity, authorization: Authorization, moto: Moto, ids: Ids) -> None:
        self._identity, self._authorization, self._moto, self._ids = identity, authorization, moto, ids

    def handle(self, operation: Operation, principal: Principal) -> Response:
        """Answer one request of a verified principal."""
        if operation.name == "GetCallerIdentity":
            members = {"Arn": principal.arn, "UserId": principal.user_id, "Account": principal.account_id}
            return self._answer("GetCallerIdentity", _elements(members))
        if operation.name == "AssumeRole":
            return self._assume(operation.parameters, principal)
        raise NotSupported(f"sts:{operation.name}")

    def _assume(self, parameters: Any, principal: Principal) -> Response:
        role_arn, session = str(parameters.get("RoleArn", "")), str(parameters.get("RoleSessionName", ""))
        with self._moto.lock:
            role = next((one for one in self._moto.backend("iam").roles.values() if one.arn == role_arn), None)
        subject = f"{principal.described} is not authorized to perform: sts:AssumeRole on resource: {role_arn}"
        if role is None:
            raise Refusal("AccessDenied", subject, 403)
        decision = self._authorization.may_assume(principal, role)
        if not decision.allowed:
            raise Refusal("AccessDenied", decision.reason or subject, 403)
        seconds = float(parameters.get("DurationSeconds", 3600))
        policies = [json.loads(parameters["Policy"])] if parameters.get("Policy") else []
        issued = self._identity.role_credentials(role_arn, session, seconds=seconds, session_policies=policies)
        expires = datetime.fromtimestamp(issued.expires or 0, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        credentials = {
            "AccessKeyId": issued.access_key_id,
            "SecretAccessKey": issued.secret_access_key,
            "SessionToken": issued.session_token or "",
            "Expiration": expires,
        }
        assumed = {"Arn": assumed_role_arn(role_arn, session), "AssumedRoleId": f"{role.id}:{session}"}
        body = f"<Credentials>{_elements(credentials)}</Credentials>"
        return self._answer("AssumeRole", f"{body}<AssumedRoleUser>{_elements(assumed)}</AssumedRoleUser>")

    def _answer(self, name: str, members: str) -> Response:
        body = (
            f'<{name}Response xmlns="{NAMESPACE}"><{name}Result>{members}</{name}Result>'
            f"<ResponseMetadata><RequestId>{self._ids.uuid()}</RequestId></ResponseMetadata></{name}Response>"
        )
        return Response(200, (("Content-Type", "text/xml"),), body.encode())


def _elements(members: dict[str, str]) -> str:
    return "".join(f"<{name}>{escape(value)}</{name}>" for name, value in members.items())
