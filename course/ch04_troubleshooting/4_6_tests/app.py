"""Hands out tickets for thumbnails. It is given, and it is right; do not change it."""

import json
import time

SMALLEST, LARGEST, USUAL = 16, 1024, 128
LIFETIME_S = 3600


def answer(status, body):
    return {"statusCode": status, "body": json.dumps(body)}


def lambda_handler(event, context, now=time.time):
    """Answer {"width", "expires"} for a request whose body is JSON such as {"width": 200}.

    - Widths from 16 to 1024, both included, are accepted; without a width it is 128.
    - A body of None means an empty one.
    - Whatever else comes is answered with status 400 and {"error": …}.
    - expires is an hour from now, in whole seconds since 1970. ``now`` is the clock; a test may bring its own.
    """
    try:
        wanted = json.loads(event.get("body") or "{}")
        width = wanted.get("width", USUAL)
    except (ValueError, TypeError, AttributeError):
        return answer(400, {"error": "the body is not a JSON object"})
    if type(width) is not int or not SMALLEST <= width <= LARGEST:
        return answer(400, {"error": f"width must be from {SMALLEST} to {LARGEST}"})
    return answer(200, {"width": width, "expires": int(now()) + LIFETIME_S})
