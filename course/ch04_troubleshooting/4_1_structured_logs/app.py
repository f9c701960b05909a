"""The till: one line of JSON for each request."""

import json
import time

import shop


def lambda_handler(event, context):
    """Take {"item", "card", "seconds", "token"}; answer {"status": 200, "receipt": …} or {"status": 402}.

    Each request writes exactly one line to the log: one JSON object with
    - "level": "INFO" when it was paid, "ERROR" when the bank refused;
    - "requestId": Lambda's id of this request;
    - "durationMs": how long paying took, in milliseconds;
    - "status" and "item": so that one can search for them.
    Card and token never stand in the log.
    """
    # YOUR CODE HERE
    raise NotImplementedError()
