"""Lists the photos."""

import json
import os

import boto3

s3 = boto3.client("s3")


def lambda_handler(event, context):
    stored = s3.list_objects_v2(Bucket=os.environ["PHOTOS"]).get("Contents", [])
    return {"statusCode": 200, "body": json.dumps([item["Key"] for item in stored])}
