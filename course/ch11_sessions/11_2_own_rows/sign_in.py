"""Given: stands for Cognito. It knows who you are, and lends you the visitors' role, with your name on it."""

import os

import boto3

sts = boto3.client("sts")


def lambda_handler(event, context):
    """Temporary keys for the user that the event names."""
    user = event["user"]
    session = sts.assume_role(
        RoleArn=os.environ["VISITOR_ROLE"], RoleSessionName=user, Tags=[{"Key": "user", "Value": user}]
    )["Credentials"]
    return {name: session[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")}
