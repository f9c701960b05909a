"""Tokens that were tampered with, whatever they are made of."""

from __future__ import annotations

import base64
import json
from random import Random
from typing import Any

NEXT = {"9": "0", "z": "a", "Z": "A"}


def changed_at(token: str, place: int) -> str:
    """The token with the next letter or digit in one place."""
    letter = token[place]
    return token[:place] + NEXT.get(letter, chr(ord(letter) + 1)) + token[place + 1 :]


def changed(token: str, rng: Random, count: int) -> list[str]:
    """Some copies with one character changed, in every part of it.

    The ends of parts stay, before their padding: the last bits of base64 may mean nothing.
    """
    plain = [place for place, letter in enumerate(token) if letter.isascii() and letter.isalnum()]
    dots = {place for place, letter in enumerate(f"{token}.") if letter in ".="}
    places = [place for place in plain if not {place + 1, place + 2} & dots]
    first = [place for place in places if place == 0 or token[place - 1] == "."]
    return [changed_at(token, place) for place in {*first, *rng.sample(places, min(count, len(places)))}]


def rewritten(token: str, changes: dict[str, str]) -> list[str]:
    """Copies in which what can be read says something else: texts by ``changes``, and numbers a year later."""
    parts = token.split(".")
    found = []
    for place, part in enumerate(parts):
        facts = decoded(part)
        if isinstance(facts, dict):
            lies = base64.urlsafe_b64encode(json.dumps(rewrite(facts, changes)).encode()).rstrip(b"=").decode()
            found.append(".".join([*parts[:place], lies, *parts[place + 1 :]]))
    return found


def unsigned(token: str) -> list[str]:
    """Copies without their signature, one of them as a JWT that says that it needs none."""
    head = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    bodies = [part for part in token.split(".") if isinstance(decoded(part), dict) and "alg" not in decoded(part)]
    return [f"{body}{end}" for body in bodies for end in ("", ".")] + [f"{head}.{body}." for body in bodies]


def decoded(part: str) -> Any:
    """What a part of a token says in JSON; None for what does not."""
    try:
        return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        return None


def rewrite(value: Any, changes: dict[str, str]) -> Any:
    """The same value with other texts and later times."""
    if isinstance(value, dict):
        return {name: rewrite(each, changes) for name, each in value.items()}
    if isinstance(value, str):
        return next((value.replace(old, new) for old, new in changes.items() if old in value), value)
    return value + 365 * 24 * 3600 if isinstance(value, (int, float)) and value > 1e9 else value
