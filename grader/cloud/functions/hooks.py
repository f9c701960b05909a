"""Where moto's Lambda backend is made to keep what it forgets, and to enqueue instead of running anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from moto.awslambda.models import LambdaBackend, LambdaFunction, LambdaStorage
from moto.core.utils import iso_8601_datetime_with_nanoseconds

from grader.cloud.functions.configuration_rules import check_configuration
from grader.cloud.functions.layers import LayerHooks
from grader.cloud.functions.versions import revision_id

if TYPE_CHECKING:
    from grader.cloud.functions.service import FunctionService

KEPT = {"DeadLetterConfig": "dead_letter_config", "LoggingConfig": "logging_config", "SnapStart": "snap_start"}


class Patches:
    """Replaced attributes of moto's classes and modules; removing puts every original back."""

    def __init__(self) -> None:
        self._originals: list[tuple[Any, str, Any]] = []

    def replace(self, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
        """Replace ``owner.name`` by what ``make`` builds around the original."""
        original = owner.__dict__[name]
        self._originals.append((owner, name, original))
        setattr(owner, name, make(original))

    def remove(self) -> None:
        """Put everything back, last first. Removing twice does no harm."""
        while self._originals:
            owner, name, original = self._originals.pop()
            setattr(owner, name, original)


class FunctionHooks:
    """The patches of moto's Lambda for one cloud."""

    def __init__(self, functions: FunctionService) -> None:
        self._functions = functions
        self._patches = Patches()
        self.layers = LayerHooks(functions.moto.account_id)

    def install(self) -> None:
        """Patch moto."""
        self._patches.replace(LambdaFunction, "__init__", _keeping_spec)
        self._patches.replace(LambdaFunction, "get_configuration", _telling_spec)
        self._patches.replace(LambdaFunction, "update_configuration", _updating_spec)
        self._patches.replace(LambdaFunction, "update_function_code", _dating_code)
        self._patches.replace(LambdaFunction, "invoke", self._enqueuing)
        self._patches.replace(LambdaStorage, "publish_version", self._publishing)
        self._patches.replace(LambdaBackend, "delete_function", self._forgetting)
        self.layers.install(self._patches.replace)

    def remove(self) -> None:
        """Leave moto as it was."""
        self._patches.remove()

    def _enqueuing(self, original: Any) -> Any:
        def invoke(function: Any, body: str, request_headers: Any, response_headers: Any) -> bytes:
            # moto calls this with its lock held, from log subscriptions and streams: only take the event in
            self._functions.enqueue(function.function_arn, body.encode() if body else b"{}", source="AWS")
            return b""

        return invoke

    def _publishing(self, original: Any) -> Any:
        def publish_version(storage: Any, name_or_arn: str, description: str = "") -> Any:
            # CreateFunction and UpdateFunctionCode publish too
            return self._functions.versions.published(name_or_arn, description or None)

        return publish_version

    def _forgetting(self, original: Any) -> Any:
        def delete_function(backend: Any, function_name: str, qualifier: str | None = None) -> None:
            original(backend, function_name, qualifier)
            name = function_name.split(":function:")[-1]
            if qualifier is None and ":" not in name:
                self._functions.forget(name)

        return delete_function


def _keeping_spec(original: Any) -> Any:
    def __init__(function: Any, account_id: str, spec: dict[str, Any], region: str, version: Any = 1) -> None:
        check_configuration(spec)
        for member, attribute in KEPT.items():
            setattr(function, attribute, spec.get(member) or {})
        original(function, account_id, spec, region, version)

    return __init__


def _telling_spec(original: Any) -> Any:
    def get_configuration(function: Any, on_create: bool = False) -> dict[str, Any]:
        config: dict[str, Any] = original(function, on_create)
        if dead_letters := getattr(function, "dead_letter_config", None):
            config["DeadLetterConfig"] = dead_letters
        config["LoggingConfig"] = _logging(function)
        config["SnapStart"] = _snap_start(function)
        config["RevisionId"] = revision_id(config)
        return config

    return get_configuration


def _logging(function: Any) -> dict[str, str]:
    given = getattr(function, "logging_config", None) or {}
    default = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function.function_name}"}
    levels = {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"} if given.get("LogFormat") == "JSON" else {}
    return {**default, **levels, **given}


def _snap_start(function: Any) -> dict[str, str]:
    asked = (getattr(function, "snap_start", None) or {}).get("ApplyOn", "None")
    optimised = asked == "PublishedVersions" and str(function.version).isdigit()
    return {"ApplyOn": asked, "OptimizationStatus": "On" if optimised else "Off"}


def _dating_code(original: Any) -> Any:
    def update_function_code(function: Any, updated_spec: dict[str, Any]) -> dict[str, Any]:
        if not updated_spec.get("DryRun"):
            function.last_modified = iso_8601_datetime_with_nanoseconds()
        result: dict[str, Any] = original(function, updated_spec)
        return result

    return update_function_code


def _updating_spec(original: Any) -> Any:
    def update_configuration(function: Any, config_updates: dict[str, Any]) -> dict[str, Any]:
        check_configuration(config_updates)
        for member, attribute in KEPT.items():
            if member in config_updates:
                kept = {key: value for key, value in (config_updates[member] or {}).items() if value}
                setattr(function, attribute, kept)
        if storage := config_updates.get("EphemeralStorage"):
            function.ephemeral_storage = storage["Size"]
        if tracing := config_updates.get("TracingConfig"):
            function.tracing_config = tracing
        function.last_modified = iso_8601_datetime_with_nanoseconds()
        result: dict[str, Any] = original(function, config_updates)
        return result

    return update_configuration
