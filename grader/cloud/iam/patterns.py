"""How IAM compares: ``*`` and ``?``, and ``${variables}`` filled in from the request."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_LITERAL = {"*": "\x00", "?": "\x01", "$": "$"}


@lru_cache(maxsize=4096)
def _compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    parts = {"*": ".*", "?": ".", "\x00": re.escape("*"), "\x01": re.escape("?")}
    source = "".join(parts.get(character) or re.escape(character) for character in pattern)
    return re.compile(source, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def matches(pattern: str, value: str, *, ignore_case: bool = False) -> bool:
    """Whether ``value`` is what ``pattern`` describes; ``*`` stands for any text, ``?`` for one character."""
    return _compiled(pattern, ignore_case).fullmatch(value) is not None


def filled(pattern: str, context: Mapping[str, Any]) -> str | None:
    """The pattern with its policy variables replaced; None when the request lacks one (then nothing matches).

    ``${*}``, ``${?}`` and ``${$}`` stand for the characters themselves; ``${aws:username, 'nobody'}`` has a default.
    """
    missing = False

    def value_of(found: re.Match[str]) -> str:
        nonlocal missing
        name, _, default = (part.strip() for part in found[1].partition(","))
        if name in _LITERAL:
            return _LITERAL[name]
        value = context.get(name.lower())
        if value is None and default:
            value = default.strip("'")
        missing = missing or value is None
        return "" if value is None else _literal_text(first(value))

    text = _VARIABLE.sub(value_of, pattern)
    return None if missing else text


def _literal_text(value: str) -> str:
    return value.replace("*", "\x00").replace("?", "\x01")


def first(value: Any) -> str:
    """A context value as text; of several the first."""
    if isinstance(value, (list, tuple)):
        return first(value[0]) if value else ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def as_list(value: Any) -> list[Any]:
    """Policy elements may be one value or a list of them."""
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple, set, frozenset)) else [value]


def any_matches(patterns: Sequence[str], value: str, context: Mapping[str, Any] | None) -> bool:
    """Whether one of the patterns, its variables filled in, describes the value.

    Without a context, variables are plain text.
    """
    texts = (str(pattern) if context is None else filled(str(pattern), context) for pattern in patterns)
    return any(text is not None and matches(text, value) for text in texts)
