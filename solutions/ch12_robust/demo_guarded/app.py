import time


def lambda_handler(event, context):
    """Three tenths of a second of work for every request."""
    time.sleep(0.3)
    return {"statusCode": 200, "body": "done"}
