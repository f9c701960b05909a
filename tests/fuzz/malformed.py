"""Malformed templates without end: real ones with something wrong in them, each made from one number."""

from __future__ import annotations

import copy
import functools
import json
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from grader.cloud.errors import CloudError
from grader.cloud.stacks import load

ROOT = Path(__file__).resolve().parents[2]
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 10**30, 1.5, float("nan"), "", " ", "x", "\0", "\ud800", "é" * 300,
    "${", "${}", "${A.B.C}", "!Ref",
    "arn:", "arn:aws:lambda", "s3://", "s3://b/k", "../../etc", "{{resolve:ssm:x}}", "{{resolve:", "$", "$..", [], [[]],
    [None], {}, {"": None}, {"a": []}, {"Ref": None}, {"Ref": ["a"]}, {"Ref": "Nope"}, {"Ref": "AWS::NoValue"},
    {"Ref": "AWS::Region"}, {"Fn::GetAtt": "x"}, {"Fn::GetAtt": []}, {"Fn::GetAtt": ["a", {"Ref": "b"}]},
    {"Fn::GetAtt": {}}, {"Fn::Sub": None}, {"Fn::Sub": ["${x}", {"x": {}}]}, {"Fn::Sub": ["a", "b", "c"]},
    {"Fn::Sub": "${AWS::Nope}"}, {"Fn::Join": ["", "ab"]}, {"Fn::Join": [1, [2]]}, {"Fn::Join": {}},
    {"Fn::Select": [9, ["a"]]}, {"Fn::Select": ["x", 5]}, {"Fn::Split": [",", []]}, {"Fn::Split": ["", "a"]},
    {"Fn::If": []}, {"Fn::If": ["Nope", 1, 2]}, {"Fn::If": [{}, 1, 2]}, {"Fn::FindInMap": ["a", "b", "c"]},
    {"Fn::FindInMap": "x"}, {"Fn::ImportValue": "nobody"}, {"Fn::ImportValue": []}, {"Fn::Base64": {}},
    {"Fn::Cidr": ["10.0.0.0/8", 3, 4]}, {"Fn::Cidr": 5}, {"Fn::GetAZs": {}}, {"Fn::Length": {}},
    {"Fn::ToJsonString": {"a": float("inf")}}, {"Fn::ToJsonString": 1}, {"Fn::Nope": 1}, {"Condition": "x"},
    {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": 5}}}, {"Fn::Transform": 1},
    {"Fn::ForEach::L": ["I", ["a", "b"], {"R${I}": {"Type": "AWS::SQS::Queue"}}]}, {"Fn::ForEach::L": 5},
    {"Ref": "a", "Fn::Sub": "b"}, {"Type": "AWS::SQS::Queue"}, {"Type": 5}, {"Type": []},
)  # fmt: skip
TAGS = ("!Ref", "!Sub", "!GetAtt", "!If", "!Join", "!Select", "!FindInMap", "!Equals", "!Not", "!Nope",
        "!!python/name:os.system",
        "!!binary", "!!set", "!!timestamp", "!!float", "!!null", "<<: *a", "&a", "*a", "? ", "- ",
        "|", ">", "%", "@", "`", "---", "...",
        "\t", "{", "[", "]", "}", ": ", "#", '"', "'")  # fmt: skip


def malformed(number: int) -> str:
    """The malformed template of this number."""
    draw = random.Random(number)
    text = draw.choice(_texts())
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        text = draw.choices(WAYS, (30, 1, 1, 1, 1))[0](draw, text)
    return text


def _break_values(draw: random.Random, text: str) -> str:
    """Odd values at a few places; wrong types at any place at all."""
    try:
        body: Any = copy.deepcopy(load(text).body)
    except CloudError:
        return text
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        places = list(_places(body))
        if not places:
            break
        parent, key = draw.choice(places)
        way = draw.randrange(8)
        if way == 0:
            del parent[key]
        elif way == 1 and isinstance(parent, dict):
            parent[draw.choice(("x", "Type", "Properties", "Fn::If", "Ref", "Condition", 5, ""))] = parent.pop(key)
        elif way == 2:
            other, name = draw.choice(places)
            parent[key] = copy.deepcopy(other[name]) if name in other or isinstance(other, list) else None
        elif way == 3:
            parent[key] = [parent[key]]
        else:
            parent[key] = copy.deepcopy(draw.choice(ODD))
    try:
        return json.dumps(body)
    except (ValueError, TypeError):
        return text


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield value, key
        yield from _places(inner)


def _break_text(draw: random.Random, text: str) -> str:
    """A tag or a sign in the middle, or a piece that is missing."""
    at = draw.randrange(len(text) + 1)
    return text[:at] + draw.choice(TAGS) + text[at + draw.choice((0, 0, 1, 5, 50)) :]


def _swap_lines(draw: random.Random, text: str) -> str:
    """A line that stands elsewhere, twice, or further in."""
    lines = text.splitlines() or [""]
    line = draw.choice(lines)
    lines.insert(draw.randrange(len(lines) + 1), draw.choice((line, "  " + line, line.strip())))
    return "\n".join(lines)


def _nest(draw: random.Random, text: str) -> str:
    """Something very deep, or a thing that grows with each mention."""
    depth = draw.choice((20, 200, 5_000))
    bomb = "".join(f"B{n}: &b{n} [{', '.join(['x' if n == 0 else f'*b{n - 1}'] * 9)}]\n" for n in range(12))
    deep = draw.choice(("[" * depth, "{a: " * depth, "[" * depth + "]" * depth, "- " * depth, "!Ref " * depth))
    return draw.choice((bomb + text, text + "\nX: " + deep + "\n", text + "\nMetadata: " + deep))


def _cut(draw: random.Random, text: str) -> str:
    """Only the beginning."""
    return text[: draw.randrange(len(text) + 1)]


WAYS: tuple[Callable[[random.Random, str], str], ...] = (_break_values, _break_text, _swap_lines, _nest, _cut)


@functools.cache
def _texts() -> list[str]:
    """The course's own templates, their code in one folder."""
    texts = [path.read_text("utf-8") for path in sorted((ROOT / "solutions").rglob("template.yaml"))]
    return [re.sub(r"(CodeUri|ContentUri): [\w./]+", r"\1: .", text) for text in texts]
