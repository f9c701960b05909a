def lambda_handler(event, context):
    """Count the words of a text."""
    return {"words": len(event["text"].split())}
