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
    # YOUR CODE HERE
    raise NotImplementedError()
