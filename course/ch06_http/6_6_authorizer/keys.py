"""The key with which tokens are signed: a secret that nobody wrote down."""

import functools
import os

import boto3


@functools.cache
def signing_key():
    """The key, as bytes; fetched once for each execution environment."""
    found = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["KEY_SECRET"])
    return found["SecretString"].encode()
