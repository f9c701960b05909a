"""AWS's addresses inside an environment: boto3 signs and names them as ever, and the connection goes to the pocket AWS.

So a presigned URL that a function makes names S3, as on AWS, and not an address that only this environment has.
"""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit, urlunsplit


def lead_to_the_pocket(request: Any, **_: Any) -> None:
    """botocore's ``before-send``: the address of the connection becomes the endpoint's; Host stays what was signed."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    there, here = urlsplit(request.url), urlsplit(endpoint)
    if not endpoint or there.netloc == here.netloc:
        return
    request.headers["Host"] = there.netloc
    request.url = urlunsplit((here.scheme, here.netloc, there.path, there.query, ""))


def install() -> None:
    """Every session that is made from now on is led there."""
    import botocore.handlers

    botocore.handlers.BUILTIN_HANDLERS.append(("before-send", lead_to_the_pocket))
