import json
import os
from urllib.parse import unquote

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
VALID = 60  # seconds


def lambda_handler(event, context):
    """GET /link/{key}: 200 and {"link": …}, which ends soon; 404 if there is no such photo, 403 if it is forbidden."""
    key = unquote(event["pathParameters"]["key"])  # API Gateway hands on the path as it was sent
    # YOUR CODE HERE
    raise NotImplementedError()


def answer(status, value):
    """An answer with JSON in it."""
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(value)}
