import html
import json
import os

import boto3
from botocore.config import Config

s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
LARGEST = 5_000_000  # bytes
VALID = 300  # seconds


def lambda_handler(event, context):
    """GET / hands out a form that uploads straight to S3; GET /thumbnail/{key} a link to the result."""
    if event["resource"] == "/":
        return page(form(context.aws_request_id))
    return answer(link(event["pathParameters"]["key"]))


def form(key):
    """A form with a grant for one upload: this key, this size, for five minutes."""
    grant = s3.generate_presigned_post(
        os.environ["UPLOADS_BUCKET"], key, Conditions=[["content-length-range", 1, LARGEST]], ExpiresIn=VALID
    )
    fields = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in grant["fields"].items()
    )
    return (
        f'<form action="{html.escape(grant["url"])}" method="post" enctype="multipart/form-data">{fields}'
        '<input type="file" name="file" accept="image/*"><button>Upload</button></form>'
    )


def link(key):
    """Where the thumbnail will be, for whoever holds the link, for five minutes."""
    where = {"Bucket": os.environ["THUMBNAILS_BUCKET"], "Key": key}
    return {"thumbnail": s3.generate_presigned_url("get_object", Params=where, ExpiresIn=VALID)}


def page(body):
    return {"statusCode": 200, "headers": {"Content-Type": "text/html; charset=utf-8"}, "body": body}


def answer(value):
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(value)}
