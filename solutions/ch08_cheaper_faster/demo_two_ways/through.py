import base64
import os

import boto3

s3 = boto3.client("s3")


def lambda_handler(event, context):
    """POST /upload carries the photo itself: every byte passes the gateway and this function."""
    photo = base64.b64decode(event["body"])
    s3.put_object(Bucket=os.environ["PHOTOS_BUCKET"], Key=f"uploads/{context.aws_request_id}", Body=photo)
    return {"statusCode": 201, "body": "stored"}
