"""STS: who am I, and may I be somebody else for a while?"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
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

_TAG_KEY = re.compile(r"Tags\.member\.\d+\.Key")
MOST_TAGS = 50
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
        tags = session_tags(form)
        self._check_trust(role_arn, principal, form.get("ExternalId"), tags)
        policies = [json.loads(form["Policy"])] if form.get("Policy") else []
        credentials = self._identity.role_credentials(
            role_arn, session, seconds=seconds, session_policies=policies, tags=tags
        )
        holder = self._identity.principal_of(credentials.access_key_id, credentials.session_token)
        arn = assumed_role_arn(role_arn, session)
        return (
            f"<AssumedRoleUser><Arn>{arn}</Arn><AssumedRoleId>{holder.user_id}</AssumedRoleId></AssumedRoleUser>"
            f"{_credentials(credentials)}"
        )

    def _check_trust(
        self, role_arn: str, principal: Principal, external_id: str | None, tags: Mapping[str, str]
    ) -> None:
        """The role's trust policy has to allow both: to assume it, and to tag the session."""
        given = {
            "sts:externalid": external_id,
            "aws:tagkeys": list(tags) or None,
            **{f"aws:requesttag/{name.lower()}": value for name, value in tags.items()},
        }
        with self._moto.lock:
            roles = self._moto.backend("iam").roles.values()
            role = next((role for role in roles if role.arn == role_arn), None)
            for action in ("sts:AssumeRole", *(["sts:TagSession"] if tags else [])):
                if role is None or not self._authorization.may_assume(principal, role, given, action).allowed:
                    message = f"{principal.described} is not authorized to perform: {action} on resource: {role_arn}"
                    raise Refusal("AccessDenied", message, 403)


def session_tags(form: Mapping[str, str]) -> dict[str, str]:
    """The tags of the session that a request asks for: ``Tags.member.1.Key``, ``Tags.member.1.Value`` and so on.

    Raises
    ------
    Refusal
        When there are more than fifty, or two whose keys differ in capitals only.
    NotSupported
        For tags that are handed on to further roles.
    """
    if any(name.startswith("TransitiveTagKeys.") for name in form):
        raise NotSupported("sts:AssumeRole with TransitiveTagKeys")
    found = [(value, form.get(f"{name[:-3]}Value", "")) for name, value in form.items() if _TAG_KEY.fullmatch(name)]
    if len(found) > MOST_TAGS:
        raise Refusal("ValidationError", f"Member must have length less than or equal to {MOST_TAGS}: tags", 400)
    if len({key.lower() for key, _ in found}) < len(found):
        raise Refusal("InvalidParameterValue", "Duplicate tag keys found. Tag keys are case insensitive.", 400)
    return dict(found)


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
