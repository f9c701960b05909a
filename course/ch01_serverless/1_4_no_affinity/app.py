import json

from table import KEY, table

visits = 0


def lambda_handler(event, context):
    """Count this visit and answer with its number: {"visits": 7} to the seventh visitor."""
    global visits
    visits += 1
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({"visits": visits}),
    }
