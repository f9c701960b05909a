"""What a command of ``grader`` is."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console


def count(text: str) -> int:
    """A whole number from 0, as an argument."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0")
    return int(text)


def seconds(text: str) -> float:
    """More than no time, as an argument."""
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    return number


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
