"""AWS's own managed policies, brought into moto's IAM when somebody names one: all of them together are 1,400."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_plus

_NAMED = re.compile(r"arn:aws:iam::aws:policy/([\w+=,.@/-]+)")


@lru_cache(maxsize=1)
def aws_policies() -> dict[str, dict[str, Any]]:
    """The policies that moto ships with, by name."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data  # five megabytes, needed rarely

    data: dict[str, dict[str, Any]] = json.loads(aws_managed_policies_data)
    return data


def load_managed_policies(iam: Any, body: bytes) -> None:
    """Put the AWS policies that a request to IAM names into moto's IAM backend; unknown names are left to moto."""
    if b"aws" not in body or b"policy" not in body:
        return
    for path in _NAMED.findall(unquote_plus(body.decode("utf-8", "replace"))):
        load_managed_policy(iam, path.rpartition("/")[2])


def load_managed_policy(iam: Any, name: str) -> None:
    """Put one of AWS's own policies into moto's IAM backend."""
    from moto.iam.models import AWSManagedPolicy

    data = aws_policies().get(name)
    if data is None or any(policy.name == name for policy in iam.aws_managed_policies):
        return
    policy = AWSManagedPolicy.from_data(name, iam.account_id, iam.region_name, data)
    iam.aws_managed_policies.append(policy)
    iam.managed_policies[policy.arn] = policy
