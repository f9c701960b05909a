"""The Resource of a Task state, read: a function, a service's operation, and how long the state waits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from botocore.exceptions import UnknownServiceError
from botocore.session import get_session

from grader.cloud.errors import NotSupported

FUNCTION = re.compile(r"^arn:aws[\w-]*:lambda:[\w-]+:\d{12}:function:[\w:$-]+$")
INTEGRATION = re.compile(
    r"^arn:aws[\w-]*:states:[\w-]*:(\d{12})?:(?P<sdk>aws-sdk:)?(?P<service>\w+):(?P<operation>\w+)"
    r"(?P<pattern>\.sync(:2)?|\.waitForTaskToken)?$"
)
# Optimised integrations: the service's name in boto3, and its operation.
OPTIMISED = {
    ("lambda", "invoke"): "Invoke",
    ("sqs", "sendMessage"): "SendMessage",
    ("sns", "publish"): "Publish",
    ("dynamodb", "getItem"): "GetItem",
    ("dynamodb", "putItem"): "PutItem",
    ("dynamodb", "updateItem"): "UpdateItem",
    ("dynamodb", "deleteItem"): "DeleteItem",
    ("events", "putEvents"): "PutEvents",
    ("states", "startExecution"): "StartExecution",
}
SDK_SERVICES = {"sfn": "stepfunctions", "eventbridge": "events", "cloudwatchlogs": "logs"}
WITH_TOKEN = frozenset({("lambda", "invoke"), ("sqs", "sendMessage"), ("sns", "publish"), ("events", "putEvents")})


@dataclass(frozen=True)
class Resource:
    """What a task does.

    Attributes
    ----------
    service, operation
        boto3's names; empty for a function that is named by its ARN.
    """

    arn: str
    service: str = ""
    operation: str = ""
    pattern: str = ""
    sdk: bool = False

    @property
    def is_function(self) -> bool:
        """Whether the resource is a function's ARN."""
        return not self.service

    @property
    def waits_for_token(self) -> bool:
        """Whether the state ends when its token comes back."""
        return self.pattern == ".waitForTaskToken"

    @property
    def waits_for_end(self) -> bool:
        """Whether the state ends when what it started has ended."""
        return self.pattern.startswith(".sync")

    @property
    def about(self) -> dict[str, str]:
        """How the history names it."""
        name, _, action = self.arn.partition(":::")[2].rpartition(":")
        if self.pattern == ".sync:2":
            name, _, action = self.arn.partition(":::")[2].removesuffix(":2").rpartition(":")
            action += ":2"
        return {"resourceType": name, "resource": action}


@lru_cache(maxsize=256)
def read_resource(arn: str) -> Resource:
    """Read a resource.

    Raises
    ------
    NotSupported
        For activities, and for integrations that are not imitated.
    """
    if FUNCTION.match(arn):
        return Resource(arn)
    found = INTEGRATION.match(arn)
    if found is None:
        raise NotSupported(f"the task resource {arn}")
    service, operation, pattern = found["service"], found["operation"], found["pattern"] or ""
    if found["sdk"]:
        if pattern:
            raise NotSupported(f"the task resource {arn}")
        known, name = SDK_SERVICES.get(service, service), operation[:1].upper() + operation[1:]
        if name not in _operations(known):
            raise NotSupported(f"the task resource {arn}")
        return Resource(arn, known, name, sdk=True)
    if (service, operation) not in OPTIMISED:
        raise NotSupported(f"the task resource {arn}")
    waiting = pattern == ".waitForTaskToken" and (service, operation) in WITH_TOKEN
    if pattern and not waiting and not (pattern.startswith(".sync") and service == "states"):
        raise NotSupported(f"the task resource {arn}")
    boto3_name = {"states": "stepfunctions"}.get(service, service)
    return Resource(arn, boto3_name, OPTIMISED[service, operation], pattern)


@lru_cache(maxsize=64)
def _operations(service: str) -> frozenset[str]:
    """The operations that boto3 knows of a service; none when it does not know the service."""
    try:
        return frozenset(get_session().get_service_model(service).operation_names)
    except UnknownServiceError:
        return frozenset()
