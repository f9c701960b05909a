"""A custom resource: CloudFormation calls it when the stack is made, changed or deleted. It fills the site's bucket."""

import json
import mimetypes
import urllib.request
from pathlib import Path

import boto3

SITE = Path(__file__).with_name("site")
FRESH = "no-cache"  # keep it, but ask each time whether it is still the newest
s3 = boto3.client("s3")


def lambda_handler(event, context):
    """Publish the site, or empty its bucket, and tell CloudFormation how it went."""
    wanted = event["ResourceProperties"]
    try:
        if event["RequestType"] == "Delete":
            empty(wanted["Bucket"])
        else:
            publish(wanted["Bucket"], wanted["Config"])
    except Exception as error:
        tell(event, "FAILED", f"{type(error).__name__}: {error}")
        raise
    tell(event, "SUCCESS", "")


def publish(bucket, config):
    """Store every file of the site, and what the page has to know of this stack."""
    for file in sorted(path for path in SITE.rglob("*") if path.is_file()):
        store(bucket, file.relative_to(SITE).as_posix(), file.read_bytes())
    store(bucket, "config.json", json.dumps(config).encode())


def store(bucket, key, body):
    """Store one file with its type, without which a browser downloads it instead of showing it."""
    kind = mimetypes.guess_type(key)[0] or "application/octet-stream"
    text = "; charset=utf-8" if kind.startswith("text/") else ""
    s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType=kind + text, CacheControl=FRESH)


def empty(bucket):
    """Delete everything, as CloudFormation deletes empty buckets only."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for item in page.get("Contents", []):
            s3.delete_object(Bucket=bucket, Key=item["Key"])


def tell(event, status, reason):
    """Answer CloudFormation, which waits for it."""
    told = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    told |= {"Status": status, "Reason": reason, "PhysicalResourceId": event["ResourceProperties"]["Bucket"]}
    body = json.dumps(told).encode()
    urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], body, {"Content-Type": ""}, method="PUT"))
