import json


def lambda_handler(event, context):
    answer = {"pong": event["path"], "served_by": context.function_name}
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(answer),
    }
