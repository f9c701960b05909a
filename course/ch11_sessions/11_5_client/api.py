"""Given: the service that the client talks to. It counts uploads, and is busy when the table is."""

import json
import os

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from state import Refused, seal, unseal

s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
counts = boto3.resource("dynamodb", config=Config(retries={"total_max_attempts": 1})).Table(os.environ["COUNTS_TABLE"])
TYPES = ("image/jpeg", "image/png")
LARGEST = 300_000  # bytes
VALID = 300  # seconds


def lambda_handler(event, context):
    """POST /uploads: a grant, a link to the thumbnail, a token. POST /resume: a new link for a token."""
    asked = json.loads(event["body"])
    print("asked", event["resource"])
    try:
        return start(asked, context.aws_request_id) if event["resource"] == "/uploads" else resume(asked)
    except ClientError:
        return answer(503, {"message": "Busy."})
    except Refused as refused:
        return answer(403, {"message": str(refused)})


def start(asked, upload):
    """What a client needs to send one picture and to find its thumbnail; 400 for what is no picture."""
    kind = asked.get("type")
    if kind not in TYPES:
        return answer(400, {"message": f"{kind} is not taken. Send a JPEG or a PNG file."})
    counts.update_item(
        Key={"name": "uploads"}, UpdateExpression="ADD #n :one",
        ExpressionAttributeNames={"#n": "number"}, ExpressionAttributeValues={":one": 1},
    )  # fmt: skip
    key = f"uploads/{upload}"
    limits = [{"Content-Type": kind}, ["content-length-range", 1, LARGEST]]
    grant = s3.generate_presigned_post(
        os.environ["UPLOADS_BUCKET"], key, {"Content-Type": kind}, limits, ExpiresIn=VALID
    )
    return answer(201, {"upload": grant, "thumbnail": link(key), "state": seal({"key": key})})


def resume(asked):
    """A new link for an upload that was begun before."""
    return answer(200, {"thumbnail": link(unseal(asked["state"])["key"])})


def link(key):
    """Where the thumbnail will be: 404 until it is there."""
    where = {"Bucket": os.environ["THUMBNAILS_BUCKET"], "Key": key}
    return s3.generate_presigned_url("get_object", Params=where, ExpiresIn=VALID)


def answer(status, value):
    """An answer with JSON in it."""
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(value)}
