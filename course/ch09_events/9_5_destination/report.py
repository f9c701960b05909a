import json
import os
from urllib.parse import unquote_plus

import boto3

s3 = boto3.client("s3")


def lambda_handler(event, context):
    """Store one JSON report for each upload that could not be converted.

    The report's key is the upload's key with ".json" behind it; its members are "key" (as the user named it),
    "cause" (the error's message), "type" (the error's type) and "attempts" (how often Lambda tried).
    """
    # YOUR CODE HERE
    raise NotImplementedError()
