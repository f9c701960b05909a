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
    ### BEGIN SOLUTION
    extension = wanted["extension"].lower()
    size = wanted.get("size", str(DEFAULT_SIZE))
    if extension not in TYPES:
        return answer(400, {"message": "This kind of file is not taken.", "allowed": sorted(TYPES)})
    if size not in [str(allowed) for allowed in SIZES]:
        return answer(400, {"message": "There is no such size.", "allowed": SIZES})
    return answer(200, {"size": int(size), "grant": grant(f"uploads/{context.aws_request_id}.{extension}", extension)})
    ### END SOLUTION


def grant(key, extension):
    """A form for one picture of this kind under this key."""
    kind = {"Content-Type": TYPES[extension]}
    limits = [kind, ["content-length-range", 1, 5_000_000]]
    return s3.generate_presigned_post(os.environ["UPLOADS_BUCKET"], key, kind, limits, ExpiresIn=300)


def answer(status, value):
    """An answer with JSON in it."""
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(value)}
