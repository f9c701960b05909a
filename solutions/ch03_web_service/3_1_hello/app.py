import json


def lambda_handler(event, context):
    """Answer with JSON: a "message" of your own, and under "request_id" the id of this invocation."""
    ### BEGIN SOLUTION
    answer = {"message": "Hello from a function", "request_id": context.aws_request_id}
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(answer),
    }
    ### END SOLUTION
