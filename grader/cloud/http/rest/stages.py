"""A REST API's stages: a deployment under a name, with its own variables, limits and logs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from grader.cloud.errors import NotSupported
from grader.cloud.http.access_log import AccessLog
from grader.cloud.http.rest.definition import Definition
from grader.cloud.http.throttle import Limits, Throttle, read_limit

_FALSE = (False, "false", "False")
_QUIET: dict[str, Any] = {
    "CachingEnabled": _FALSE,
    "CacheDataEncrypted": _FALSE,
    "DataTraceEnabled": (*_FALSE, True, "true", "True"),
    "LoggingLevel": ("OFF", "ERROR", "INFO"),
    "MetricsEnabled": (*_FALSE, True, "true", "True"),
}
_KNOWN = {"HttpMethod", "ResourcePath", "ThrottlingRateLimit", "ThrottlingBurstLimit", *_QUIET}
MethodKey = tuple[str, str]


@dataclass(frozen=True)
class Deployment:
    """A snapshot of an API's definition."""

    id: str
    definition: Definition
    created: float
    description: str = ""


@dataclass(frozen=True)
class StageSettings:
    """What a stage adds to its deployment.

    Attributes
    ----------
    method_settings
        As CloudFormation writes them: ``HttpMethod``, ``ResourcePath``, ``ThrottlingRateLimit`` (requests a second),
        ``ThrottlingBurstLimit`` (requests), ``MetricsEnabled``, ``LoggingLevel``, ``DataTraceEnabled``.
    """

    variables: Mapping[str, Any] = field(default_factory=dict)
    method_settings: Sequence[Mapping[str, Any]] = ()
    tracing: bool = False
    description: str = ""
    access_log: AccessLog | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Stage:
    """A deployment under a name: the first part of an address's path."""

    name: str
    deployment: Deployment
    settings: StageSettings = field(default_factory=StageSettings)
    created: float = 0.0
    changed: float = 0.0
    throttle: Throttle = field(init=False)
    variables: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.throttle = Throttle(_limits(self.settings.method_settings))
        self.variables = {key: str(value) for key, value in self.settings.variables.items()}

    @property
    def definition(self) -> Definition:
        """The snapshot that the stage serves."""
        return self.deployment.definition

    def keys(self, path: str, verb: str) -> tuple[MethodKey, ...]:
        """Under which keys settings for a method stand, the most precise one first."""
        return (path, verb), (path, "*"), ("*", verb), ("*", "*")

    def setting(self, name: str, path: str, verb: str) -> Any:
        """A method setting's value by the most precise entry that has it; None when none has."""
        written = {
            (_path(one), str(one.get("HttpMethod", "*")).upper()): one[name]
            for one in self.settings.method_settings
            if name in one
        }
        return next((written[key] for key in self.keys(path, verb) if key in written), None)


def _limits(method_settings: Sequence[Mapping[str, Any]]) -> Limits:
    limits: Limits = {}
    for setting in method_settings:
        for name, value in setting.items():
            if name not in _KNOWN or (name in _QUIET and value not in _QUIET[name]):
                raise NotSupported(f"MethodSettings.{name} {value}")
        if (limit := read_limit(setting)) is not None:
            limits[_path(setting), str(setting.get("HttpMethod", "*")).upper()] = limit
    return limits


def _path(setting: Mapping[str, Any]) -> str:
    """``/*`` and ``*`` mean every resource; ``/~1hello`` is how CloudFormation may write ``/hello``."""
    path = str(setting.get("ResourcePath", "/*")).replace("~1", "/").replace("//", "/")
    return "*" if path in ("/*", "*") else path
