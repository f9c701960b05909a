"""The website endpoint of a bucket: ``http://<bucket>.s3-website-<region>.amazonaws.com``.

S3 User Guide, *Hosting a static website*: GET and HEAD only, no signatures, no encryption on the way; objects that
everybody may read, errors as HTML, redirects by rules or by an object's own metadata.
"""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, unquote

from grader.cloud.door.faults import Refusal, refuse
from grader.cloud.door.moto_service import Moto
from grader.cloud.door.request import Request
from grader.cloud.door.response import Response
from grader.cloud.iam.authorization import Authorization
from grader.cloud.iam.principals import ANONYMOUS
from grader.cloud.iam.request_context import request_context
from grader.cloud.ids import Ids
from grader.cloud.s3 import cors
from grader.cloud.s3.website_configuration import Redirect, WebsiteConfiguration, configuration_of

HOST = re.compile(r"(?P<bucket>.+)\.s3-website[.-](?P<region>[a-z0-9-]+)\.amazonaws\.com")
MISSING_KEY = Refusal("NoSuchKey", "The specified key does not exist.", 404)
NOT_ALLOWED = Refusal("AccessDenied", "Access Denied", 403)


class Website:
    """Serves the buckets that have a website configuration.

    Parameters
    ----------
    moto
        Keeps the objects.
    authorization
        Says what everybody may read.
    ids
        Request ids.
    """

    def __init__(self, moto: Moto, authorization: Authorization, ids: Ids) -> None:
        self._moto, self._authorization, self._ids = moto, authorization, ids

    def handle(self, request: Request) -> Response:
        """Answer a request to a website endpoint, with what the bucket's CORS rules add to it."""
        name = bucket_of(request.host)
        with self._moto.lock:
            bucket = self._moto.backend("s3").buckets.get(name)
            rules = cors.rules_of(bucket)
        if request.method == "OPTIONS":
            try:
                return cors.preflight(request, rules, bucket is not None)
            except Refusal as refusal:
                return refuse(refusal, "s3", request, self._ids.uuid())
        return cors.with_cors(request, self._served(request, name, bucket), rules)

    def _served(self, request: Request, name: str, bucket: Any) -> Response:
        if request.method not in ("GET", "HEAD"):
            words = "The specified method is not allowed against this resource."
            return self._page(Refusal("MethodNotAllowed", words, 405, (("Method", request.method),)), request)
        if bucket is None:
            words = "The specified bucket does not exist"
            return self._page(Refusal("NoSuchBucket", words, 404, (("BucketName", name),)), request)
        if not bucket.website_configuration:
            words = "The specified bucket does not have a website configuration"
            return self._page(Refusal("NoSuchWebsiteConfiguration", words, 404, (("BucketName", name),)), request)
        return self._answer(request, name, configuration_of(bucket.website_configuration))

    def _answer(self, request: Request, bucket: str, site: WebsiteConfiguration) -> Response:
        path = unquote(request.path).removeprefix("/")
        if site.everything is not None:
            return _redirected(request, site.everything, path)
        for rule in site.rules:
            if rule.applies(path, None):
                return _redirected(request, rule.redirect, rule.target(path))
        key = path + site.index if path == "" or path.endswith("/") else path
        found = self._object(request, bucket, key)
        if isinstance(found, Response):
            moved = found.header("x-amz-website-redirect-location")
            return Response(301, (("Location", moved), ("Content-Length", "0"))) if moved else found
        if found.status == 404 and key == path and self._exists(bucket, f"{key}/{site.index}"):
            return Response(302, (("Location", f"/{quote(path)}/"), ("Content-Length", "0")))
        return self._failed(request, bucket, site, path, found)

    def _failed(
        self, request: Request, bucket: str, site: WebsiteConfiguration, path: str, refusal: Refusal
    ) -> Response:
        for rule in site.rules:
            if rule.applies(path, refusal.status):
                return _redirected(request, rule.redirect, rule.target(path))
        if not site.error:
            return self._page(refusal, request)
        document = self._object(replace(request, headers=()), bucket, site.error)
        if isinstance(document, Response):
            return Response(refusal.status, document.headers, document.body)
        return self._page(refusal, request, document)

    def _object(self, request: Request, bucket: str, key: str) -> Response | Refusal:
        """The object as everybody sees it, or why not: missing only for who might read it."""
        named = (("Key", key),)
        given = {"Bucket": bucket, "Key": key}
        context = request_context("s3", "GetObject", given, request, None, self._moto.region)
        arn = f"arn:aws:s3:::{bucket}/{key}"
        if not self._authorization.decide(ANONYMOUS, "s3:GetObject", arn, context).allowed:
            return NOT_ALLOWED
        if not self._exists(bucket, key):
            return replace(MISSING_KEY, details=named)
        kept = [(n, v) for n, v in request.headers if n.lower().startswith(("if-", "range"))]
        host = f"s3.{self._moto.region}.amazonaws.com"
        headers = (
            ("Host", host),
            ("Authorization", "AWS4-HMAC-SHA256 Credential=ANONYMOUS/0/0/s3/aws4_request"),
            *kept,
        )
        path = f"/{quote(bucket)}/{quote(key, safe='/~')}"
        return self._moto.call(Request("GET", "https", host, path, "", headers))

    def _exists(self, bucket: str, key: str) -> bool:
        with self._moto.lock:
            found = self._moto.backend("s3").get_object(bucket, key)
            return found is not None and hasattr(found, "value")

    def _page(self, refusal: Refusal, request: Request, second: Refusal | None = None) -> Response:
        """An error as the website endpoint shows it: a page, not XML."""
        title = f"{refusal.status} {HTTPStatus(refusal.status).phrase}"
        identified = (("RequestId", self._ids.suffix(16)), ("HostId", self._ids.uuid()))
        first = _items((("Code", refusal.code), ("Message", refusal.message), *refusal.details, *identified))
        more = ""
        if second is not None:
            said = _items((("Code", second.code), ("Message", second.message), *second.details))
            more = f"<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>\n{said}"
        body = (
            f"<html>\n<head><title>{title}</title></head>\n<body>\n<h1>{title}</h1>\n{first}{more}<hr/>\n</body>\n"
            "</html>\n"
        )
        headers = (("Content-Type", "text/html; charset=utf-8"), ("x-amz-error-code", refusal.code))
        return Response(refusal.status, headers, b"" if request.method == "HEAD" else body.encode())


def bucket_of(host: str) -> str:
    """The bucket that a website endpoint's host names."""
    found = HOST.fullmatch(host.lower().split(":")[0])
    return found["bucket"] if found else ""


def _redirected(request: Request, redirect: Redirect, key: str) -> Response:
    protocol, host = redirect.protocol or request.scheme, redirect.host or request.host
    query = f"?{request.query}" if request.query else ""
    location = f"{protocol}://{host}/{quote(key, safe='/~:@!$&()*+,;=')}{query}"
    return Response(redirect.code, (("Location", location), ("Content-Length", "0")))


def _items(pairs: tuple[tuple[str, str], ...]) -> str:
    return "<ul>\n" + "".join(f"<li>{name}: {escape(value)}</li>\n" for name, value in pairs) + "</ul>\n"
