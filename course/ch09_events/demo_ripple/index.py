import os
from urllib.parse import unquote_plus

import boto3

dynamodb = boto3.client("dynamodb")


def lambda_handler(event, context):
    """Put every new thumbnail into the gallery's table."""
    for record in event["Records"]:
        key = unquote_plus(record["s3"]["object"]["key"])
        dynamodb.put_item(TableName=os.environ["GALLERY_TABLE"], Item={"picture": {"S": key}})
