import os

import boto3

from form import page, uploaded_file

s3 = boto3.client("s3")


def lambda_handler(event, context):
    """GET shows the form. POST stores the file under the request id, and says under which."""
    if event["httpMethod"] == "GET":
        return page("Choose a picture.")
    file = uploaded_file(event)
    if file is None:
        return page("There was no file in the form.", status=400)
    # YOUR CODE HERE
    raise NotImplementedError()
