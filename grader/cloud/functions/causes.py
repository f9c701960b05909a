"""Who causes what: the chain that each running function, and each thread, acts in."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from grader.cloud.functions.invocation import Lineage, Requester


class Causes:
    """The chains of the account.

    Parameters
    ----------
    account_user
        The ``user_id`` that counts when nobody else is named.
    """

    def __init__(self, account_user: str) -> None:
        self._account_user = account_user
        self._running: dict[str, Lineage] = {}
        self._acting = threading.local()

    @contextmanager
    def acting_as(
        self, access_key: str | None, user_id: str | None = None, source_ip: str | None = None
    ) -> Iterator[None]:
        """Let everything that happens meanwhile in this thread count as caused by the holder of an access key.

        The door holds this around each call, so that an upload by a function continues that function's chain, and
        S3's event can name who did it (``principalId``) and from where (``sourceIPAddress``).
        """
        before = self.requester()
        self._acting.requester = Requester(user_id or before.user_id, source_ip or before.source_ip)
        try:
            with self.caused_by(self.lineage_of(access_key)):
                yield
        finally:
            self._acting.requester = before

    @contextmanager
    def caused_by(self, lineage: Lineage) -> Iterator[None]:
        """Let everything that happens meanwhile in this thread continue a chain."""
        before = self.lineage()
        self._acting.lineage = lineage
        try:
            yield
        finally:
            self._acting.lineage = before

    def requester(self) -> Requester:
        """Who the present thread acts for."""
        return getattr(self._acting, "requester", None) or Requester(self._account_user)

    def lineage(self) -> Lineage:
        """The chain that the present thread acts in."""
        return getattr(self._acting, "lineage", None) or Lineage()

    def lineage_of(self, access_key: str | None) -> Lineage:
        """The chain of the environment that holds these credentials and is running now."""
        return self._running.get(access_key or "", Lineage())

    @contextmanager
    def running(self, access_key: str, lineage: Lineage) -> Iterator[None]:
        """An environment that holds ``access_key`` is running, as a step of a chain."""
        self._running[access_key] = lineage
        try:
            yield
        finally:
            self._running.pop(access_key, None)
