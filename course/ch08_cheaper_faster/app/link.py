import json
import os

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
VALID = 60  # seconds


def lambda_handler(event, context):
    """GET /photo/{id}: a link to the stored photo that ends soon, or 404."""
    photo = {"Bucket": os.environ["UPLOADS_BUCKET"], "Key": f"uploads/{event['pathParameters']['id']}"}
    try:
        s3.head_object(**photo)
    except ClientError as error:
        if error.response["Error"]["Code"] != "404":
            raise
        return answer(404, {"message": "There is no such photo."})
    return answer(200, {"link": s3.generate_presigned_url("get_object", Params=photo, ExpiresIn=VALID)})


def answer(status, value):
    """An answer with JSON in it."""
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(value)}
