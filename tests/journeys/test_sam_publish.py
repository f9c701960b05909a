"""The real ``sam package`` and ``sam publish`` with the solution of 10.3, and the published application nested."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from grader.cloud import Cloud
from grader.grading.sources import solution_text

SOURCE = Path(__file__).parents[2] / "solutions" / "ch10_components" / "10_3_metadata"
SAM = str(Path(sys.executable).parent / "sam")
ARN = "arn:aws:serverlessrepo:us-east-1:123456789012:applications/thumbnails"
OUTER = f"""\
Transform: AWS::Serverless-2016-10-31
Resources:
  Part:
    Type: AWS::Serverless::Application
    Properties: {{Location: {{ApplicationId: '{ARN}', SemanticVersion: 1.1.0}}}}
Outputs:
  Name: {{Value: !GetAtt Part.Outputs.ThumbnailFunction}}
"""


def variables(cloud: Cloud, home: Path) -> dict[str, str]:
    developer = cloud.identity.developer
    return {
        **os.environ,
        "AWS_ENDPOINT_URL": cloud.endpoint,
        "AWS_ACCESS_KEY_ID": developer.access_key_id,
        "AWS_SECRET_ACCESS_KEY": developer.secret_access_key,
        "AWS_DEFAULT_REGION": "us-east-1",
        "SAM_CLI_TELEMETRY": "0",
        "HOME": str(home),
    }


def sam(arguments: str, project: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(
        [SAM, *arguments.split()],
        cwd=project,
        env=environment,
        text=True,
        timeout=600,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.journey
def test_sam_publishes_a_component_that_can_be_nested(tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(SOURCE, project)
    for name in ("template.yaml", "README.md"):
        file = project / name
        file.write_text(solution_text(file.read_text("utf-8"), name), "utf-8")
    with Cloud() as cloud:
        environment = variables(cloud, tmp_path)
        sam("package --resolve-s3 --output-template-file packaged.yaml --region us-east-1", project, environment)
        sam("publish -t packaged.yaml --region us-east-1", project, environment)
        again = sam("publish -t packaged.yaml --region us-east-1 --semantic-version 1.1.0", project, environment)
        assert "Publish Succeeded" in again
        versions = cloud.client("serverlessrepo").list_application_versions(ApplicationId=ARN)["Versions"]
        assert [one["SemanticVersion"] for one in versions] == ["1.0.0", "1.1.0"]
        stack = cloud.deploy(OUTER)
        assert cloud.invoke(stack.outputs["Name"]).payload == {"longest_side": 160}
