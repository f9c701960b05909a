"""Identifiers that look like AWS's and come from one seed, so that every run of a lesson shows the same ones."""

from __future__ import annotations

import random
import string
import threading
import uuid

LOWER = string.ascii_lowercase + string.digits
UPPER = string.ascii_uppercase + string.digits


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
        """What ``random.choice`` would pick, drawn as it draws, in a third of the time: every request needs some."""
        size, draw = len(alphabet), self._random.getrandbits
        bits = size.bit_length()
        picked: list[str] = []
        with self._lock:
            while len(picked) < length:
                if (number := draw(bits)) < size:
                    picked.append(alphabet[number])
        return "".join(picked)

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
