"""Given: makes one thumbnail, in twenty seconds. Nothing to change here."""

import time

import boto3

s3 = boto3.client("s3")


def convert(bucket, key, target):
    """Fetch the photo ``key`` from ``bucket`` and store its thumbnail in ``target``; returns its size in bytes.

    Raises ValueError when it is no photo; what S3 raises is passed on.
    """
    photo = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    time.sleep(20)
    if not photo.startswith(b"photo"):
        raise ValueError(f"{key} is no photo")
    s3.put_object(Bucket=target, Key=key, Body=photo[:20])
    return len(photo[:20])
