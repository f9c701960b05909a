import os

import boto3

from form import page, uploaded_file

s3 = boto3.client("s3")
table = boto3.resource("dynamodb").Table(os.environ["UPLOADS_TABLE"])
BUCKET = os.environ["UPLOADS_BUCKET"]


def lambda_handler(event, context):
    """GET shows the form. POST keeps the file in the bucket, and what is known about it in the table."""
    if event["httpMethod"] == "GET":
        return page("Choose a picture.")
    file = uploaded_file(event)
    if file is None:
        return page("There was no file in the form.", status=400)
    keep(context.aws_request_id, file)
    return page(f"Stored as {context.aws_request_id}.")


def keep(key, file):
    """First the file, then the facts: a row in the table always has its file."""
    s3.put_object(Bucket=BUCKET, Key=key, Body=file.content, ContentType=file.content_type)
    table.put_item(
        Item={"id": key, "name": file.name, "type": file.content_type, "bytes": len(file.content)},
        ConditionExpression="attribute_not_exists(id)",
    )
