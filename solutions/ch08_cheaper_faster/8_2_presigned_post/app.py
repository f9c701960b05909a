import json
import os

import boto3
from botocore.config import Config

s3 = boto3.client("s3", config=Config(signature_version="s3v4"))

LARGEST = 2_000_000  # bytes
VALID = 300  # seconds


def lambda_handler(event, context):
    """GET /grant hands out a grant: one upload, of a picture, under a key of ours, not too large, and soon."""
    ### BEGIN SOLUTION
    grant = s3.generate_presigned_post(
        os.environ["UPLOADS_BUCKET"],
        f"uploads/{context.aws_request_id}",
        Conditions=[["starts-with", "$Content-Type", "image/"], ["content-length-range", 1, LARGEST]],
        ExpiresIn=VALID,
    )
    ### END SOLUTION
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(grant)}
