"""STS: who am I, and may I be somebody else for a while?"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from grader.cloud.door.faults import Refusal
from grader.cloud.door.request import Request
from grader.cloud.door.response import Response
from grader.cloud.environment.configuration import Credentials
from grader.cloud.errors import NotSupported
from grader.cloud.iam.authorization import Authorization
from grader.cloud.iam.identity import Identity
from grader.cloud.iam.principals import Principal, assumed_role_arn

NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"


class Sts:
    """Answers GetCallerIdentity and AssumeRole; moto's own would invent credentials that nobody knows.

    Parameters
    ----------
    identity
        Issues the session's credentials.
    authorization
        Judges the role's trust policy.
    moto
        Where the roles are.
    """

    def __init__(self, identity: Identity, authorization: Authorization, moto: Any) -> None:
        self._identity, self._authorization, self._moto = identity, authorization, moto

    def handle(self, request: Request, principal: Principal, request_id: str) -> Response:
        """Answer one request of the query API.

        Raises
        ------
        Refusal
            When the role may not be assumed.
        NotSupported
            For other operations than these two.
        """
        form = {name: values[0] for name, values in parse_qs(request.body.decode() or request.query).items()}
        operation = form.get("Action", "")
        if operation == "GetCallerIdentity":
            fields = f"<Arn>{principal.arn}</Arn><UserId>{principal.user_id}</UserId>"
            return _answer(operation, f"{fields}<Account>{principal.account_id}</Account>", request_id)
        if operation == "AssumeRole":
            return _answer(operation, self._assume(form, principal), request_id)
        raise NotSupported(f"sts:{operation}")

    def _assume(self, form: dict[str, str], principal: Principal) -> str:
        role_arn, session = form.get("RoleArn", ""), form.get("RoleSessionName", "")
        seconds = float(form.get("DurationSeconds", 3600))
        self._check_trust(role_arn, principal, form.get("ExternalId"))
        policies = [json.loads(form["Policy"])] if form.get("Policy") else []
        credentials = self._identity.role_credentials(role_arn, session, seconds=seconds, session_policies=policies)
        holder = self._identity.principal_of(credentials.access_key_id, credentials.session_token)
        arn = assumed_role_arn(role_arn, session)
        return (
            f"<AssumedRoleUser><Arn>{arn}</Arn><AssumedRoleId>{holder.user_id}</AssumedRoleId></AssumedRoleUser>"
            f"{_credentials(credentials)}"
        )

    def _check_trust(self, role_arn: str, principal: Principal, external_id: str | None) -> None:
        with self._moto.lock:
            roles = self._moto.backend("iam").roles.values()
            role = next((role for role in roles if role.arn == role_arn), None)
            given = {"sts:externalid": external_id}
            allowed = role is not None and self._authorization.may_assume(principal, role, given).allowed
        if not allowed:
            message = f"{principal.described} is not authorized to perform: sts:AssumeRole on resource: {role_arn}"
            raise Refusal("AccessDenied", message, 403)


def _credentials(credentials: Credentials) -> str:
    expires = datetime.fromtimestamp(credentials.expires or 0, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return (
        f"<Credentials><AccessKeyId>{credentials.access_key_id}</AccessKeyId>"
        f"<SecretAccessKey>{credentials.secret_access_key}</SecretAccessKey>"
        f"<SessionToken>{escape(credentials.session_token or '')}</SessionToken>"
        f"<Expiration>{expires}</Expiration></Credentials>"
    )


def _answer(operation: str, fields: str, request_id: str) -> Response:
    body = (
        f'<{operation}Response xmlns="{NAMESPACE}"><{operation}Result>{fields}</{operation}Result>'
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>"
    )
    return Response(200, (("Content-Type", "text/xml"), ("x-amzn-RequestId", request_id)), body.encode())
