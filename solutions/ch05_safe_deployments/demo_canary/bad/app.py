"""Tells the price of a book, in a discount campaign. Somebody was in a hurry."""

import json


def lambda_handler(event, context):
    body = {"price": 29 * (1 - discount), "version": context.function_version}
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}
