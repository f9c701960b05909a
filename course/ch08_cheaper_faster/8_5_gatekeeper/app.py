import json
import os

import boto3
from botocore.config import Config

s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
VALID = 300  # seconds


def lambda_handler(event, context):
    """GET /grant hands out two grants: to put one photo under uploads/, and to get its thumbnail later."""
    key = f"uploads/{context.aws_request_id}"
    upload = s3.generate_presigned_post(os.environ["UPLOADS_BUCKET"], key, ExpiresIn=VALID)
    where = {"Bucket": os.environ["THUMBNAILS_BUCKET"], "Key": key}
    thumbnail = s3.generate_presigned_url("get_object", Params=where, ExpiresIn=VALID)
    body = json.dumps({"upload": upload, "thumbnail": thumbnail})
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": body}
