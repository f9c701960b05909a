"""Tells the price of a book."""

import json


def lambda_handler(event, context):
    body = {"price": 29, "version": context.function_version}
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}
