import json


def lambda_handler(event, context):
    """Answer with JSON: a "message" of your own, and under "request_id" the id of this invocation."""
    # YOUR CODE HERE
    raise NotImplementedError()
