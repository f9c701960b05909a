import json
import os

import boto3
from botocore.config import Config

s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
TYPES = ("image/jpeg", "image/png")


def lambda_handler(event, context):
    """POST /uploads: a grant for an upload and a link to its thumbnail; 400 for what is no picture."""
    try:
        kind = json.loads(event["body"])["type"]
    except (ValueError, KeyError, TypeError):
        return answer(400, {"message": 'Send {"type": "image/jpeg"}, in JSON.'})
    if kind not in TYPES:
        return answer(400, {"message": "This kind of file is not taken.", "allowed": TYPES})
    key = f"uploads/{context.aws_request_id}"
    limits = [{"Content-Type": kind}, ["content-length-range", 1, 5_000_000]]
    upload = s3.generate_presigned_post(os.environ["UPLOADS_BUCKET"], key, {"Content-Type": kind}, limits)
    where = {"Bucket": os.environ["THUMBNAILS_BUCKET"], "Key": key}
    return answer(201, {"upload": upload, "thumbnail": s3.generate_presigned_url("get_object", Params=where)})


def answer(status, value):
    """An answer with JSON in it, which a page of ours may read."""
    # YOUR CODE HERE
    raise NotImplementedError()
