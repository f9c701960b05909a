"""The real ``sam deploy`` waits while CodeDeploy shifts the traffic of chapter 5's application."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from grader.cloud import Cloud

APP = Path(__file__).parents[2] / "solutions" / "ch05_safe_deployments" / "app"
SAM = str(Path(sys.executable).parent / "sam")


def variables(cloud: Cloud, home: Path) -> dict[str, str]:
    developer = cloud.identity.developer
    return {
        **os.environ,
        "AWS_ENDPOINT_URL": cloud.endpoint,
        "AWS_ACCESS_KEY_ID": developer.access_key_id,
        "AWS_SECRET_ACCESS_KEY": developer.secret_access_key,
        "AWS_DEFAULT_REGION": "us-east-1",
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "0.2",  # seconds between its questions how far a deployment is; it waits 5
        "HOME": str(home),
    }


def sam(arguments: str, project: Path, environment: dict[str, str]) -> Any:
    return subprocess.Popen(
        [SAM, *arguments.split()], cwd=project, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


@pytest.mark.journey
def test_sam_deploy_waits_for_the_canary(tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(APP, project)
    with Cloud() as cloud:
        environment = variables(cloud, tmp_path)
        first = sam("deploy", project, environment)
        output, _ = first.communicate(timeout=600)
        assert first.returncode == 0, output

        app = project / "hello" / "app.py"
        app.write_text(app.read_text("utf-8").replace("says hello", "says hello again"), "utf-8")
        second, minutes = sam("deploy", project, environment), 0
        while second.poll() is None:
            stack = cloud.stacks.find("thumbnails")
            if stack is not None and stack.in_progress:
                cloud.clock.advance(minutes=1)
                minutes += 1
            try:
                second.wait(timeout=0.3)
            except subprocess.TimeoutExpired:
                assert minutes < 300, "The canary never ends."
        output, _ = second.communicate()

        assert second.returncode == 0, output
        stack = cloud.stacks.get("thumbnails")
        page = cloud.http.get(stack.outputs["HelloUrl"]).json()
        assert (stack.status, page["version"], "again" in page["message"]) == ("UPDATE_COMPLETE", "2", True)
        assert minutes >= 5
