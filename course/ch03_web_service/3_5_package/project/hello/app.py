import json

from text.greeting import greeting


def lambda_handler(event, context):
    return {"statusCode": 200, "body": json.dumps({"message": greeting("world")})}
