import json
import os

import boto3
from botocore.config import Config

s3 = boto3.client("s3", config=Config(signature_version="s3v4"))

TYPES = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif"}
SIZES = (160, 320, 640)  # the longest side of a thumbnail, in pixels
DEFAULT_SIZE = 160


def lambda_handler(event, context):
    """GET /sign/{extension} and /sign/{extension}/image/{size}: a grant for one upload, or 400 and what is allowed.

    That is {"size": 320, "grant": {…}} for a key of its own, "uploads/….jpg"; or {"message": …, "allowed": …}.
    """
    wanted = event["pathParameters"]
    # YOUR CODE HERE
    raise NotImplementedError()


def grant(key, extension):
    """A form for one picture of this kind under this key."""
    kind = {"Content-Type": TYPES[extension]}
    limits = [kind, ["content-length-range", 1, 5_000_000]]
    return s3.generate_presigned_post(os.environ["UPLOADS_BUCKET"], key, kind, limits, ExpiresIn=300)


def answer(status, value):
    """An answer with JSON in it."""
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(value)}
