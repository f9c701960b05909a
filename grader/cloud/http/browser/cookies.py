"""A browser's cookies: which host set them, and whether they go along with requests from other sites."""

from __future__ import annotations

from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

# Hosts below these belong to different sites: each API and bucket is a site of its own.
_PUBLIC = ("amazonaws.com", "on.aws", "cloudfront.net")


@dataclass(frozen=True)
class Cookie:
    """One cookie; without ``SameSite`` browsers take it for ``Lax``."""

    value: str
    same_site: str


@dataclass
class CookieJar:
    """The cookies of each host."""

    _kept: dict[str, dict[str, Cookie]] = field(default_factory=dict)

    def store(self, url: str, set_cookies: list[str]) -> None:
        """Keep what an answer's ``Set-Cookie`` headers say; ``Max-Age=0`` removes."""
        held = self._kept.setdefault(_host(url), {})
        for written in set_cookies:
            parsed: SimpleCookie = SimpleCookie()
            try:
                parsed.load(written)
            except CookieError:
                continue
            for name, morsel in parsed.items():
                if morsel["max-age"].strip() in ("0", "-1"):
                    held.pop(name, None)
                else:
                    held[name] = Cookie(morsel.value, (morsel["samesite"] or "Lax").capitalize())

    def header(self, url: str, origin: str) -> str | None:
        """The ``Cookie`` header for a request from a page of ``origin``; None when there is nothing to send."""
        same = site_of(url) == site_of(origin)
        sent = [
            f"{name}={cookie.value}"
            for name, cookie in self._kept.get(_host(url), {}).items()
            if same or cookie.same_site == "None"
        ]
        return "; ".join(sent) or None


def site_of(url: str) -> str:
    """The site of an address: scheme and registrable domain."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    labels = host.split(".")
    own = host if host.endswith(_PUBLIC) else ".".join(labels[-2:])
    return f"{parts.scheme}://{own}"


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()
