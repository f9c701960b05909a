"""Whose account a check works in: its own, or one that it shares with others, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from grader.checks.exercise import Check


@dataclass
class Account:
    """An open account.

    Attributes
    ----------
    shares
        The word of the checks that share it; empty when it is for one check.
    stack
        The answer's stack, as soon as a check has asked for it.
    """

    cloud: Any
    shares: str = ""
    stack: Any = None
    _made: dict[str, Any] = field(default_factory=dict)

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """What ``make`` hands back, made when the first check of this account asks for ``name``."""
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]


class Accounts:
    """Hands out accounts, and keeps one that is shared until its last check is over.

    There is one open account at a time, as there is one open cloud in a process.
    """

    def __init__(self, open_cloud: Callable[[], Any]) -> None:
        self._open_cloud = open_cloud
        self._kept: Account | None = None

    def take(self, shares: str) -> Account:
        """The account that the checks of this word share, if one is there; else a new, empty one."""
        kept, self._kept = self._kept, None
        if kept is not None and shares == kept.shares:
            return kept
        if kept is not None:
            kept.cloud.close()
        return Account(self._open_cloud(), shares)

    def give_back(self, account: Account, passed: bool) -> None:
        """Keep a shared account for the next check, if it is still sound: a check that failed leaves who knows what."""
        if account.shares and passed:
            self._kept = account
        else:
            account.cloud.close()

    def close(self) -> None:
        """No check comes any more."""
        if self._kept is not None:
            self._kept.cloud.close()
            self._kept = None


def running_order(checks: Sequence[Check]) -> list[Check]:
    """The order to run checks in: as declared, but those that share an account run one after the other.

    A check never runs before one that it needs.
    """
    left, order = list(checks), list[Check]()
    while left:
        waiting = {check.name for check in left}
        ready = [check for check in left if not waiting.intersection(check.needs)]
        sharing = [check for check in ready if order and check.shares and check.shares == order[-1].shares]
        following = (sharing or ready or left)[0]
        left.remove(following)
        order.append(following)
    return order
