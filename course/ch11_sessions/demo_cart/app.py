import json

CART = []


def lambda_handler(event, context):
    """GET /cart?item=…: put it into the cart, and show the cart."""
    CART.append(event["queryStringParameters"]["item"])
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(CART)}
