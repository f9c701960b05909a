"""A request as a client sends it to one of the cloud's addresses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode, urlsplit

from grader.cloud.door.request import Request
from grader.cloud.errors import CloudError

AWS_HOSTS = (".amazonaws.com", ".on.aws", ".cloudfront.net")
SOURCE_IP = "203.0.113.7"
_DEFAULTS = {"User-Agent": "running-serverless/1.0", "Accept": "*/*"}
_PATH_SAFE = "/%:@!$&'()*+,;=~-._"
_QUERY_SAFE = "/%:@!$&'()*+,;=~-._?[]{}"


def headers_with_defaults(
    headers: Mapping[str, str] | Sequence[tuple[str, str]] | None, content_type: str | None
) -> list[tuple[str, str]]:
    """The headers that a client sends besides its own."""
    pairs = list(headers.items()) if isinstance(headers, Mapping) else list(headers or ())
    given = {name.lower() for name, _ in pairs}
    defaults = {**_DEFAULTS, **({"Content-Type": content_type} if content_type else {})}
    return [*((name, value) for name, value in defaults.items() if name.lower() not in given), *pairs]


def build_request(
    method: str,
    url: str,
    headers: list[tuple[str, str]],
    body: bytes = b"",
    query: Mapping[str, str | Sequence[str]] | None = None,
    source_ip: str = SOURCE_IP,
) -> Request:
    """The request that a client would send for ``url``.

    Raises
    ------
    CloudError
        When the address is none of the cloud's.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if parts.scheme not in ("http", "https") or not host.endswith(AWS_HOSTS):
        raise CloudError(
            f"{url} is not an address of the pocket AWS.",
            next_step="Use an address that a stack's outputs name, or a presigned URL; there is no network here.",
        )
    if parts.scheme == "https" and ".s3-website" in host:
        raise CloudError(
            f"Nothing listens at {parts.scheme}://{host}: a bucket's website endpoint speaks HTTP only.",
            next_step="Use http://, or put CloudFront in front of the bucket.",
        )
    words = [quote(parts.query, safe=_QUERY_SAFE), urlencode(query or {}, doseq=True)]
    own = {name.lower() for name, _ in headers}
    pairs = [] if "host" in own else [("Host", host)]
    if body and "content-length" not in own:
        pairs.append(("Content-Length", str(len(body))))
    return Request(
        method=method.upper(),
        scheme=parts.scheme,
        host=host,
        path=quote(parts.path or "/", safe=_PATH_SAFE),
        query="&".join(word for word in words if word),
        headers=(*pairs, *headers),
        body=body,
        source_ip=source_ip,
    )
