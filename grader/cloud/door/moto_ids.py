"""moto's identifiers, the same as ever: drawn letter by letter they took longer than the answers that need them."""

from __future__ import annotations

import string

import moto.sqs.models
from moto.moto_api._internal import mock_random
from moto.moto_api._internal.moto_random import MotoRandom

from grader.cloud.ids import pick


def draw_faster() -> None:
    """Let moto draw all letters of an identifier at once."""
    MotoRandom.get_random_hex = _hex
    MotoRandom.get_random_string = _string
    moto.sqs.models.generate_receipt_handle = _receipt_handle


def _hex(source: MotoRandom, length: int = 8) -> str:
    return pick(source, "0123456789abcdef", length)


def _string(source: MotoRandom, length: int = 20, include_digits: bool = True, lower_case: bool = False) -> str:
    picked = pick(source, string.ascii_letters + (string.digits if include_digits else ""), length)
    return picked.lower() if lower_case else picked


def _receipt_handle() -> str:
    return pick(mock_random, string.ascii_lowercase, 185)
