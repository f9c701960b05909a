"""What strangers reach: grants for uploads, and the number of pictures so far."""

### BEGIN SOLUTION
import json
import os

import boto3
from botocore.config import Config

import studio

s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
dynamodb = boto3.client("dynamodb", config=Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 2}))
LARGEST = 5_000_000  # bytes
VALID = 600  # seconds


def sign(event, context):
    """GET /sign/{extension}: a grant for one upload and a link to its thumbnail, or 400 and what is taken."""
    extension = event["pathParameters"]["extension"].lower()
    kind = studio.content_type(extension)
    if kind is None:
        return answer(400, {"message": "This kind of picture is not taken.", "allowed": studio.extensions()})
    key = f"uploads/{context.aws_request_id}.{extension}"
    print(json.dumps({"key": key, "event": "granted"}))
    limits = [{"Content-Type": kind}, ["content-length-range", 1, LARGEST]]
    upload = s3.generate_presigned_post(
        os.environ["UPLOADS_BUCKET"], key, {"Content-Type": kind}, limits, ExpiresIn=VALID
    )
    where = {"Bucket": os.environ["THUMBNAILS_BUCKET"], "Key": key}
    thumbnail = s3.generate_presigned_url("get_object", Params=where, ExpiresIn=VALID)
    return answer(200, {"key": key, "upload": upload, "thumbnail": thumbnail})


def count(event, context):
    """GET /count: how many pictures have been converted."""
    key = {"id": {"S": "total"}}
    item = dynamodb.get_item(TableName=os.environ["PICTURES_TABLE"], Key=key, ConsistentRead=True).get("Item", {})
    return answer(200, {"converted": int(item.get("pictures", {"N": "0"})["N"])})


def answer(status, value):
    """An answer with JSON in it, for the pages of our site."""
    headers = {"Content-Type": "application/json", "Access-Control-Allow-Origin": os.environ["SITE"]}
    return {"statusCode": status, "headers": headers, "body": json.dumps(value)}


### END SOLUTION
