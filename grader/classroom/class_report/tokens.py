"""An answer's words without what a copyist changes first: names of one's own, comments, docstrings, quotes.

Python is read as a syntax tree; nothing of it is run. A name that the file itself binds becomes ``#``, like every other
of its names; those of modules, attributes and keyword arguments stay, for they are the task's and not the writer's. A
template's logical ids become ``#``, too.
"""

from __future__ import annotations

import ast
import builtins
import io
import keyword
import re
import tokenize
import warnings
from collections.abc import Iterator

OWN = "#"  # stands for every name that is the writer's own
MAX_CHARACTERS = 100_000
DEEPEST = 200  # brackets in each other; more is no program, and the parser may not survive it
_BUILTINS = frozenset(dir(builtins))
_LAYOUT = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER,
    tokenize.ENCODING,
}  # fmt: skip
_WORD = re.compile(r"[\w.:/*${}-]+|[^\s\w]")
_LOGICAL_ID = re.compile(r"^ {2}(\w+):[ \t]*(?:#.*)?$", re.MULTILINE)


def plain_tokens(name: str, text: str) -> list[str]:
    """The words of one file of an answer; a file that is no Python after all is read as plain words."""
    text = text[:MAX_CHARACTERS]
    if name.endswith(".py"):
        try:
            return list(_python(text))
        except (SyntaxError, ValueError, tokenize.TokenError, RecursionError, MemoryError):
            pass
    return list(_words(text))


def _python(text: str) -> Iterator[str]:
    own = _bound_names(text)
    after_dot, begins = False, True
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        is_docstring = begins and token.type == tokenize.STRING
        begins = token.type in _LAYOUT and (begins or token.type == tokenize.NEWLINE)
        if token.type in _LAYOUT or is_docstring:
            continue
        if token.type == tokenize.NAME and token.string in own and not after_dot:
            yield OWN
        else:
            yield _literal(token.string, own) if token.type == tokenize.STRING else token.string
        after_dot = token.string == "."


def _literal(text: str, own: set[str]) -> str:
    """A string by its value, whatever its quotes; in an f-string own names are own names (before Python 3.12)."""
    try:
        return repr(ast.literal_eval(text))
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return re.sub(r"(?<!\.)\b\w+", lambda match: OWN if match[0] in own else match[0], text)


def _bound_names(text: str) -> set[str]:
    """The names that a program gives to its own variables, parameters, functions and classes."""
    if _depth(text) > DEEPEST:
        raise ValueError("too deep")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the student's, about the student's text
        tree = ast.parse(text)
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                found.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.alias(asname=str(name)) | ast.ExceptHandler(name=str(name)):
                found.add(name)
    return {name for name in found if not keyword.iskeyword(name) and name not in _BUILTINS}


def _depth(text: str) -> int:
    deepest = depth = 0
    for char in text:
        if char in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in ")]}":
            depth -= 1
    return deepest


def _words(text: str) -> Iterator[str]:
    text = re.sub(r"(?m)(^|\s)#.*$", "", text)
    own = set(_LOGICAL_ID.findall(text))
    for word in _WORD.findall(text):
        if word not in "\"'":
            yield re.sub(r"\w+", lambda match: OWN if match[0] in own else match[0], word)
