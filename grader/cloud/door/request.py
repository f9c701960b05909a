"""An HTTP request as it arrived, before anything has decoded it: signatures are computed over these bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import unquote_plus


@dataclass(frozen=True)
class Request:
    """What a client sent.

    Attributes
    ----------
    path
        Still percent-encoded, without the query.
    query
        The raw query string, without ``?``.
    headers
        In the order of arrival, a name may occur more than once.
    source_ip
        The address that the client is seen from; becomes ``aws:SourceIp``.
    """

    method: str
    scheme: str
    host: str
    path: str
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    source_ip: str = "127.0.0.1"

    @cached_property
    def _by_name(self) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for name, value in self.headers:
            key = name.lower()
            found[key] = f"{found[key]},{value}" if key in found else value
        return found

    def header(self, name: str, default: str = "") -> str:
        """The value of a header whatever its case; several values are joined by commas."""
        return self._by_name.get(name.lower(), default)

    def has_header(self, name: str) -> bool:
        """Whether the header was sent."""
        return name.lower() in self._by_name

    @cached_property
    def raw_pairs(self) -> tuple[tuple[str, str], ...]:
        """The query's names and values, still encoded."""
        parts = (part.partition("=") for part in self.query.split("&") if part)
        return tuple((name, value) for name, _, value in parts)

    @cached_property
    def parameters(self) -> Mapping[str, str]:
        """The query's names and values, decoded; of a repeated name the first counts."""
        found: dict[str, str] = {}
        for name, value in self.raw_pairs:
            found.setdefault(unquote_plus(name), unquote_plus(value))
        return found

    def with_headers(self, *, drop: tuple[str, ...] = (), **changes: Any) -> Request:
        """A copy without headers whose lower-case names start with one of ``drop``, with ``add`` and other changes."""
        if not changes and not any(name.startswith(drop) for name in self._by_name):
            return self  # and what has been found out about it stays known
        kept = tuple((name, value) for name, value in self.headers if not name.lower().startswith(drop))
        return replace(self, headers=kept + tuple(changes.pop("add", ())), **changes)
