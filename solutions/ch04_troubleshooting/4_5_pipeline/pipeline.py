"""From the sources to production, in five steps that nobody does by hand."""

import json
from pathlib import Path

import boto3
from botocore.exceptions import ClientError

from lint import lint
from package import package

CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]


def deploy(stack_name, template):
    """Create the stack or update it, and wait until it is done; raise when it does not get there."""
    ### BEGIN SOLUTION
    cloudformation = boto3.client("cloudformation")
    wanted = {"StackName": stack_name, "TemplateBody": json.dumps(template), "Capabilities": CAPABILITIES}
    try:
        cloudformation.describe_stacks(StackName=stack_name)
    except ClientError:
        cloudformation.create_stack(**wanted)
        waiting = "stack_create_complete"
    else:
        try:
            cloudformation.update_stack(**wanted)
        except ClientError as refused:
            if "No updates" not in str(refused):
                raise
            return
        waiting = "stack_update_complete"
    cloudformation.get_waiter(waiting).wait(StackName=stack_name)
    ### END SOLUTION


def smoke_test(stack_name):
    """Invoke the function in the stack's output HelloFunction with {"name": "smoke"}.

    Raise unless it answers with statusCode 200 and "smoke" in its body.
    """
    ### BEGIN SOLUTION
    [stack] = boto3.client("cloudformation").describe_stacks(StackName=stack_name)["Stacks"]
    [function] = [one["OutputValue"] for one in stack["Outputs"] if one["OutputKey"] == "HelloFunction"]
    called = boto3.client("lambda").invoke(FunctionName=function, Payload=json.dumps({"name": "smoke"}))
    answer = json.load(called["Payload"])
    if "FunctionError" in called or answer.get("statusCode") != 200 or "smoke" not in answer["body"]:
        raise RuntimeError(f"smoke test: {answer}")
    ### END SOLUTION


def release(folder, bucket):
    """Release the project in the folder: lint, package, deploy to test, smoke test, deploy to production.

    The template is template.json in the folder; the stacks are named "test" and "production".
    Return None when all went well, otherwise the name of the step that failed:
    "lint", "package", "deploy test", "smoke test" or "deploy production". No step runs after one that failed.
    """
    ### BEGIN SOLUTION
    step = "lint"
    try:
        template = json.loads(Path(folder, "template.json").read_text())
        if lint(template):
            return step
        step = "package"
        packaged = package(template, folder, bucket)
        step = "deploy test"
        deploy("test", packaged)
        step = "smoke test"
        smoke_test("test")
        step = "deploy production"
        deploy("production", packaged)
    except Exception as failure:
        print(f"{step}: {failure}")
        return step
    return None
    ### END SOLUTION
