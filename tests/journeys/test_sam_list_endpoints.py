"""The real ``sam list endpoints`` finds every address of a stack: it asks API Gateway and Cloud Control."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from grader.cloud import Cloud

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Rest: {Type: AWS::Serverless::Api, Properties: {StageName: live, OpenApiVersion: 3.0.1}}
  Http: {Type: AWS::Serverless::HttpApi}
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      InlineCode: "def handler(event, context): return {'statusCode': 200}"
      FunctionUrlConfig: {AuthType: NONE}
      Events:
        Get: {Type: Api, Properties: {RestApiId: !Ref Rest, Path: "/pets/{id}", Method: get}}
        Any: {Type: HttpApi, Properties: {ApiId: !Ref Http, Path: /pets, Method: any}}
"""


@pytest.mark.journey
def test_sam_lists_the_endpoints_of_all_kinds_of_apis(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    with Cloud() as cloud:
        stack = cloud.deploy(TEMPLATE, name="app")
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
        program = [str(Path(sys.executable).parent / "sam"), "list", "endpoints"]
        listed = subprocess.run(
            [*program, "--stack-name", "app", "--output", "json", "--region", "us-east-1"],
            cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert listed.returncode == 0, listed.stderr
        found = {one["LogicalResourceId"]: (one["CloudEndpoint"], one["Methods"]) for one in json.loads(listed.stdout)}
        ids = {name: resource.physical_id for name, resource in stack.resources.items()}
        url = cloud.client("lambda").get_function_url_config(FunctionName=ids["Hello"])["FunctionUrl"]
        assert found == {
            "Rest": (
                [f"https://{ids['Rest']}.execute-api.us-east-1.amazonaws.com/live"],
                ["/pets/{id}['get']"],
            ),
            "Http": (
                [f"https://{ids['Http']}.execute-api.us-east-1.amazonaws.com/$default"],
                ["/pets['x-amazon-apigateway-any-method']"],
            ),
            "Hello": (url, "-"),
        }
