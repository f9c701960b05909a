import json
import time


def lambda_handler(event, context):
    """Add up a month. The ledger is old, and takes its time."""
    total = sum(read(week) for week in range(1, 5))
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps({"total": total})}


def read(week):
    time.sleep(3)  # what the ledger needs for a week
    return week * 1000
