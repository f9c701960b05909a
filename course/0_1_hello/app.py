import json

WHO = "world"  # change this word: your name, say


def lambda_handler(event, context):
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({"message": f"Hello, {WHO}!"}),
    }
