"""Tests a new version of the basket before anybody is sent to it."""

import json
import os

import boto3

BASKET = {"items": ["book", "pen", "pen"]}
TOTAL = 35


# lambda_handler(event, context): call the version that NEW_VERSION names with BASKET. Only the answer {"total": TOTAL}
# is right. Then tell CodeDeploy, whatever happened: Succeeded or Failed.
### BEGIN SOLUTION
def is_good(version):
    answer = boto3.client("lambda").invoke(FunctionName=version, Payload=json.dumps(BASKET))
    return "FunctionError" not in answer and json.load(answer["Payload"]) == {"total": TOTAL}


def lambda_handler(event, context):
    try:
        status = "Succeeded" if is_good(os.environ["NEW_VERSION"]) else "Failed"
    except Exception as problem:
        print(f"The test could not be made: {problem}")
        status = "Failed"
    boto3.client("codedeploy").put_lifecycle_event_hook_execution_status(
        deploymentId=event["DeploymentId"],
        lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
        status=status,
    )
### END SOLUTION
