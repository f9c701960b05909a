"""Identifiers that look like AWS's and come from one seed, so that every run of a lesson shows the same ones."""

from __future__ import annotations

import random
import string
import threading
import uuid
from itertools import repeat

LOWER = string.ascii_lowercase + string.digits
UPPER = string.ascii_uppercase + string.digits


def pick(source: random.Random, alphabet: str, length: int) -> str:
    """What ``source.choice`` would pick one after another, in a fifth of the time: every request needs some.

    As many numbers are drawn as letters are wanting, and those that are too large are drawn again: the same numbers in
    the same order.
    """
    size, bits = len(alphabet), len(alphabet).bit_length()
    picked = ""
    while wanting := length - len(picked):
        numbers = map(source.getrandbits, repeat(bits, wanting))
        picked += "".join([alphabet[number] for number in numbers if number < size])
    return picked


class Ids:
    """A stream of identifiers.

    Parameters
    ----------
    seed
        The same seed gives the same identifiers in the same order.
    """

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(f"ids-{seed}")
        self._lock = threading.Lock()

    def _pick(self, alphabet: str, length: int) -> str:
        with self._lock:
            return pick(self._random, alphabet, length)

    def uuid(self) -> str:
        """A request id: a version 4 UUID."""
        with self._lock:
            return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def suffix(self, length: int = 12) -> str:
        """What CloudFormation appends to a physical name, for example ``1A2B3C4D5E6F``."""
        return self._pick(UPPER, length)

    def lower(self, length: int = 10) -> str:
        """An API's id, or the suffix of a bucket's name."""
        return self._pick(LOWER, length)

    def hex(self, length: int = 32) -> str:
        """Lower-case hexadecimal digits, as in the name of a log stream or a trace id."""
        return self._pick("0123456789abcdef", length)
