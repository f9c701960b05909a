import os

import boto3

s3 = boto3.client("s3")


def lambda_handler(event, context):
    """Store a text under a key, read it again, and say how S3 keeps it."""
    photo = {"Bucket": os.environ["PHOTOS_BUCKET"], "Key": event["key"]}
    s3.put_object(Body=event["text"].encode(), **photo)
    stored = s3.get_object(**photo)
    return {
        "text": stored["Body"].read().decode(),
        "encryption": stored["ServerSideEncryption"],
        "key": stored.get("SSEKMSKeyId"),
    }
