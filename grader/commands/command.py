"""What a command of ``grader`` is."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console


@dataclass(frozen=True)
class Command:
    """One command.

    Attributes
    ----------
    options
        Declares its arguments.
    run
        Does it; returns the exit status.
    """

    name: str
    help: str
    options: Callable[[argparse.ArgumentParser], object]
    run: Callable[[argparse.Namespace, Console], int]
