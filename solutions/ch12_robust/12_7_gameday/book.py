import json
import os

import boto3
from botocore.config import Config

# A slow table must not eat the function's time: two short tries.
dynamodb = boto3.client("dynamodb", config=Config(read_timeout=1, connect_timeout=1, retries={"total_max_attempts": 2}))


def lambda_handler(event, context):
    """Book each order once, however often it comes; what could not be booked stays in the queue."""
    ### BEGIN SOLUTION
    failed = []
    for record in event["Records"]:
        correlation = record["messageAttributes"]["correlation"]["stringValue"]
        try:
            book(correlation, json.loads(record["body"]))
            log(correlation, "booked")
        except Exception as error:
            log(correlation, f"not booked: {error}")
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
    ### END SOLUTION


def book(correlation, order):
    """Write the order, and count it, in one transaction that happens once for each id.

    An item has an id and an amount, a number; that of the item "total" is the sum of all.
    """
    ### BEGIN SOLUTION
    table = os.environ["ORDERS_TABLE"]
    amount = {":amount": {"N": str(int(order["amount"]))}}
    try:
        dynamodb.transact_write_items(
            TransactItems=[
                {
                    "Put": {
                        "TableName": table,
                        "Item": {"id": {"S": correlation}, "amount": amount[":amount"]},
                        "ConditionExpression": "attribute_not_exists(id)",
                    }
                },
                {
                    "Update": {
                        "TableName": table,
                        "Key": {"id": {"S": "total"}},
                        "UpdateExpression": "ADD amount :amount",
                        "ExpressionAttributeValues": amount,
                    }
                },
            ]
        )
    except dynamodb.exceptions.TransactionCanceledException as error:
        reasons = [reason.get("Code") for reason in error.response["CancellationReasons"]]
        if reasons[0] != "ConditionalCheckFailed":
            raise
    ### END SOLUTION


def log(correlation, message):
    """A line of JSON that can be found by its correlation id."""
    print(json.dumps({"correlation": correlation, "message": message}))
