import base64
import hashlib
import hmac
import json
import time

from keys import signing_key

AUDIENCE = "album"


def lambda_handler(event, context):
    """Let the bearer of a valid token in: readers to every GET, writers to POST as well. Everybody else: 401.

    A token is three parts with dots between them, each in base64url without "=": {"alg": "HS256"}, the claims, and
    the HMAC-SHA256 of the first two parts as they stand. Claims: sub (who), aud (for whom), exp (until when, in
    seconds since 1970), scope ("read" or "read write").
    """
    # YOUR CODE HERE
    raise NotImplementedError()
