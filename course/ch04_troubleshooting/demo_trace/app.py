import json
import logging

log = logging.getLogger()
PRICES = {"book": 12, "pen": 3}


def lambda_handler(event, context):
    query = event["queryStringParameters"] or {}
    log.warning("an order", extra={"item": query.get("item"), "pieces": query.get("pieces")})
    total = PRICES[query["item"]] * int(query["pieces"])
    headers = {"x-request-id": context.aws_request_id}
    return {"statusCode": 200, "headers": headers, "body": json.dumps({"total": total})}
