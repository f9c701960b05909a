import json


def lambda_handler(event, context):
    """Answer every route with its name."""
    body = json.dumps({"route": f"{event['httpMethod']} {event['resource']}"})
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": body}
