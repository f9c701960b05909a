import json


def lambda_handler(event, context):
    """Take an order: POST /orders with {"item": …, "count": …}."""
    order = json.loads(event["body"])
    return {
        "statusCode": 201,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({"ordered": order["item"], "count": order["count"]}),
    }
