import json


def lambda_handler(event, context):
    """Tell callers who they are, and what they asked for. Whoever arrives here was let in."""
    who = event["requestContext"]["authorizer"]["principalId"]
    answer = {"who": who, "asked": f"{event['httpMethod']} {event['path']}"}
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(answer)}
