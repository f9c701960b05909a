import json

from router import match

ROUTES = [
    "/albums/recent",
    "/albums/{album}",
    "/albums/{album}/photos/{photo}",
    "/albums/{album}/files/{path+}",
]


def lambda_handler(event, context):
    """Everything under /albums comes here; the router says what it is."""
    found = match(ROUTES, event["path"])
    if found is None:
        return answer(404, {"message": "There is nothing here."})
    return answer(200, found)


def answer(status, value):
    """An answer with JSON in it."""
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(value)}
