import html
import os

import boto3
from botocore.config import Config

s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
LARGEST = 5_000_000  # bytes
VALID = 300  # seconds


def lambda_handler(event, context):
    """GET /: a page with a form that uploads one picture straight to S3."""
    page = f"<!doctype html><html lang='en'><title>Thumbnails</title>{form(context.aws_request_id)}</html>"
    return {"statusCode": 200, "headers": {"Content-Type": "text/html; charset=utf-8"}, "body": page}


def form(upload):
    """A form with a grant in it: this key, a picture, not too large, for five minutes."""
    grant = s3.generate_presigned_post(
        os.environ["UPLOADS_BUCKET"],
        f"uploads/{upload}",
        Fields={"Content-Type": "image/jpeg"},
        Conditions=[["content-length-range", 1, LARGEST], {"Content-Type": "image/jpeg"}],
        ExpiresIn=VALID,
    )
    fields = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in grant["fields"].items()
    )
    return (
        f'<form action="{html.escape(grant["url"])}" method="post" enctype="multipart/form-data">{fields}'
        '<label>A photograph (JPEG) <input type="file" name="file" accept="image/jpeg"></label>'
        f"<button>Upload</button></form><p>Your photo will be number {html.escape(upload)}.</p>"
    )
