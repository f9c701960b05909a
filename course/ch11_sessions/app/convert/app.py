import json
import os
import tempfile
from pathlib import Path
from urllib.parse import unquote_plus

import boto3
from PIL import UnidentifiedImageError

from thumbnail import make_thumbnail

s3 = boto3.client("s3")
NO_PICTURE = "This file is no picture that we can read."


def lambda_handler(event, context):
    """Store a result for every upload that the event names, under the same key: a thumbnail, or why there is none."""
    for record in event["Records"]:
        bucket = record["s3"]["bucket"]["name"]
        key = unquote_plus(record["s3"]["object"]["key"])
        body, content_type = converted(bucket, key)
        s3.put_object(Bucket=os.environ["RESULTS_BUCKET"], Key=key, Body=body, ContentType=content_type)


def converted(bucket, key):
    """The thumbnail of one upload and its type. What is no picture will not become one by trying again: say so."""
    with tempfile.TemporaryDirectory() as folder:
        original, small = Path(folder, "original"), Path(folder, "small")
        original.write_bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        try:
            content_type = make_thumbnail(original, small)
        except UnidentifiedImageError:
            return json.dumps({"message": NO_PICTURE}).encode(), "application/json"
        return small.read_bytes(), content_type
