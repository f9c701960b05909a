import json
import os

import boto3
from botocore.config import Config

s3 = boto3.client("s3", config=Config(signature_version="s3v4"))


def lambda_handler(event, context):
    """GET /grant hands out a form: the photo goes straight to S3, and never comes here."""
    grant = s3.generate_presigned_post(
        os.environ["PHOTOS_BUCKET"],
        f"uploads/{context.aws_request_id}",
        Conditions=[["content-length-range", 1, 20_000_000], ["starts-with", "$Content-Type", "image/"]],
        ExpiresIn=300,
    )
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(grant)}
