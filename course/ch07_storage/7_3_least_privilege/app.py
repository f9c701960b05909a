"""Given: measures an upload, files a report, counts it. Nothing to change here: only its rights are too wide."""

import json
import os

import boto3

s3 = boto3.client("s3")
table = boto3.resource("dynamodb").Table(os.environ["STATISTICS_TABLE"])


def lambda_handler(event, context):
    """Measure the upload {"key": …}, store what was found, count one more measured upload."""
    upload = s3.get_object(Bucket=os.environ["UPLOADS_BUCKET"], Key=event["key"])
    report = {"key": event["key"], "bytes": len(upload["Body"].read()), "type": upload["ContentType"]}
    s3.put_object(Bucket=os.environ["REPORTS_BUCKET"], Key=f"{event['key']}.json", Body=json.dumps(report))
    answer = table.update_item(
        Key={"id": "measured"},
        UpdateExpression="ADD uploads :one",
        ExpressionAttributeValues={":one": 1},
        ReturnValues="UPDATED_NEW",
    )
    return {**report, "measured": int(answer["Attributes"]["uploads"])}
