"""Python's search for garbage, for processes that hold the cloud: a million objects that are never garbage."""

from __future__ import annotations

import atexit
import gc

# Python looks after each 700 new objects. Importing the cloud and deploying a stack makes two million that stay.
YOUNG = 20_000


def look_seldom() -> None:
    """Look for garbage after every twenty thousand new objects, and not again and again as the process ends.

    Both took a fifth of the time that a notebook's kernel works.
    """
    gc.set_threshold(YOUNG, 20, 20)
    atexit.register(gc.freeze)
