import json
import os

import boto3

sqs = boto3.client("sqs")


def lambda_handler(event, context):
    """POST /order: put the order into the queue, under an id that goes with it from here to the end.

    The body is {"amount": 12}; the answer is 202, with the id in its header x-correlation-id.
    """
    ### BEGIN SOLUTION
    headers = {name.lower(): value for name, value in (event["headers"] or {}).items()}
    correlation = headers.get("x-correlation-id") or context.aws_request_id
    log(correlation, "taken")
    sqs.send_message(
        QueueUrl=os.environ["ORDERS_QUEUE"],
        MessageBody=event["body"],
        MessageAttributes={"correlation": {"DataType": "String", "StringValue": correlation}},
    )
    return {"statusCode": 202, "headers": {"x-correlation-id": correlation}, "body": json.dumps({"id": correlation})}
    ### END SOLUTION


def log(correlation, message):
    """A line of JSON that can be found by its correlation id."""
    print(json.dumps({"correlation": correlation, "message": message}))
