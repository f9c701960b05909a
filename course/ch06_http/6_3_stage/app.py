import json


def lambda_handler(event, context):
    """Say hello, and which stage was asked."""
    answer = {"message": "Hello", "stage": event["requestContext"]["stage"]}
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(answer)}
