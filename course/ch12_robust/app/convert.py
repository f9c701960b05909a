import os
import tempfile
from pathlib import Path
from urllib.parse import unquote_plus

import boto3

from thumbnail import make_thumbnail

s3 = boto3.client("s3")


def lambda_handler(event, context):
    """Make a thumbnail of every picture that the event names: same key, other bucket."""
    for record in event["Records"]:
        bucket = record["s3"]["bucket"]["name"]
        key = unquote_plus(record["s3"]["object"]["key"])
        convert(bucket, key)


def convert(bucket, key):
    """Fetch one picture, make its thumbnail, store it; leave nothing on the disk."""
    with tempfile.TemporaryDirectory() as folder:
        original, small = Path(folder, "original"), Path(folder, "small")
        original.write_bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        content_type = make_thumbnail(original, small)
        s3.put_object(
            Bucket=os.environ["THUMBNAILS_BUCKET"], Key=key, Body=small.read_bytes(), ContentType=content_type
        )
