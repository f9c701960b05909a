import json
from dataclasses import asdict

from request import Request


def view(event):
    """The typed view of an event as JSON can carry it."""
    return asdict(Request.from_event(event))


def lambda_handler(event, context):
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(view(event)),
    }
