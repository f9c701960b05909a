"""Tries a new version of the front door before anybody is sent to it, and tells CodeDeploy how it went."""

import json
import os

import boto3

REQUEST = {"httpMethod": "GET", "path": "/hello", "headers": None, "queryStringParameters": None, "body": None}


def is_good(version):
    answer = boto3.client("lambda").invoke(FunctionName=version, Payload=json.dumps(REQUEST))
    page = json.load(answer["Payload"])
    return "FunctionError" not in answer and page["statusCode"] == 200 and "message" in json.loads(page["body"])


def lambda_handler(event, context):
    try:
        status = "Succeeded" if is_good(os.environ["NEW_VERSION"]) else "Failed"
    except Exception as problem:
        print(f"The test could not be made: {problem!r}")
        status = "Failed"
    boto3.client("codedeploy").put_lifecycle_event_hook_execution_status(
        deploymentId=event["DeploymentId"],
        lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
        status=status,
    )
