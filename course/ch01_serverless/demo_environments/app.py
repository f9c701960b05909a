import json
import time

served = 0  # lives as long as this execution environment, and no longer


def lambda_handler(event, context):
    global served
    served += 1
    time.sleep(0.15)  # some work
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({"environment": context.log_stream_name[-6:], "served": served}),
    }
