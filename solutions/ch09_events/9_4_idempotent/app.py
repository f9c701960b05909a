import os
from urllib.parse import unquote_plus

import boto3

from storage import convert

dynamodb = boto3.client("dynamodb")
TABLE = os.environ["CONVERSIONS_TABLE"]
STATISTICS = {"id": {"S": "statistics"}}


def lambda_handler(event, context):
    """Make each upload's thumbnail, and count it once, however often the event is delivered.

    The count stands in the table: item {"id": "statistics"}, attribute "converted", a number.
    """
    for record in event["Records"]:
        upload = record["s3"]["object"]
        convert(record["s3"]["bucket"]["name"], unquote_plus(upload["key"]))
        count_once(f"{upload['key']} {upload['eTag']} {upload['sequencer']}")


def count_once(upload_id):
    """Remember the upload and count it, both or neither."""
    remember = {
        "TableName": TABLE,
        "Item": {"id": {"S": upload_id}},
        "ConditionExpression": "attribute_not_exists(id)",
    }
    count = {
        "TableName": TABLE,
        "Key": STATISTICS,
        "UpdateExpression": "ADD converted :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    try:
        dynamodb.transact_write_items(TransactItems=[{"Put": remember}, {"Update": count}])
    except dynamodb.exceptions.TransactionCanceledException as cancelled:
        if cancelled.response["CancellationReasons"][0]["Code"] != "ConditionalCheckFailed":
            raise  # somebody else counts at this moment, say: then the retry counts
