import json
import os


def form(event, context):
    """GET /form"""
    return tell("form", event)


def greeting(event, context):
    """POST /greeting"""
    return tell("greeting", event)


def picture(event, context):
    """GET /picture: hard work, so it has more memory and time than the others."""
    return tell("picture", event)


def tell(what, event):
    """What was asked for, with the settings of the function, and the headers that its request brought along."""
    answer = {
        "asked": what,
        "greeting": os.environ.get("GREETING"),
        "longest_side": os.environ.get("LONGEST_SIDE"),
        "headers": sorted(event["headers"]),
    }
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(answer)}
