"""The real ``sam`` builds, deploys, lists and deletes a project against the pocket AWS."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.cloud import Cloud

PROJECT = Path(__file__).parents[2] / "solutions" / "ch03_web_service" / "3_1_hello"
DEPLOY = (
    "deploy --stack-name hello --resolve-s3 --region us-east-1 --capabilities CAPABILITY_IAM --no-confirm-changeset"
)
Sam = Callable[[str], "subprocess.CompletedProcess[str]"]


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud() as cloud:
        yield cloud


@pytest.fixture
def sam(cloud: Cloud, tmp_path: Path) -> Sam:
    project = tmp_path / "project"
    shutil.copytree(PROJECT, project)
    developer = cloud.identity.developer
    variables = {
        **os.environ,
        "AWS_ENDPOINT_URL": cloud.endpoint,
        "AWS_ACCESS_KEY_ID": developer.access_key_id,
        "AWS_SECRET_ACCESS_KEY": developer.secret_access_key,
        "AWS_DEFAULT_REGION": "us-east-1",
        "SAM_CLI_TELEMETRY": "0",
        "HOME": str(tmp_path),
    }
    program = str(Path(sys.executable).parent / "sam")

    def run(arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program, *arguments.split()], cwd=project, env=variables, capture_output=True, text=True, timeout=300
        )

    return run


@pytest.mark.journey
def test_sam_builds_deploys_lists_and_deletes(cloud: Cloud, sam: Sam) -> None:
    built = sam("build")
    assert built.returncode == 0, built.stderr
    deployed = sam(DEPLOY)
    assert deployed.returncode == 0, deployed.stderr
    assert "Successfully created/updated stack - hello in us-east-1" in deployed.stdout

    stack = cloud.stacks.get("hello")
    assert cloud.http.get(stack.outputs["HelloUrl"]).status == 200
    again = sam(DEPLOY)
    assert (again.returncode, "No changes to deploy. Stack hello is up to date" in again.stderr) == (1, True)

    listed = json.loads(sam("list resources --stack-name hello --output json --region us-east-1").stdout)
    physical = {item["LogicalResourceId"]: item["PhysicalResourceId"] for item in listed}
    assert {name: physical[name] for name in stack.resources} == {
        name: resource.physical_id for name, resource in stack.resources.items()
    }
    outputs = json.loads(sam("list stack-outputs --stack-name hello --output json --region us-east-1").stdout)
    assert {item["OutputKey"]: item["OutputValue"] for item in outputs} == stack.outputs

    deleted = sam("delete --stack-name hello --no-prompts --region us-east-1")
    assert deleted.returncode == 0, deleted.stderr
    assert [(left.name, left.status) for left in cloud.stacks] == [("aws-sam-cli-managed-default", "CREATE_COMPLETE")]
