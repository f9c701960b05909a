"""Knows prices. An answer has an amount and a currency."""


def lambda_handler(event, context):
    return {"amount": 29, "currency": "EUR"}
