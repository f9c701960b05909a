"""What Lambda refuses in a function's configuration."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        ({"Timeout": 901}, "ValidationException", "less than or equal to 900"),
        ({"MemorySize": 10_241}, "ValidationException", "less than or equal to 10240"),
        (
            {"Environment": {"Variables": {"LARGE": "x" * 4096}}},
            "InvalidParameterValueException",
            'exceeded the 4KB limit. String measured: {"LARGE":"xxx',
        ),
        (
            {"Environment": {"Variables": {"AWS_REGION": "mars", "TZ": "UTC"}}},
            "InvalidParameterValueException",
            "Reserved keys used in this request: AWS_REGION, TZ",
        ),
        ({"Environment": {"Variables": {"with-hyphen": "x"}}}, "ValidationException", "[a-zA-Z]([a-zA-Z0-9_])+"),
        (
            {"LoggingConfig": {"LogFormat": "Text", "ApplicationLogLevel": "DEBUG"}},
            "InvalidParameterValueException",
            "only be set when LogFormat is JSON",
        ),
        ({"Runtime": "python3.8"}, "InvalidParameterValueException", "no longer supported"),
        ({"Runtime": "Python 3.13"}, "ValidationException", "Value 'Python 3.13' at 'runtime' failed"),
        ({"Runtime": "python3.20"}, "ValidationException", "Member must satisfy enum value set"),
        ({"Runtime": "nodejs22.x"}, "NotSupported", "the runtime nodejs22.x"),
        ({"TenancyConfig": {"TenantIsolationMode": "PER_TENANT"}}, "NotSupported", "Function.TenancyConfig"),
        ({"VpcConfig": {"SubnetIds": ["subnet-1"]}}, "NotSupported", "Function.VpcConfig"),
        (
            {"FileSystemConfigs": [{"Arn": "arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-"
                                    "0123456789abcdef0", "LocalMountPath": "/mnt/a"}]},
            "NotSupported",
            "Function.FileSystemConfigs",
        ),
    ],
)  # fmt: skip
def test_what_lambda_refuses(account: Any, given: dict[str, Any], code: str, words: str) -> None:
    arguments = {"FunctionName": "f", "Runtime": "python3.13", "Handler": "app.handler", "Role": account.role("r")}
    with pytest.raises(ClientError) as refused:
        account.client("lambda").create_function(**{**arguments, **given}, Code={"ZipFile": account.package("f")})
    error = refused.value.response["Error"]
    assert (error["Code"], words in error["Message"]) == (code, True)


def test_an_update_is_checked_too(account: Any) -> None:
    account.function("f")
    variables = {"LARGE": "x" * 4096}
    with pytest.raises(ClientError, match="4KB limit"):
        account.client("lambda").update_function_configuration(FunctionName="f", Environment={"Variables": variables})
    config = account.client("lambda").get_function_configuration(FunctionName="f")
    assert "Environment" not in config or config["Environment"]["Variables"] == {}


def test_json_logging_has_levels_of_its_own(account: Any) -> None:
    account.function("f", LoggingConfig={"LogFormat": "JSON", "SystemLogLevel": "WARN"})
    found = account.client("lambda").get_function_configuration(FunctionName="f")["LoggingConfig"]
    assert found == {
        "LogFormat": "JSON",
        "ApplicationLogLevel": "INFO",
        "SystemLogLevel": "WARN",
        "LogGroup": "/aws/lambda/f",
    }


def system_events(account: Any, **logging: str) -> list[dict[str, Any]]:
    account.function("f", LoggingConfig={"LogFormat": "JSON", **logging})
    account.cloud.invoke("f", {})
    return [json.loads(event.message) for event in account.cloud.logs("f") if event.message.startswith("{")]


def test_lambdas_own_lines_are_json_as_the_telemetry_schema_has_them(account: Any) -> None:
    log = system_events(account)
    (name,) = {event.stream for event in account.cloud.logs("f")}
    request_id = log[1]["record"]["requestId"]
    day, _, rest = name.rpartition("/")
    assert log == [
        {
            "time": "2026-11-02T09:00:00.000Z",
            "type": "platform.initStart",
            "record": {
                "initializationType": "on-demand",
                "phase": "init",
                "runtimeVersion": "python:3.13.v77",
                "runtimeVersionArn": f"arn:aws:lambda:us-east-1::runtime:{77:064x}",
                "functionName": "f",
                "functionVersion": "$LATEST",
                "instanceId": f"{day}/f{rest}",
                "instanceMaxMemory": 134217728,
            },
        },
        {
            "time": "2026-11-02T09:00:00.000Z",
            "type": "platform.start",
            "record": {
                "requestId": request_id,
                "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:f",
                "version": "$LATEST",
            },
        },
        {
            "time": "2026-11-02T09:00:00.000Z",
            "type": "platform.report",
            "record": {
                "requestId": request_id,
                "metrics": {
                    "durationMs": 1.5,
                    "billedDurationMs": 102,
                    "memorySizeMB": 128,
                    "maxMemoryUsedMB": 40,
                    "initDurationMs": 100.0,
                },
                "status": "success",
            },
        },
    ]


@pytest.mark.parametrize(
    ("level", "types"),
    [
        ("DEBUG", ["initStart", "start", "runtimeDone", "report"]),
        ("INFO", ["initStart", "start", "report"]),
        ("WARN", []),
    ],
)
def test_the_system_level_decides_which_of_them_are_written(account: Any, level: str, types: list[str]) -> None:
    log = system_events(account, SystemLogLevel=level)
    assert [event["type"].removeprefix("platform.") for event in log] == types
