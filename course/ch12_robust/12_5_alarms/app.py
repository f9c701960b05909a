import json
import os

import boto3

sqs = boto3.client("sqs")


def order(event, context):
    """POST /order/{thing}: put the order into the queue."""
    thing = event["pathParameters"]["thing"]
    if thing == "bug":
        raise RuntimeError("a mistake that nobody has found yet")
    sqs.send_message(QueueUrl=os.environ["ORDERS_QUEUE"], MessageBody=json.dumps({"thing": thing}))
    return {"statusCode": 202, "body": "taken"}


def work(event, context):
    """Work on the orders; one kind of thing cannot be made."""
    for record in event["Records"]:
        if json.loads(record["body"])["thing"] == "unicorn":
            raise ValueError("there are no unicorns")
