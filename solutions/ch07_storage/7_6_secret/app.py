import hashlib
import hmac
import os
import time

import boto3

ssm = boto3.client("ssm")
FRESH = 300  # seconds for which a token that was fetched may be used
remembered = {}  # lives as long as the environment does


def lambda_handler(event, context):
    """Sign the message {"message": "…"} with the token, so that our partner knows who sent it."""
    signature = hmac.new(token().encode(), event["message"].encode(), hashlib.sha256)
    return {"message": event["message"], "signature": signature.hexdigest()}


def token():
    """The token, at most FRESH seconds old."""
    ### BEGIN SOLUTION
    now = time.time()
    if "token" not in remembered or now - remembered["fetched"] >= FRESH:
        answer = ssm.get_parameter(Name=os.environ["TOKEN_PARAMETER"], WithDecryption=True)
        remembered.update(token=answer["Parameter"]["Value"], fetched=now)
    return remembered["token"]
    ### END SOLUTION
