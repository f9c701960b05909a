import os

import boto3
from patience import CONFIG, patiently

s3 = boto3.client("s3", config=CONFIG)


def lambda_handler(event, context):
    """Fetch a photo, patiently but not for ever."""
    where = {"Bucket": os.environ["PHOTOS_BUCKET"], "Key": event["key"]}
    found = patiently(lambda: s3.get_object(**where), context.get_remaining_time_in_millis)
    return {"bytes": len(found["Body"].read())}
