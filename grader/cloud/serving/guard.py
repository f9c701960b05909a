"""Who may talk to a served cloud: programs of this machine, and no page of another site in a browser of it.

Its keys are printed in a book, so a signature proves nothing about who is asking. What does is where a request comes
from: a browser says so (``Origin``, ``Sec-Fetch-Site``), and a name that an attacker's DNS points to 127.0.0.1 is seen
in ``Host``.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from grader.cloud.door.request import Request
from grader.cloud.door.response import Response

AWS_NAMES = (".amazonaws.com", ".on.aws", ".api.aws", ".cloudfront.net")
_PORT = re.compile(r":\d+$")


class Guard:
    """Decides by where a request comes from, before anybody looks at what it asks.

    Parameters
    ----------
    names
        Names besides ``localhost`` that this machine is known by.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = {name.lower() for name in names}

    def refuses(self, request: Request, *, from_pages: bool) -> Response | None:
        """A refusal in plain words, or None when the request may go on.

        Parameters
        ----------
        from_pages
            Whether pages of other origins may ask at all, as they may ask S3 and APIs on AWS.
        """
        name = host_name(request)
        if not self._known(name):
            return _forbidden(f"This is the pocket AWS of one machine; it is not {name!r}.")
        if not from_pages and is_from_another_site(request):
            return _forbidden("A page of another site may not ask this; the AWS CLI, SDKs and you may.")
        return None

    def _known(self, name: str) -> bool:
        if name in ("", "localhost") or name in self._names or name.endswith((".localhost", *AWS_NAMES)):
            return True
        return _is_address(name)  # nobody's DNS can answer for a number


def host_name(request: Request) -> str:
    """The Host header without its port, in lower case."""
    return _PORT.sub("", request.host.lower())


def is_from_another_site(request: Request) -> bool:
    """Whether a browser says that a page of another origin is behind this request."""
    site = request.header("Sec-Fetch-Site")
    if site:
        return site not in ("same-origin", "none")
    origin = request.header("Origin")
    return bool(origin) and origin.partition("://")[2].lower() != request.host.lower()


def is_loopback(address: str) -> bool:
    """Whether a client's address is this machine itself."""
    return _is_address(address) and ipaddress.ip_address(address.strip("[]")).is_loopback


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _forbidden(words: str) -> Response:
    return Response(403, (("Content-Type", "text/plain; charset=utf-8"),), f"{words}\n".encode())
