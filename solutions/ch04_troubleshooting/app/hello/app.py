"""The front door of the thumbnail service. It cannot do much yet, but it says what it does."""

import json
import logging
import time

log = logging.getLogger()


def lambda_handler(event, context):
    started = time.time()
    body = json.dumps({"message": "The thumbnail service says hello.", "request_id": context.aws_request_id})
    took = round(1000 * (time.time() - started), 1)
    log.info("said hello", extra={"path": event["path"], "status": 200, "durationMs": took})
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": body}
