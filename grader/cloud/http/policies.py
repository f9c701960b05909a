"""Policy documents about ``execute-api:Invoke``: an authorizer's answer, and an API's resource policy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from grader.cloud.door.request import Request
from grader.cloud.iam.evaluation import Effect, Question, identity_finding
from grader.cloud.iam.patterns import as_list
from grader.cloud.iam.principals import ANONYMOUS
from grader.cloud.iam.request_context import request_context

INVOKE = "execute-api:Invoke"
_ACCOUNT = re.compile(r"(arn:aws:execute-api:[a-z0-9-]+:)\d{8}(\d{4})")


def is_policy(document: Any) -> bool:
    """Whether something has the shape of a policy document: statements, their conditions of two levels."""
    statements = as_list(document.get("Statement")) if isinstance(document, dict) else []
    return bool(statements) and all(isinstance(one, dict) and _has_conditions(one) for one in statements)


def _has_conditions(statement: Mapping[str, Any]) -> bool:
    conditions = statement.get("Condition") or {}
    return isinstance(conditions, dict) and all(isinstance(keys, dict) for keys in conditions.values())


def effect_of(document: Any, arn: str, request: Request) -> Effect | None:
    """What a policy document says of invoking a method: ``Allow``, ``Deny``, or nothing."""
    keys = request_context("execute-api", "", {}, request, None, arn.split(":")[3])
    return identity_finding([document], Question(ANONYMOUS, INVOKE, arn, keys)).effect


def expanded(policy: Mapping[str, Any], api_arn: str) -> Mapping[str, Any]:
    """A resource policy whose ``execute-api:/stage/VERB/path`` names the API in full, as API Gateway stores it.

    Parameters
    ----------
    api_arn
        ``arn:aws:execute-api:us-east-1:123456789012:<api>``.
    """
    statements = []
    for statement in as_list(policy.get("Statement")):
        named = {
            key: [_expanded(str(one), api_arn) for one in as_list(statement[key])]
            for key in ("Resource", "NotResource")
            if key in statement
        }
        statements.append({**statement, **named})
    return {**policy, "Statement": statements}


def _expanded(resource: str, api_arn: str) -> str:
    return f"{api_arn}{resource.removeprefix('execute-api:')}" if resource.startswith("execute-api:/") else resource


def masked(reason: str) -> str:
    """IAM's sentence as API Gateway hands it on: without most of the account's number."""
    return _ACCOUNT.sub(r"\1********\2", reason)
