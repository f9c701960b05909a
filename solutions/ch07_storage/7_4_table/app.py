import os

import boto3

dynamodb = boto3.client("dynamodb")
TABLE = os.environ["UPLOADS_TABLE"]
LIMIT = 3  # uploads that one owner may have


def lambda_handler(event, context):
    """Register an upload: {"id": "u1", "owner": "ann", "name": "dog.jpg"}.

    Two items of the table are concerned:

        {"id": "upload#u1", "owner": "ann", "name": "dog.jpg"}   written once, never overwritten
        {"id": "owner#ann", "uploads": 2}                        counts the owner's uploads, LIMIT at most

    Returns {"status": "registered"}, or {"status": "known"} when there is an upload of this id already, or
    {"status": "full"} when its owner has LIMIT uploads. In the last two cases nothing has changed.
    """
    ### BEGIN SOLUTION
    upload = {
        "TableName": TABLE,
        "Item": {
            "id": {"S": f"upload#{event['id']}"},
            "owner": {"S": event["owner"]},
            "name": {"S": event["name"]},
        },
        "ConditionExpression": "attribute_not_exists(id)",
    }
    count = {
        "TableName": TABLE,
        "Key": {"id": {"S": f"owner#{event['owner']}"}},
        "UpdateExpression": "ADD uploads :one",
        "ConditionExpression": "attribute_not_exists(uploads) OR uploads < :limit",
        "ExpressionAttributeValues": {":one": {"N": "1"}, ":limit": {"N": str(LIMIT)}},
    }
    try:
        dynamodb.transact_write_items(TransactItems=[{"Put": upload}, {"Update": count}])
    except dynamodb.exceptions.TransactionCanceledException as cancelled:
        upload_failed, count_failed = [reason["Code"] for reason in cancelled.response["CancellationReasons"]]
        if upload_failed == "ConditionalCheckFailed":
            return {"status": "known"}
        if count_failed == "ConditionalCheckFailed":
            return {"status": "full"}
        raise
    return {"status": "registered"}
    ### END SOLUTION
