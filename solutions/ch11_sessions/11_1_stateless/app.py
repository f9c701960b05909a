import json
import os

import boto3
from botocore.config import Config

from state import Refused, seal, unseal

s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
LARGEST = 5_000_000  # bytes
VALID = 300  # seconds that a grant or a link is good for


def lambda_handler(event, context):
    """POST /uploads begins an upload, POST /resume goes on with one. Whoever arrives here has signed in."""
    user = event["requestContext"]["authorizer"]["principalId"]
    if event["resource"] == "/uploads":
        return start(user, context.aws_request_id)
    return resume(user, json.loads(event["body"])["state"])


def start(user, upload):
    """201 with upload, a grant for one upload, and state, which the client keeps for us."""
    key = f"uploads/{user}/{upload}"
    ### BEGIN SOLUTION
    return answer(201, {"upload": grant(key), "state": seal({"user": user, "key": key})})
    ### END SOLUTION


def resume(user, token):
    """200 with thumbnail, a new link to that of the upload that the token is about; 403 when the token is not good."""
    ### BEGIN SOLUTION
    try:
        facts = unseal(token)
    except Refused as refused:
        return answer(403, {"message": str(refused)})
    if facts["user"] != user:
        return answer(403, {"message": "This upload is somebody else's."})
    return answer(200, {"thumbnail": link(facts["key"])})
    ### END SOLUTION


def grant(key):
    """Given: a form for one photograph under this key."""
    kind = {"Content-Type": "image/jpeg"}
    limits = [kind, ["content-length-range", 1, LARGEST]]
    return s3.generate_presigned_post(os.environ["UPLOADS_BUCKET"], key, kind, limits, ExpiresIn=VALID)


def link(key):
    """Given: where the thumbnail of this key is, or will be."""
    where = {"Bucket": os.environ["THUMBNAILS_BUCKET"], "Key": key}
    return s3.generate_presigned_url("get_object", Params=where, ExpiresIn=VALID)


def answer(status, value):
    """An answer with JSON in it."""
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(value)}
