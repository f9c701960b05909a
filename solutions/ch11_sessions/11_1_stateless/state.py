"""What a client remembers for us: readable, but not to be changed, and good for an hour."""

import base64
import functools
import hashlib
import hmac
import json
import os
import time

import boto3

VALID = 3600  # seconds


class Refused(Exception):
    """A token that is not ours, was changed, or is too old."""


def seal(facts):
    """The facts as a text that the client keeps: signed, and with a time at which it ends."""
    ### BEGIN SOLUTION
    written = encoded(json.dumps({**facts, "exp": int(time.time()) + VALID}).encode())
    return f"{written}.{signature(written)}"
    ### END SOLUTION


def unseal(token):
    """The facts in a token; Refused for every token that ``seal`` did not make, or made too long ago."""
    ### BEGIN SOLUTION
    written, _, signed = token.partition(".")
    if not hmac.compare_digest(signature(written).encode(), signed.encode()):
        raise Refused("This is no token of ours.")
    facts = json.loads(base64.urlsafe_b64decode(written + "=" * (-len(written) % 4)))
    if facts["exp"] <= time.time():
        raise Refused("This was too long ago.")
    return facts


def signature(written):
    """HMAC-SHA256 of what is written, with the key that nobody wrote down."""
    return encoded(hmac.new(key(), written.encode(), hashlib.sha256).digest())


@functools.cache
def key():
    """The key, fetched once for each execution environment."""
    return boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["STATE_KEY"])["SecretString"].encode()
    ### END SOLUTION


def encoded(value):
    """Given: bytes as text that fits everywhere (base64url without its padding)."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
