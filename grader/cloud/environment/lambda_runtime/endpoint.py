"""AWS's addresses inside an environment: boto3 signs and names them as ever, and the connection goes to the pocket AWS.

So a presigned URL that a function makes names S3, as on AWS, and not an address that only this environment has.
"""

from __future__ import annotations

import os
import time
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from .addresses import LATENCY

REAL_PATIENCE_S = 60


def lead_to_the_pocket(request: Any, **_: Any) -> None:
    """botocore's ``before-send``: the address of the connection becomes the endpoint's; Host stays what was signed."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    there, here = urlsplit(request.url), urlsplit(endpoint)
    if not endpoint or there.netloc == here.netloc:
        return
    request.headers["Host"] = there.netloc
    request.url = urlunsplit((here.scheme, here.netloc, there.path, there.query, ""))


def wait_for_late_answers() -> None:
    """An answer that a check has made late arrives on this environment's clock, or not before the client gives up.

    On this machine's clock a client has time: that the machine is busy is no reason to give up.
    """
    from botocore.exceptions import ReadTimeoutError
    from botocore.httpsession import URLLib3Session

    send, pool = URLLib3Session.send, URLLib3Session._get_pool_manager_kwargs  # type: ignore[attr-defined]

    def pool_with_time(session: Any, **extra: Any) -> Any:
        return {**pool(session, **extra), "timeout": REAL_PATIENCE_S}

    def send_and_wait(session: Any, request: Any) -> Any:
        response = send(session, request)
        late = float(response.headers.pop(LATENCY, 0))
        patience = float(getattr(session._timeout, "read_timeout", session._timeout))
        if late:
            time.sleep(min(late, patience))
        if late > patience:
            raise ReadTimeoutError(endpoint_url=request.url)
        return response

    URLLib3Session.send = send_and_wait  # type: ignore[method-assign,assignment]  # the only way to its answers
    URLLib3Session._get_pool_manager_kwargs = pool_with_time  # type: ignore[attr-defined]


def install() -> None:
    """Every session that is made from now on is led there.

    It also does not ask whether an upload may come (``Expect: 100-continue``): that spares a long way, and this one is
    so short that the question costs as much as the upload.
    """
    import botocore.handlers

    builtin = botocore.handlers.BUILTIN_HANDLERS
    builtin[:] = [known for known in builtin if known[1] is not botocore.handlers.add_expect_header]
    builtin.append(("before-send", lead_to_the_pocket))
    wait_for_late_answers()
