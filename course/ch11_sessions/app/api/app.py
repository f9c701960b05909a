import json
import os

import boto3
from botocore.config import Config

from state import Refused, seal, unseal

s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
TYPES = ("image/jpeg", "image/png", "image/gif")
LARGEST = 5_000_000  # bytes
VALID = 300  # seconds


def lambda_handler(event, context):
    """POST /uploads: a grant for one upload, a link to its result, a token. POST /resume: a new link for a token."""
    try:
        asked = json.loads(event["body"] or "")
    except ValueError:
        asked = None
    if not isinstance(asked, dict):
        return answer(400, {"message": "Send an object in JSON."})
    return start(asked, context.aws_request_id) if event["resource"] == "/uploads" else resume(asked)


def start(asked, upload):
    """What a page needs to send one picture and to find its thumbnail; 400 for what is no picture."""
    kind = asked.get("type")
    if kind not in TYPES:
        return answer(400, {"message": "This kind of file is not taken.", "allowed": TYPES})
    key = f"uploads/{upload}"
    conditions = [{"Content-Type": kind}, ["content-length-range", 1, LARGEST]]
    grant = s3.generate_presigned_post(
        os.environ["UPLOADS_BUCKET"], key, {"Content-Type": kind}, conditions, ExpiresIn=VALID
    )
    return answer(201, {"upload": grant, "largest": LARGEST, "result": link(key), "state": seal({"key": key})})


def resume(asked):
    """A new link to the result of an upload that was granted before; 403 for a token that is not ours, or too old."""
    try:
        key = unseal(asked.get("state"))["key"]
    except Refused as refused:
        return answer(403, {"message": str(refused)})
    return answer(200, {"result": link(key)})


def link(key):
    """Where the result will be, for whoever holds the link, for five minutes."""
    where = {"Bucket": os.environ["RESULTS_BUCKET"], "Key": key}
    return s3.generate_presigned_url("get_object", Params=where, ExpiresIn=VALID)


def answer(status, value):
    """An answer with JSON in it, which our own page may read."""
    headers = {"Content-Type": "application/json", "Access-Control-Allow-Origin": os.environ["SITE_ORIGIN"]}
    return {"statusCode": status, "headers": headers, "body": json.dumps(value)}
