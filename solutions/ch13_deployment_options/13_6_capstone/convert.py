"""What happens to an upload, behind the scenes."""

### BEGIN SOLUTION
import json
import os
import tempfile
from pathlib import Path
from urllib.parse import unquote_plus

import boto3
from botocore.config import Config

import studio

patience = Config(connect_timeout=1, read_timeout=3, retries={"total_max_attempts": 2})
s3, dynamodb = boto3.client("s3", config=patience), boto3.client("dynamodb", config=patience)


def lambda_handler(event, context):
    """Convert the uploads of a batch of messages, and say which messages failed."""
    failed = []
    for message in event["Records"]:
        for record in json.loads(message["body"]).get("Records", []):
            key = unquote_plus(record["s3"]["object"]["key"])
            try:
                convert(record["s3"]["bucket"]["name"], key)
                count(key)
                print(json.dumps({"key": key, "event": "converted"}))
            except Exception as error:
                print(json.dumps({"key": key, "event": "failed", "error": repr(error)}))
                failed.append({"itemIdentifier": message["messageId"]})
    return {"batchItemFailures": failed}


def convert(bucket, key):
    """Make the thumbnail of one upload. Doing it twice gives the same thumbnail: no harm."""
    with tempfile.TemporaryDirectory() as folder:
        original, small = Path(folder, "original"), Path(folder, "small")
        original.write_bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        kind = studio.make_thumbnail(original, small)
        s3.put_object(Bucket=os.environ["THUMBNAILS_BUCKET"], Key=key, Body=small.read_bytes(), ContentType=kind)


def count(key):
    """Count a picture, once: the mark and the total change together, or not at all."""
    table = os.environ["PICTURES_TABLE"]
    mark = {
        "TableName": table,
        "Item": {"id": {"S": f"picture {key}"}},
        "ConditionExpression": "attribute_not_exists(id)",
    }
    total = {
        "TableName": table,
        "Key": {"id": {"S": "total"}},
        "UpdateExpression": "ADD pictures :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    try:
        dynamodb.transact_write_items(TransactItems=[{"Put": mark}, {"Update": total}])
    except dynamodb.exceptions.TransactionCanceledException as cancelled:
        if cancelled.response["CancellationReasons"][0].get("Code") != "ConditionalCheckFailed":
            raise


### END SOLUTION
