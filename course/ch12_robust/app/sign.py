import json
import os

import boto3
from botocore.config import Config

s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
TYPES = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif"}
LARGEST = 5_000_000  # bytes
VALID = 300  # seconds


def lambda_handler(event, context):
    """GET /sign/{extension}: a grant for one upload and a link to its thumbnail, or 400 and what is allowed."""
    extension = event["pathParameters"]["extension"].lower()
    if extension not in TYPES:
        return answer(400, {"message": "This kind of file is not taken.", "allowed": sorted(TYPES)})
    key = f"uploads/{context.aws_request_id}.{extension}"
    kind = {"Content-Type": TYPES[extension]}
    limits = [kind, ["content-length-range", 1, LARGEST]]
    upload = s3.generate_presigned_post(os.environ["UPLOADS_BUCKET"], key, kind, limits, ExpiresIn=VALID)
    where = {"Bucket": os.environ["THUMBNAILS_BUCKET"], "Key": key}
    thumbnail = s3.generate_presigned_url("get_object", Params=where, ExpiresIn=VALID)
    return answer(200, {"upload": upload, "thumbnail": thumbnail})


def answer(status, value):
    """An answer with JSON in it."""
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(value)}
