import json
import os

import boto3

s3 = boto3.client("s3")


def lambda_handler(event, context):
    name = (event.get("queryStringParameters") or {}).get("name", "nobody")
    s3.put_object(
        Bucket=os.environ["BOOK_BUCKET"],
        Key=f"visitors/{context.aws_request_id}.txt",
        Body=name.encode("utf-8"),
    )
    return {"statusCode": 200, "body": json.dumps({"signed": name})}
