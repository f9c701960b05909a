"""What real functions leave in their logs: JSON records, levels, failed initialisations."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.cloud import Cloud
from grader.cloud.functions import Invocation


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud() as made:
        yield made


def invoked(cloud: Cloud, folder: Path, source: str, properties: str = "", event: Any = None) -> Invocation:
    """The outcome of a function with this source."""
    code = folder / "code"
    code.mkdir(exist_ok=True)
    (code / "app.py").write_text(source)
    template = folder / "template.yaml"
    template.write_text(
        f"""
Transform: AWS::Serverless-2016-10-31
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties: {{Runtime: python3.13, Handler: app.handler, CodeUri: code, {properties}}}
"""
    )
    cloud.deploy(template)
    done = cloud.invoke("F", event or {})
    assert isinstance(done, Invocation)
    return done


LOGGING = """
import logging
logger = logging.getLogger("shop")
def handler(event, context):
    print("plain")
    logger.debug("quiet")
    logger.info("order %s", 7, extra={"order": 7})
    try:
        1 / 0
    except ZeroDivisionError:
        logger.exception("failed")
"""


def test_records_are_json_when_the_function_asks_for_it(cloud: Cloud, tmp_path: Path) -> None:
    done = invoked(cloud, tmp_path, LOGGING, "LoggingConfig: {LogFormat: JSON, SystemLogLevel: WARN}")
    written = "".join(done.logs).splitlines()
    assert written[0] == "plain"
    order, failure = (json.loads(line) for line in written[1:])
    assert re.fullmatch(r"2026-11-02T09:00:00\.\d{3}Z", order.pop("timestamp"))
    assert order == {
        "level": "INFO",
        "message": "order 7",
        "logger": "shop",
        "requestId": done.request_id,
        "order": 7,
    }
    del failure["timestamp"]
    assert failure.pop("stackTrace")[0].startswith('  File "/var/task/app.py", line 9, in handler\n    1 / 0\n')
    assert failure == {
        "level": "ERROR",
        "message": "failed",
        "logger": "shop",
        "errorType": "ZeroDivisionError",
        "errorMessage": "division by zero",
        "requestId": done.request_id,
        "location": "/var/task/app.py:handler:11",
    }


@pytest.mark.parametrize(("level", "messages"), [("DEBUG", ["quiet", "order 7", "failed"]), ("ERROR", ["failed"])])
def test_the_application_level_silences_the_loggers(
    cloud: Cloud, tmp_path: Path, level: str, messages: list[str]
) -> None:
    logging = f"LoggingConfig: {{LogFormat: JSON, ApplicationLogLevel: {level}, SystemLogLevel: WARN}}"
    done = invoked(cloud, tmp_path, LOGGING, logging)
    written = "".join(done.logs).splitlines()
    assert [json.loads(line)["message"] for line in written if line.startswith("{")] == messages


def test_text_is_the_format_unless_asked_otherwise(cloud: Cloud, tmp_path: Path) -> None:
    done = invoked(cloud, tmp_path, LOGGING)
    assert [line.split("\t")[0] for line in done.logs] == [
        "INIT_START Runtime Version: python:3.13.v77",
        f"START RequestId: {done.request_id} Version: $LATEST",
        "plain\n",
        "[ERROR]",
        f"END RequestId: {done.request_id}",
        f"REPORT RequestId: {done.request_id}",
    ]  # the root logger's level is WARNING


def test_an_error_that_nobody_catches_is_json_too(cloud: Cloud, tmp_path: Path) -> None:
    source = "def handler(event, context):\n    raise KeyError('order')\n"
    done = invoked(cloud, tmp_path, source, "LoggingConfig: {LogFormat: JSON}")
    (error,) = [json.loads(line) for line in done.logs if '"log_level"' in line]
    assert error == {
        "timestamp": "2026-11-02T09:00:00Z",
        "log_level": "ERROR",
        "errorMessage": "'order'",
        "errorType": "KeyError",
        "requestId": done.request_id,
        "stackTrace": ["  File \"/var/task/app.py\", line 2, in handler\n    raise KeyError('order')\n"],
    }


def without_numbers(done: Invocation) -> list[str]:
    """The log's lines, without what differs from run to run."""
    text = "".join(line.rstrip("\n") + "\n" for line in done.logs).replace(done.request_id, "ID")
    return re.sub(r"\d+(\.\d+)? (ms|MB)", r"# \2", text).splitlines()


def test_a_module_that_cannot_be_imported_fails_twice(cloud: Cloud, tmp_path: Path) -> None:
    done = invoked(cloud, tmp_path, "import absent\n")
    kind = "Error Type: Runtime.ImportModuleError"
    error = "[ERROR] Runtime.ImportModuleError: Unable to import module 'app': No module named 'absent'"
    assert without_numbers(done)[1:] == [
        error,
        "Traceback (most recent call last):",
        f"INIT_REPORT Init Duration: # ms\tPhase: init\tStatus: error\t{kind}",
        error,
        "Traceback (most recent call last):",
        f"INIT_REPORT Init Duration: # ms\tPhase: invoke\tStatus: error\t{kind}",
        "START RequestId: ID Version: $LATEST",
        "END RequestId: ID",
        "REPORT RequestId: ID\tDuration: # ms\tBilled Duration: # ms\tMemory Size: # MB\tMax Memory Used: # MB\t"
        f"Status: error\t{kind}\t",
    ]


SLOW = """
import time
print("begin")
time.sleep({seconds})
print("ready")
def handler(event, context):
    return time.time()
"""


def test_an_init_of_more_than_ten_seconds_is_done_again_in_the_invocation(cloud: Cloud, tmp_path: Path) -> None:
    began = cloud.clock.timestamp()
    done = invoked(cloud, tmp_path, SLOW.format(seconds=12), "Timeout: 30")
    assert without_numbers(done)[1:] == [
        "begin",
        "INIT_REPORT Init Duration: # ms\tPhase: init\tStatus: timeout",
        "START RequestId: ID Version: $LATEST",
        "begin",
        "ready",
        "END RequestId: ID",
        "REPORT RequestId: ID\tDuration: # ms\tBilled Duration: # ms\tMemory Size: # MB\tMax Memory Used: # MB\t",
    ]
    assert done.payload == pytest.approx(began + 22, abs=1)
    assert done.duration_ms == pytest.approx(12_000, abs=1000)
    assert cloud.clock.timestamp() == pytest.approx(began + 22, abs=1)
    assert done.cold and cloud.invoke("F").cold is False


def test_an_init_that_never_fits_times_out(cloud: Cloud, tmp_path: Path) -> None:
    done = invoked(cloud, tmp_path, SLOW.format(seconds=12))
    assert done.error is not None and done.error["errorType"] == "Sandbox.Timedout"
    assert without_numbers(done)[1:] == [
        "begin",
        "INIT_REPORT Init Duration: # ms\tPhase: init\tStatus: timeout",
        "INIT_REPORT Init Duration: # ms\tPhase: invoke\tStatus: timeout",
        "START RequestId: ID Version: $LATEST",
        "begin",
        "2026-11-02T09:00:13.000Z ID Task timed out after 3.00 seconds",
        "END RequestId: ID",
        "REPORT RequestId: ID\tDuration: # ms\tBilled Duration: # ms\tMemory Size: # MB\tMax Memory Used: # MB\t"
        "Status: timeout\t",
    ]
