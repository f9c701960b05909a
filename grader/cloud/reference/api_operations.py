"""The page of API operations: what the pocket AWS answers itself, service by service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from grader.cloud.door.request import Request
from grader.cloud.errors import NotSupported
from grader.cloud.reference.samples import samples

INTRODUCTION = """\
# API operations

<!-- Made by `python -m grader.cloud.reference` by asking the APIs themselves. Do not edit. -->

The operations below are answered by the pocket AWS itself; every other operation of these services, and all of S3, SQS,
SNS, IAM, SSM, EventBridge and the other services, is answered by moto behind the same door: signature, permission,
clock. What neither of them knows is refused as `NotSupported`, by name. S3, API Gateway and STS have doors of their
own, and are not listed.
"""


def page(services: Mapping[str, Any]) -> str:
    """The page as Markdown.

    Parameters
    ----------
    services
        ``Door.services`` of an account.
    """
    lines = [INTRODUCTION]
    for service in sorted(services):
        names = sorted(answered(service, services[service]))
        lines += [f"## {service}\n", *(f"- `{name}`" for name in names), ""]
    return "\n".join(lines).rstrip() + "\n"


def answered(service: str, api: Any) -> Iterable[str]:
    """The operations that an API answers: those it lists, or else those whose request it says that it answers."""
    listed = getattr(api, "operation_names", None)
    if listed is not None:
        return list(listed)
    return [name for name, request in samples(service) if _answers(api, request)]


def _answers(api: Any, request: Request) -> bool:
    try:
        return bool(api.answers(request))
    except NotSupported:
        return False
