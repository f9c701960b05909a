"""What S3 checks of a bucket's policy before it takes it: the mistakes that it names at once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from grader.cloud.door.faults import Refusal
from grader.cloud.iam.patterns import as_list, matches
from grader.cloud.s3.actions import BUCKET_ACTIONS, OBJECT_ACTIONS

LONGEST = 20 * 1024
BY_NAME = {name.lower(): name for name in OBJECT_ACTIONS | BUCKET_ACTIONS}


def check_bucket_policy(policy: Any, bucket: str) -> None:
    """Refuse a policy as S3 does.

    Raises
    ------
    Refusal
        ``MalformedPolicy`` with S3's sentence, or ``PolicyTooLarge``.
    """
    text = policy.decode("utf-8", "replace") if isinstance(policy, bytes) else str(policy or "")
    if len(text.encode()) > LONGEST:
        raise Refusal("PolicyTooLarge", "Your policy exceeds the maximum allowed document size.", 400)
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, Mapping):
        raise _malformed("Policies must be valid JSON and the first byte must be '{'")
    statements = as_list(document.get("Statement"))
    if not statements:
        raise _malformed("Missing required field Statement")
    for statement in statements:
        _check_statement(statement, bucket)


def _check_statement(statement: Any, bucket: str) -> None:
    if not isinstance(statement, Mapping):
        raise _malformed("Invalid policy syntax.")
    for field, other in (("Effect", "Effect"), ("Principal", "NotPrincipal"), ("Action", "NotAction"),
                         ("Resource", "NotResource")):  # fmt: skip
        if field not in statement and other not in statement:
            raise _malformed(f"Missing required field {field}")
    if statement["Effect"] not in ("Allow", "Deny"):
        raise _malformed("Invalid effect: " + str(statement["Effect"]))
    resources = [str(each) for each in as_list(statement.get("Resource", statement.get("NotResource")))]
    if not all(_in_bucket(resource, bucket) for resource in resources):
        raise _malformed("Policy has invalid resource")
    actions = [str(each) for each in as_list(statement.get("Action", statement.get("NotAction")))]
    if not all(_covered_actions(action) for action in actions):
        raise _malformed("Policy has invalid action")
    if "Action" in statement and "Resource" in statement and not _applies(actions, resources):
        raise _malformed("Action does not apply to any resource(s) in statement")


def _covered_actions(pattern: str) -> set[str]:
    """The actions that a policy's word stands for; none for a word that S3 does not know."""
    if pattern == "*":
        return set(BY_NAME.values())
    prefix, _, name = pattern.partition(":")
    if prefix.lower() != "s3":
        return set()
    return {known for lower, known in BY_NAME.items() if matches(name, lower, ignore_case=True)}


def _applies(actions: list[str], resources: list[str]) -> bool:
    """Whether each action finds a resource of its kind: objects (``bucket/…``) or the bucket."""
    objects = any("/" in resource or resource.endswith("*") for resource in resources)
    buckets = any("/" not in resource.removeprefix("arn:aws:s3:::") for resource in resources)
    fitting = (OBJECT_ACTIONS if objects else frozenset()) | (BUCKET_ACTIONS if buckets else frozenset())
    return all(_covered_actions(action) & fitting for action in actions)


def _in_bucket(resource: str, bucket: str) -> bool:
    name = resource.removeprefix("arn:aws:s3:::")
    return name != resource and matches(name.partition("/")[0], bucket)


def _malformed(words: str) -> Refusal:
    return Refusal("MalformedPolicy", words, 400)
