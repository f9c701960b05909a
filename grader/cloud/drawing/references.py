"""What a template's resources say about each other: references, events, grants; each becomes an arrow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from grader.cloud.drawing.icons import BACKGROUND

_SUB = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.[^}]*)?\}")
_VERBS = {"x-amazon-apigateway-any-method": "ANY"}
_ROLES_OF_POLICIES = {"AWS::IAM::Policy": "Roles", "AWS::IAM::RolePolicy": "RoleName"}


@dataclass(frozen=True)
class Arrow:
    """Something goes from one resource to another, or one resource depends on another (``dashed``)."""

    source: str
    target: str
    label: str = ""
    dashed: bool = False


def mentioned(value: Any) -> Iterator[str]:
    """The logical ids that a value with intrinsic functions refers to, in order."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "Ref" and isinstance(inner, str):
                yield inner
            elif key == "Fn::GetAtt" and inner:
                yield inner.split(".")[0] if isinstance(inner, str) else str(inner[0])
            elif key == "Fn::Sub":
                yield from _substituted(inner)
            else:
                yield from mentioned(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from mentioned(inner)


def _substituted(value: Any) -> Iterator[str]:
    text, variables = (value, {}) if isinstance(value, str) else (value[0], value[1])
    for name in _SUB.findall(str(text)):
        if name in variables:
            yield from mentioned(variables[name])
        else:
            yield name


class References:
    """Reads a template's resources.

    Parameters
    ----------
    resources
        Logical id → ``{"Type": …, "Properties": …}`` after the SAM transform.
    """

    def __init__(self, resources: Mapping[str, Mapping[str, Any]]) -> None:
        self._resources = resources
        self._found: dict[tuple[str, str], Arrow] = {}

    def arrows(self) -> list[Arrow]:
        """Every arrow between two resources of the foreground, one for each pair and direction."""
        for name, resource in self._resources.items():
            properties = resource.get("Properties") or {}
            reader = _READERS.get(str(resource.get("Type")))
            if reader is not None:
                reader(self, name, properties)
        for name, resource in self._resources.items():
            if resource.get("Type") not in BACKGROUND:
                for other in self._foreground(resource.get("Properties")):
                    if (other, name) not in self._found:
                        self._arrow(name, other, dashed=True)
        return list(self._found.values())

    def _arrow(self, source: str | None, target: str | None, label: str = "", dashed: bool = False) -> None:
        if source and target and source != target:
            self._found.setdefault((source, target), Arrow(source, target, label, dashed))

    def _type(self, name: str) -> str:
        return str(self._resources.get(name, {}).get("Type", ""))

    def _foreground(self, value: Any) -> list[str]:
        """The resources of the foreground that a value leads to; a version or an alias leads to its function."""
        found: list[str] = []
        for name in mentioned(value):
            if self._type(name) in ("AWS::Lambda::Version", "AWS::Lambda::Alias"):
                found += self._foreground((self._resources[name].get("Properties") or {}).get("FunctionName"))
            elif name in self._resources and self._type(name) not in BACKGROUND:
                found.append(name)
        return list(dict.fromkeys(found))

    def _first(self, value: Any) -> str | None:
        return next(iter(self._foreground(value)), None)

    def _api(self, name: str, properties: Mapping[str, Any]) -> None:
        routes: dict[str, list[str]] = {}
        for path, item in ((properties.get("Body") or {}).get("paths") or {}).items():
            for verb, operation in item.items() if isinstance(item, Mapping) else ():
                for function in self._foreground(operation):
                    route = path if path == "$default" else f"{_VERBS.get(verb, verb.upper())} {path}"
                    routes.setdefault(function, []).append(route)
        for function, its in routes.items():
            self._arrow(name, function, its[0] if len(its) == 1 else f"{its[0]} +{len(its) - 1}")
        body = properties.get("Body") or {}
        schemes = [body.get("securityDefinitions"), (body.get("components") or {}).get("securitySchemes")]
        for authorizer in self._foreground(schemes):
            self._arrow(name, authorizer, "may they?")

    def _method(self, name: str, properties: Mapping[str, Any]) -> None:
        """A method of an API that is written piece by piece."""
        api, resource = self._first(properties.get("RestApiId")), next(mentioned(properties.get("ResourceId")), "")
        place = (self._resources.get(resource, {}).get("Properties") or {}).get("PathPart", "")
        function = self._first((properties.get("Integration") or {}).get("Uri"))
        self._arrow(api, function, f"{properties.get('HttpMethod', '')} /{place}")

    def _route(self, name: str, properties: Mapping[str, Any]) -> None:
        """A route of an HTTP API that is written piece by piece: it leads to an integration, that to a function."""
        for integration in mentioned(properties.get("Target")):
            behind = (self._resources.get(integration, {}).get("Properties") or {}).get("IntegrationUri")
            self._arrow(self._first(properties.get("ApiId")), self._first(behind), str(properties.get("RouteKey", "")))

    def _authorizer(self, name: str, properties: Mapping[str, Any]) -> None:
        api = properties.get("RestApiId") or properties.get("ApiId")
        self._arrow(self._first(api), self._first(properties.get("AuthorizerUri")), "may they?")

    def _url(self, name: str, properties: Mapping[str, Any]) -> None:
        self._arrow(name, self._first(properties.get("TargetFunctionArn")), "every path")

    def _function(self, name: str, properties: Mapping[str, Any]) -> None:
        self._arrow(name, self._first(properties.get("DeadLetterConfig")), "failed events")
        for variable, value in ((properties.get("Environment") or {}).get("Variables") or {}).items():
            for other in self._foreground(value):
                self._arrow(name, other, str(variable))
        for role in mentioned(properties.get("Role")):
            self._grants(name, self._resources.get(role, {}).get("Properties") or {})
            for policy in self._resources.values():
                roles = _ROLES_OF_POLICIES.get(str(policy.get("Type")), "")
                if roles and role in mentioned(policy["Properties"].get(roles)):
                    self._grants(name, {"Policies": [policy["Properties"]]})

    def _grants(self, function: str, role: Mapping[str, Any]) -> None:
        for policy in role.get("Policies") or ():
            statements = (policy.get("PolicyDocument") or {}).get("Statement") or []
            for statement in statements if isinstance(statements, list) else [statements]:
                if not isinstance(statement, Mapping) or statement.get("Effect") == "Deny":
                    continue
                actions = statement.get("Action") or []
                first = actions if isinstance(actions, str) else next(iter(map(str, actions)), "")
                for other in self._foreground(statement.get("Resource")):
                    if not self._feeds(other, function):
                        self._arrow(function, other, "may " + first.split(":")[-1])

    def _feeds(self, source: str, function: str) -> bool:
        """True when a queue or table is read for the function by Lambda: the arrow goes the other way."""
        return any(
            resource.get("Type") == "AWS::Lambda::EventSourceMapping"
            and source in mentioned((resource.get("Properties") or {}).get("EventSourceArn"))
            and function in self._foreground((resource.get("Properties") or {}).get("FunctionName"))
            for resource in self._resources.values()
        )

    def _bucket(self, name: str, properties: Mapping[str, Any]) -> None:
        for settings in (properties.get("NotificationConfiguration") or {}).values():
            for setting in settings if isinstance(settings, list) else ():
                event = str(setting.get("Event", "")).removeprefix("s3:")
                target = {key: value for key, value in setting.items() if key in ("Function", "Queue", "Topic")}
                self._arrow(name, self._first(target), event)

    def _mapping(self, name: str, properties: Mapping[str, Any]) -> None:
        source, function = properties.get("EventSourceArn"), properties.get("FunctionName")
        self._arrow(self._first(source), self._first(function), "messages")
        self._arrow(self._first(function), self._first(properties.get("DestinationConfig")), "failed events")

    def _subscription(self, name: str, properties: Mapping[str, Any]) -> None:
        self._arrow(self._first(properties.get("TopicArn")), self._first(properties.get("Endpoint")), "messages")

    def _invoke_config(self, name: str, properties: Mapping[str, Any]) -> None:
        for when, settings in (properties.get("DestinationConfig") or {}).items():
            words = "failed events" if when == "OnFailure" else "results"
            self._arrow(self._first(properties.get("FunctionName")), self._first(settings), words)

    def _rule(self, name: str, properties: Mapping[str, Any]) -> None:
        for target in properties.get("Targets") or ():
            words = str(properties.get("ScheduleExpression") or "events")
            self._arrow(name, self._first(target.get("Arn") if isinstance(target, Mapping) else None), words)

    def _queue(self, name: str, properties: Mapping[str, Any]) -> None:
        self._arrow(name, self._first(properties.get("RedrivePolicy")), "failed messages")

    def _alarm(self, name: str, properties: Mapping[str, Any]) -> None:
        for watched in self._foreground([properties.get("Dimensions"), properties.get("Metrics")]):
            self._arrow(watched, name, "metrics", dashed=True)
        actions = [properties.get(key) for key in ("AlarmActions", "OKActions", "InsufficientDataActions")]
        for told in self._foreground(actions):
            self._arrow(name, told, "tells")

    def _log_group(self, name: str, properties: Mapping[str, Any]) -> None:
        self._arrow(self._first(properties.get("LogGroupName")), name, "logs", dashed=True)


_READERS = {
    "AWS::ApiGateway::RestApi": References._api,
    "AWS::ApiGateway::Method": References._method,
    "AWS::ApiGateway::Authorizer": References._authorizer,
    "AWS::ApiGatewayV2::Api": References._api,
    "AWS::ApiGatewayV2::Route": References._route,
    "AWS::ApiGatewayV2::Authorizer": References._authorizer,
    "AWS::Lambda::Url": References._url,
    "AWS::Lambda::Function": References._function,
    "AWS::S3::Bucket": References._bucket,
    "AWS::Lambda::EventSourceMapping": References._mapping,
    "AWS::SNS::Subscription": References._subscription,
    "AWS::Lambda::EventInvokeConfig": References._invoke_config,
    "AWS::Events::Rule": References._rule,
    "AWS::SQS::Queue": References._queue,
    "AWS::CloudWatch::Alarm": References._alarm,
    "AWS::Logs::LogGroup": References._log_group,
}
