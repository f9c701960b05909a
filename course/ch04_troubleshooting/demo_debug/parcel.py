def lambda_handler(event, context):
    weights = [item["grams"] for item in event["items"]]
    total = sum(weights)
    postage = 5 if total > 1000 else 3
    return {"grams": total, "postage": postage}
