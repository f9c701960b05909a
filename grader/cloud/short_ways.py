"""What stacks ask of IAM all the time: done by moto's own objects, without the request and the answer around it.

A role with its policies is three calls, and nearly each function of each stack has one. To put such a call into HTTP's
words, to find moto's function by them, to write its answer as XML and to read that takes ten times as long as the work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from grader.cloud.door.managed_policies import load_managed_policy
from grader.cloud.iam.identity import Account

AWS_POLICIES = "arn:aws:iam::aws:policy/"
Arguments = Mapping[str, Any]


def create_role(iam: Any, given: Arguments) -> dict[str, Any]:
    """``CreateRole``; the answer names the role, and leaves out what the caller has said itself."""
    role = iam.create_role(
        given["RoleName"],
        given["AssumeRolePolicyDocument"],
        given.get("Path"),
        given.get("PermissionsBoundary"),
        given.get("Description"),
        given.get("Tags", []),
        given.get("MaxSessionDuration", 3600),
    )
    return {"Role": {"RoleName": role.name, "RoleId": role.id, "Arn": role.arn}}


def attach_role_policy(iam: Any, given: Arguments) -> dict[str, Any]:
    """``AttachRolePolicy``."""
    if given["PolicyArn"].startswith(AWS_POLICIES):
        load_managed_policy(iam, given["PolicyArn"].rpartition("/")[2])
    iam.attach_role_policy(given["PolicyArn"], given["RoleName"])
    return {}


def put_role_policy(iam: Any, given: Arguments) -> dict[str, Any]:
    """``PutRolePolicy``."""
    iam.put_role_policy(given["RoleName"], given["PolicyName"], given["PolicyDocument"])
    return {}


WAYS: dict[tuple[str, str], Callable[[Any, Arguments], dict[str, Any]]] = {
    ("iam", "CreateRole"): create_role,
    ("iam", "AttachRolePolicy"): attach_role_policy,
    ("iam", "PutRolePolicy"): put_role_policy,
}


def go(moto: Account, service: str, operation: str, given: Arguments) -> dict[str, Any] | None:
    """The answer, where there is a short way and nothing is in it; None sends the call the long way.

    The long way also finds the words for whatever is wrong: nothing has been changed then.
    """
    way = WAYS.get((service, operation))
    if way is None or not all(_is_plain(value) for value in given.values()):
        return None
    with moto.lock:
        try:
            return way(moto.backend(service), given)
        except Exception:  # moto's refusals are of many kinds
            return None


def _is_plain(value: Any) -> bool:
    """Whether botocore, which checks arguments on the long way, could have nothing against it."""
    if isinstance(value, list):
        return all(isinstance(tag, dict) and tag.keys() == {"Key", "Value"} and
                   all(isinstance(part, str) and part for part in tag.values()) for tag in value)  # fmt: skip
    return isinstance(value, int) or (isinstance(value, str) and value != "")
