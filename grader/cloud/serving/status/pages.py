"""Which address shows what. Pages are read only, for this machine's own browser, and use nothing from elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib.resources import files
from typing import Any
from urllib.parse import quote, unquote

import jinja2

from grader.cloud.cloud import Cloud
from grader.cloud.door.request import Request
from grader.cloud.door.response import Response
from grader.cloud.serving.guard import is_from_another_site, is_loopback
from grader.cloud.serving.status import views
from grader.cloud.serving.status.moments import clock_time, date_and_time

ROOT = "/_pocket"  # no bucket's name begins with an underscore, so no service's path does
SECURITY = (
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; connect-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Cache-Control", "no-cache"),
)
ASSETS = {"style.css": "text/css; charset=utf-8", "live.js": "text/javascript; charset=utf-8"}


class StatusPages:
    """Shows a cloud.

    Parameters
    ----------
    address
        Where its endpoint is, for the lines that tell how to connect.
    """

    def __init__(self, cloud: Cloud, address: str) -> None:
        self._cloud, self._address = cloud, address
        self._templates = jinja2.Environment(
            loader=jinja2.PackageLoader("grader.cloud.serving.status", "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters.update(clock_time=clock_time, date_and_time=date_and_time, url=_in_path)
        self._views: dict[str, Callable[[str], dict[str, Any] | None]] = {
            "": lambda name: views.overview(cloud, address),
            "stacks": lambda name: views.stack(cloud, name),
            "functions": lambda name: views.function(cloud, name),
            "traces": lambda name: views.trace(cloud, name) if name else views.traces(cloud),
            "mail": lambda name: views.mail(cloud),
        }

    def answers(self, request: Request) -> bool:
        """Whether the path is one of the status page's."""
        return request.path == ROOT or request.path.startswith(f"{ROOT}/")

    def handle(self, request: Request) -> Response:
        """Show a page, to a browser of this machine only."""
        if not is_loopback(request.source_ip):
            return self._words(403, "This page is shown on the machine itself only.")
        if is_from_another_site(request) and not _is_visit(request):
            return self._words(403, "A page of another site may not read this.")
        if request.method not in ("GET", "HEAD"):
            return self._words(405, "This page only shows; change things with sam, aws or boto3.")
        if request.path == ROOT:
            return Response(308, (("Location", f"{ROOT}/"), *SECURITY))
        return self._page(request, request.path.removeprefix(f"{ROOT}/"))

    def _page(self, request: Request, path: str) -> Response:
        if path in ASSETS:
            content = files("grader.cloud.serving.status").joinpath("templates", path).read_bytes()
            return self._content(request, 200, ASSETS[path], content)
        kind, _, name = path.partition("/")
        view = self._views.get(kind)
        shown = view(unquote(name)) if view else None
        template, status = (f"{'trace' if kind == 'traces' and name else kind or 'overview'}.html", 200)
        if shown is None:
            shown, template, status = {"title": "Not here", "path": path}, "missing.html", 404
        body = self._templates.get_template(template).render(
            **shown, root=ROOT, account=self._cloud.account_id, region=self._cloud.region
        )
        return self._content(request, status, "text/html; charset=utf-8", body.encode("utf-8", "replace"))

    def _content(self, request: Request, status: int, kind: str, content: bytes) -> Response:
        tag = f'"{hashlib.sha256(content).hexdigest()[:20]}"'
        if status == 200 and request.header("If-None-Match") == tag:
            return Response(304, (("ETag", tag), *SECURITY))
        return Response(status, (("Content-Type", kind), ("ETag", tag), *SECURITY), content)

    def _words(self, status: int, words: str) -> Response:
        return Response(status, (("Content-Type", "text/plain; charset=utf-8"), *SECURITY), f"{words}\n".encode())


def _is_visit(request: Request) -> bool:
    """Whether a person followed a link to the page: what another site's scripts see of that is nothing."""
    return request.header("Sec-Fetch-Mode") == "navigate" and request.header("Sec-Fetch-Dest") == "document"


def _in_path(name: object) -> str:
    return quote(str(name), safe="")
