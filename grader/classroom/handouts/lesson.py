"""The code of a lesson on paper: questions become boxes to tick, ``show_files`` files, ``compare`` a line to fill in.

The code is read, never run.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from grader.classroom.handouts.document import Block, Edition, Listing, Question, Room

EXPLORERS = ("_explorer", "_chooser", "_lab")
LONGEST_FILE = 120  # lines; a longer file is named, and looked up on the screen


def code_blocks(source: str, files: Mapping[str, bytes], edition: Edition) -> Iterator[Block]:
    """What a cell of the lesson is on paper.

    Parameters
    ----------
    files
        What lies beside the notebook, by path.
    """
    statements = _statements(source)
    call = _only_call(statements)
    match call and _name(call):
        case "recall" | "predict" if call is not None and (question := _question(call, edition)):
            yield question
        case "show_files" if call is not None and (paths := _texts(call.args)):
            yield from listings(paths, files)
        case "compare":
            yield from room_for_outcome(edition)
        case str() as name if name.endswith(EXPLORERS) and not source.startswith("from"):
            pass  # its picture stands beside it
        case _:
            yield Listing(source.rstrip("\n"), "python")
            if any(_name(node) == "compare" for one in statements for node in ast.walk(one)):
                yield from room_for_outcome(edition)


def room_for_outcome(edition: Edition) -> Iterator[Room]:
    """A line for what a prediction came to."""
    if edition == "learner":
        yield Room("What happened?", 1)


def listings(paths: Sequence[str], files: Mapping[str, bytes]) -> Iterator[Listing]:
    """Files, and what lies in folders, the template first; pictures and archives are left out."""
    for path in paths:
        inside = [name for name in files if name == path or name.startswith(f"{path.rstrip('/')}/")]
        for name in sorted(inside, key=lambda one: (not one.endswith("template.yaml"), one)):
            if (text := readable(files[name])) is not None:
                yield Listing(shortened(text), language_of(name), name)


def readable(data: bytes) -> str | None:
    """Bytes as text, or ``None``."""
    try:
        text = data.decode("utf-8").rstrip("\n")
    except UnicodeDecodeError:
        return None
    return text or None


def shortened(text: str) -> str:
    """A file as a page can hold it."""
    lines = text.split("\n")
    if len(lines) <= LONGEST_FILE:
        return text
    return "\n".join([*lines[:LONGEST_FILE], f"… and {len(lines) - LONGEST_FILE} lines more"])


def language_of(name: str) -> str:
    """The language of a file by its ending, for colours."""
    known = {"py": "python", "yaml": "yaml", "yml": "yaml", "json": "json", "toml": "toml", "html": "html"}
    return known.get(name.rpartition(".")[2], "text")


def _statements(source: str) -> list[ast.stmt]:
    try:
        return ast.parse(source).body
    except SyntaxError:  # a magic, or a cell that is broken on purpose
        return []


def _only_call(statements: Sequence[ast.stmt]) -> ast.Call | None:
    if len(statements) == 1 and isinstance(statements[0], ast.Expr) and isinstance(statements[0].value, ast.Call):
        return statements[0].value
    return None


def _name(node: ast.AST) -> str | None:
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else None


def _question(call: ast.Call, edition: Edition) -> Question | None:
    """The question, when all that it needs stands there as it is; a computed one stays code."""
    names = ("key", "question", "choices", "answer", "because")
    given = dict(zip(names, call.args, strict=False)) | {one.arg: one.value for one in call.keywords if one.arg}
    try:
        values: dict[str, Any] = {name: ast.literal_eval(node) for name, node in given.items()}
        choices = tuple(map(str, values["choices"]))
        text = str(values["question"])
    except (ValueError, KeyError, TypeError):
        return None
    if _name(call) == "predict":
        return Question("predict", text, choices)
    answer = values.get("answer")
    right = choices.index(answer) if isinstance(answer, str) and answer in choices else answer
    if edition == "learner" or not isinstance(right, int):
        return Question("recall", text, choices)
    return Question("recall", text, choices, right, str(values.get("because", "")))


def _texts(arguments: Sequence[ast.expr]) -> list[str]:
    return [one.value for one in arguments if isinstance(one, ast.Constant) and isinstance(one.value, str)]
