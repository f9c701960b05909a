import time

GOOD = {"statusCode": 200, "headers": {"Content-Type": "text/plain"}, "body": "fine"}


def lambda_handler(event, context):
    path = event["path"]
    if path == "/crash":
        return {"statusCode": 200, "body": 1 / 0}
    if path == "/malformed":
        return {"statusCode": 200, "body": {"this": "is no text"}}
    if path in ("/slow", "/slower"):
        time.sleep(5 if path == "/slow" else 35)
    return GOOD
