"""What Lambda refuses in a function's configuration, and what is not imitated; moto would take all of it."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from typing import Any

import botocore.session
from moto.awslambda.exceptions import InvalidParameterValueException, ValidationException

from grader.cloud.errors import NotSupported

ENVIRONMENT_LIMIT = 4096
NAME = re.compile(r"^[a-zA-Z]([a-zA-Z0-9_])+$")
RESERVED = frozenset(
    {
        "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API", "AWS_REGION", "AWS_SECRET_ACCESS_KEY",
        "AWS_SECRET_KEY", "AWS_SESSION_TOKEN", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT", "TZ",
    }
)  # fmt: skip
BOUNDS = {"Timeout": (1, 900), "MemorySize": (128, 10_240)}
RETIRED = frozenset({"python2.7", "python3.6", "python3.7", "python3.8"})
APPLICATION_LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
SYSTEM_LEVELS = ("DEBUG", "INFO", "WARN")
NOT_IMITATED = (
    "CapacityProviderConfig", "CodeSigningConfigArn", "DurableConfig", "FileSystemConfigs", "ImageConfig",
    "TenancyConfig",
)  # fmt: skip


def check_configuration(given: Mapping[str, Any]) -> None:
    """Check the members of CreateFunction or UpdateFunctionConfiguration.

    Raises
    ------
    InvalidParameterValueException, ValidationException
        In AWS's words; moto writes them as the Lambda API does.
    NotSupported
        For features that are not imitated: VPCs, file systems, images, tenants, durable functions, other languages.
    """
    _check_imitated(given)
    for name, (least, most) in BOUNDS.items():
        _check_number(given.get(name), name[0].lower() + name[1:], least, most)
    _check_number((given.get("EphemeralStorage") or {}).get("Size"), "ephemeralStorage.size", 512, 10_240)
    _check_environment((given.get("Environment") or {}).get("Variables") or {})
    _check_logging(given.get("LoggingConfig") or {})


def _check_imitated(given: Mapping[str, Any]) -> None:
    for name in NOT_IMITATED:
        if given.get(name):
            raise NotSupported(f"AWS::Lambda::Function.{name}")
    if (given.get("VpcConfig") or {}).get("SubnetIds"):
        raise NotSupported("AWS::Lambda::Function.VpcConfig")
    if given.get("PackageType") == "Image":
        raise NotSupported("functions from container images (PackageType: Image)")
    runtime = str(given.get("Runtime") or "python3.13")
    if runtime in RETIRED:
        raise InvalidParameterValueException(
            f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda functions. "
            "We recommend you use a supported runtime while creating or updating functions."
        )
    if runtime not in runtimes():
        values = ", ".join(runtimes())
        raise ValidationException(runtime, "runtime", f"Member must satisfy enum value set: [{values}]")
    if not runtime.startswith("python3."):
        raise NotSupported(f"the runtime {runtime}", next_step="Functions are written in Python here.")


@functools.cache
def runtimes() -> tuple[str, ...]:
    """Every runtime that Lambda knows by name."""
    runtime: Any = botocore.session.get_session().get_service_model("lambda").shape_for("Runtime")
    return tuple(sorted(runtime.enum))


def _check_number(value: Any, name: str, least: int, most: int) -> None:
    if value is None or least <= int(value) <= most:
        return
    bound = f"greater than or equal to {least}" if int(value) < least else f"less than or equal to {most}"
    raise ValidationException(str(value), name, f"Member must have value {bound}")


def _check_environment(variables: Mapping[str, Any]) -> None:
    if reserved := sorted(RESERVED & set(variables)):
        raise InvalidParameterValueException(
            "Lambda was unable to configure your environment variables because the environment variables you have "
            "provided contains reserved keys that are currently not supported for modification. Reserved keys used in "
            f"this request: {', '.join(reserved)}"
        )
    if not all(NAME.match(name) for name in variables):
        raise ValidationException(
            str(dict(variables)),
            "environment.variables",
            "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: "
            "[a-zA-Z]([a-zA-Z0-9_])+]",
        )
    measured = json.dumps(dict(variables), separators=(",", ":"), ensure_ascii=False)
    if len(measured.encode("utf-8", "replace")) > ENVIRONMENT_LIMIT:
        raise InvalidParameterValueException(
            "Lambda was unable to configure your environment variables because the environment variables you have "
            f"provided exceeded the 4KB limit. String measured: {measured}"
        )


def _check_logging(logging: Mapping[str, Any]) -> None:
    levels = {"ApplicationLogLevel": APPLICATION_LEVELS, "SystemLogLevel": SYSTEM_LEVELS}
    for name, known in levels.items():
        level = logging.get(name)
        if level is not None and level not in known:
            where = f"loggingConfig.{name[0].lower()}{name[1:]}"
            raise ValidationException(str(level), where, f"Member must satisfy enum value set: [{', '.join(known)}]")
        if level is not None and logging.get("LogFormat") != "JSON":
            raise InvalidParameterValueException(f"{name} can only be set when LogFormat is JSON.")
