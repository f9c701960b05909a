"""Knows prices. An answer is a number: euros."""


def lambda_handler(event, context):
    return 29
