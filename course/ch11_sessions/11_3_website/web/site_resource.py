"""Given: a custom resource. CloudFormation calls it when the stack is made, changed or deleted, and waits."""

import json
import urllib.request

import boto3

from publish import publish

s3 = boto3.client("s3")


def lambda_handler(event, context):
    """Publish the site, or empty its bucket before it is deleted."""
    bucket = event["ResourceProperties"]["Bucket"]
    try:
        if event["RequestType"] == "Delete":
            empty(bucket)
        else:
            publish(bucket)
    except Exception as error:
        tell(event, "FAILED", f"{type(error).__name__}: {error}")
        raise
    tell(event, "SUCCESS", "")


def empty(bucket):
    """Delete everything, as CloudFormation deletes empty buckets only."""
    for item in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
        s3.delete_object(Bucket=bucket, Key=item["Key"])


def tell(event, status, reason):
    """Answer CloudFormation."""
    told = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    told |= {"Status": status, "Reason": reason, "PhysicalResourceId": event["ResourceProperties"]["Bucket"]}
    body = json.dumps(told).encode()
    urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], body, {"Content-Type": ""}, method="PUT"))
