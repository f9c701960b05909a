"""The front door of the thumbnail service. It cannot do much yet."""

import json


def lambda_handler(event, context):
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({"message": "The thumbnail service says hello.", "request_id": context.aws_request_id}),
    }
