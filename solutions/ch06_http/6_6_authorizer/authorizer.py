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
    ### BEGIN SOLUTION
    try:
        claims = verified(event["authorizationToken"].removeprefix("Bearer "))
    except (ValueError, KeyError, TypeError):
        raise Exception("Unauthorized") from None
    api = "/".join(event["methodArn"].split("/")[:2])  # arn:aws:execute-api:…:id/stage
    verbs = ["GET", "POST"] if claims["scope"] == "read write" else ["GET"]
    allowed = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": [f"{api}/{verb}/*" for verb in verbs]}
    return {"principalId": claims["sub"], "policyDocument": {"Version": "2012-10-17", "Statement": [allowed]}}


def verified(token):
    """The claims of a token that is genuine, for us, and still good; ValueError for every other one."""
    head, claims, signature = token.split(".")
    if json.loads(decoded(head))["alg"] != "HS256":
        raise ValueError("another algorithm")
    expected = hmac.new(signing_key(), f"{head}.{claims}".encode(), hashlib.sha256).digest()
    if not hmac.compare_digest(expected, decoded(signature)):
        raise ValueError("not signed by us")
    found = json.loads(decoded(claims))
    if found["aud"] != AUDIENCE or found["exp"] <= time.time():
        raise ValueError("for somebody else, or too old")
    if not found["sub"] or found["scope"] not in ("read", "read write"):
        raise ValueError("for nobody, or for something else than reading and writing")
    return found


def decoded(part):
    """base64url, with the padding that tokens leave out."""
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    ### END SOLUTION
