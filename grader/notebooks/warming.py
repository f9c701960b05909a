"""A lesson's first line starts what its first check needs, in the background."""

from __future__ import annotations

import sys

from grader.garbage import look_seldom


def warm_up() -> None:
    """Start the answer zygote when this Python serves a notebook; anywhere else do nothing."""
    if "ipykernel" not in sys.modules:
        return
    from IPython.core.getipython import get_ipython

    if getattr(get_ipython(), "kernel", None) is not None:
        look_seldom()
        from grader.grading.client import shared_zygote

        shared_zygote().start()
