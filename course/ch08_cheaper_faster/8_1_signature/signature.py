"""Signature Version 4, step by step: what turns a request and a secret into proof of who sent it."""

import hashlib
import hmac
from urllib.parse import quote

ALGORITHM = "AWS4-HMAC-SHA256"


def digest(text):
    """SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def keyed(key, text):
    """HMAC-SHA256 of a text under a key, both as bytes."""
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def escaped(text):
    """A name or value of the query as it is signed: everything but letters, digits and -_.~ becomes %XX."""
    return quote(text, safe="-_.~")


def scope(request):
    """What the signature is good for: one day, one Region, one service."""
    return f"{request['time'][:8]}/{request['region']}/{request['service']}/aws4_request"


def signed_headers(request):
    """The names of the signed headers: small letters, sorted, joined by semicolons."""
    # YOUR CODE HERE
    raise NotImplementedError()


def canonical_request(request):
    """The request in one exact form: method, path, query, headers, names of the headers, digest of the body.

    Six parts, joined by line breaks. The query is sorted by name, `a=1&b=2`. Each header is `name:value` with a line
    break behind it, sorted by name; white space around a value goes, and runs of it become one space.
    """
    # YOUR CODE HERE
    raise NotImplementedError()


def string_to_sign(request):
    """Four lines: the algorithm, the time, the scope, the digest of the canonical request."""
    # YOUR CODE HERE
    raise NotImplementedError()


def signing_key(secret, request):
    """The key of the day: `AWS4` and the secret; day, Region, service, `aws4_request`, each keyed by the one before."""
    # YOUR CODE HERE
    raise NotImplementedError()


def signature(secret, request):
    """The signature, in hexadecimal: the string to sign under the key of the day."""
    # YOUR CODE HERE
    raise NotImplementedError()


def authorization(access_key, secret, request):
    """The header that goes with the request."""
    return (
        f"{ALGORITHM} Credential={access_key}/{scope(request)}, "
        f"SignedHeaders={signed_headers(request)}, Signature={signature(secret, request)}"
    )
