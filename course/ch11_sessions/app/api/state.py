"""What a page remembers for us: signed, so that nobody can change it, and good for a while only."""

import base64
import functools
import hashlib
import hmac
import json
import os
import time

import boto3

VALID = 24 * 3600  # seconds


class Refused(Exception):
    """A token that is not ours, was changed, or is too old."""


def seal(facts):
    """The facts as a token: JSON with the time at which it ends, and the signature of that, both in base64url."""
    written = encoded(json.dumps({**facts, "exp": int(time.time()) + VALID}).encode())
    return f"{written}.{signature(written)}"


def unseal(token):
    """The facts in a token; ``Refused`` when it is not genuine, or its time is over."""
    written, _, signed = str(token).partition(".")
    if not hmac.compare_digest(signature(written).encode(), signed.encode("utf-8", "replace")):
        raise Refused("This is no token of ours.")
    facts = json.loads(base64.urlsafe_b64decode(written + "=" * (-len(written) % 4)))
    if facts.pop("exp") <= time.time():
        raise Refused("This upload was too long ago.")
    return facts


def signature(written):
    """HMAC-SHA256 of what is written, in base64url."""
    return encoded(hmac.new(key(), written.encode("utf-8", "replace"), hashlib.sha256).digest())


def encoded(value):
    """base64url, without the padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


@functools.cache
def key():
    """The key, which nobody ever wrote down; fetched once for each execution environment."""
    found = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["STATE_KEY"])
    return found["SecretString"].encode()
