import json
import time
from pathlib import Path


def lambda_handler(event, context):
    """Leave a file on the local disk, and tell how many are there."""
    Path("/tmp", context.aws_request_id).write_text("I was here")
    time.sleep(0.2)
    return {"statusCode": 200, "body": json.dumps({"files": len(list(Path("/tmp").iterdir()))})}
