"""Tells a price."""

import json

PRICES = {"book": 29, "pen": 3}


def lambda_handler(event, context):
    item = (event["queryStringParameters"] or {}).get("item", "book")
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({"item": item, "price": PRICES.get(item), "version": context.function_version}),
    }
