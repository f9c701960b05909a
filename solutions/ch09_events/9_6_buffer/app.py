import json
from urllib.parse import unquote_plus

from storage import convert


def lambda_handler(event, context):
    """Convert the uploads of a batch, and say which messages of it failed.

    Each message's body is an S3 event as JSON text.
    """
    ### BEGIN SOLUTION
    failed = []
    for message in event["Records"]:
        try:
            for record in json.loads(message["body"]).get("Records", []):
                convert(record["s3"]["bucket"]["name"], unquote_plus(record["s3"]["object"]["key"]))
        except Exception as error:
            print(f"{message['messageId']} failed: {error!r}")
            failed.append({"itemIdentifier": message["messageId"]})
    return {"batchItemFailures": failed}
    ### END SOLUTION
