"""Given: fetches an upload and stores its thumbnail. Nothing to change here."""

import os
import tempfile
from pathlib import Path

import boto3

from thumbnail import make_thumbnail

s3 = boto3.client("s3")


def convert(bucket, key):
    """Make the thumbnail of one upload. Doing it twice gives the same object twice: no harm."""
    with tempfile.TemporaryDirectory() as folder:
        original, small = Path(folder, "original"), Path(folder, "small")
        original.write_bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        content_type = make_thumbnail(original, small)
        s3.put_object(
            Bucket=os.environ["THUMBNAILS_BUCKET"], Key=key, Body=small.read_bytes(), ContentType=content_type
        )
