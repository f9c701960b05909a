def lambda_handler(event, context):
    return {"report": sorted(event)}
