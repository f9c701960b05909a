"""Given: asks the component's function, whose name stands in THUMBNAIL_FUNCTION."""

import json
import os

import boto3

functions = boto3.client("lambda")


def lambda_handler(event, context):
    answer = functions.invoke(FunctionName=os.environ["THUMBNAIL_FUNCTION"], Payload=json.dumps(event))
    return json.load(answer["Payload"])
