"""Says which version of the function answers."""

import json


def lambda_handler(event, context):
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({"greeting": "Hello", "version": context.function_version}),
    }
