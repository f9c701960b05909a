import json
from urllib.parse import unquote_plus

from storage import convert


def lambda_handler(event, context):
    """Convert the uploads of a batch, and say which messages of it failed.

    Each message's body is an S3 event as JSON text.
    """
    # YOUR CODE HERE
    raise NotImplementedError()
