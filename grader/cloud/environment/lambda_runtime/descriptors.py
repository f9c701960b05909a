"""What a forked process has inherited and must not keep."""

from __future__ import annotations

import os


def keep_only(*kept: int) -> None:
    """Close every file descriptor but input, output and these."""
    first = 3
    for handle in sorted(kept):
        os.closerange(first, handle)
        first = handle + 1
    os.closerange(first, os.sysconf("SC_OPEN_MAX"))
