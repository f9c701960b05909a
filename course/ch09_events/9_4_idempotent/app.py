import os
from urllib.parse import unquote_plus

import boto3
from botocore.exceptions import ClientError  # noqa: F401  (you may need it)

from storage import convert

dynamodb = boto3.client("dynamodb")
TABLE = os.environ["CONVERSIONS_TABLE"]
STATISTICS = {"id": {"S": "statistics"}}


def lambda_handler(event, context):
    """Make each upload's thumbnail, and count it once, however often the event is delivered.

    The count stands in the table: item {"id": "statistics"}, attribute "converted", a number.
    """
    for record in event["Records"]:
        convert(record["s3"]["bucket"]["name"], unquote_plus(record["s3"]["object"]["key"]))
        dynamodb.update_item(
            TableName=TABLE,
            Key=STATISTICS,
            UpdateExpression="ADD converted :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )
