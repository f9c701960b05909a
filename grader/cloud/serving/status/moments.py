"""Moments as a reader sees them."""

from __future__ import annotations

from datetime import UTC, datetime


def clock_time(moment: float) -> str:
    """``09:00:01`` for seconds since 1970, in UTC."""
    return datetime.fromtimestamp(moment, UTC).strftime("%H:%M:%S")


def date_and_time(moment: float) -> str:
    """``2026-11-02 09:00:01``, in UTC."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S")
