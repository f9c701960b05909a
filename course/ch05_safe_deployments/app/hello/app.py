"""The front door of the thumbnail service. It says hello, and which version says it."""

import json


def lambda_handler(event, context):
    body = {
        "message": "The thumbnail service says hello.",
        "version": context.function_version,
        "request_id": context.aws_request_id,
    }
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}
