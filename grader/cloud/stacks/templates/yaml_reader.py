"""YAML as CloudFormation reads it: plain values, short tags, and the line of everything.

A template is text from a stranger. It is read by a loader that knows strings, numbers, lists and maps only, with caps
on size, depth and the number of values after aliases are expanded; a key given twice is refused, since one of the two
would silently be lost.
"""

from __future__ import annotations

from typing import Any

import yaml

from grader.cloud.stacks.errors import TemplateError

MAX_DEPTH = 60
MAX_VALUES = 50_000
SHORT_TAGS = frozenset(
    [
        "Ref",
        "Condition",
        "Base64",
        "Cidr",
        "FindInMap",
        "GetAtt",
        "GetAZs",
        "If",
        "ImportValue",
        "Join",
        "Select",
        "Split",
        "Sub",
        "And",
        "Equals",
        "Not",
        "Or",
        "Transform",
        "Length",
        "ToJsonString",
        "Contains",
        "EachMemberEquals",
        "EachMemberIn",
        "RefAll",
        "ValueOf",
        "ValueOfAll",
    ]
)
PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}" for name in ["str", "int", "float", "bool", "null", "seq", "map", "timestamp", "merge"]
)
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


Place = tuple[str | int, ...]


class YamlReader:
    """Builds plain values from YAML nodes and remembers the line of each.

    Parameters
    ----------
    name
        What the text is called in messages.
    aliases
        Whether YAML aliases and merge keys are expanded.

    Attributes
    ----------
    lines
        The line of each place, for example ``("Resources", "Table", "Type")``, counted from 1.
    """

    def __init__(self, name: str, aliases: bool) -> None:
        self.name = name
        self.aliases = aliases
        self.lines: dict[Place, int] = {}
        self._values = 0
        self._resolver = yaml.SafeLoader("")

    def read(self, text: str) -> Any:
        """The value of a document.

        Raises
        ------
        TemplateError
            With the line, when it is no YAML, or YAML that a template may not hold.
        """
        try:
            self._check_events(text)
            loader = _Loader(text)
            try:
                node = loader.get_single_node()
            finally:
                loader.dispose()
            return self._build(node, ()) if node is not None else None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            problem = (error.problem or "not valid YAML").removeprefix("found ")
            words = f"Template format error: YAML not well-formed ({problem})."
            raise self._refuse(words, mark.line + 1 if mark else None, _next_step(error, problem)) from error
        except yaml.YAMLError as error:
            raise self._refuse(
                "Template format error: YAML not well-formed (it holds a character that is not text).", None
            ) from error

    def _refuse(self, words: str, line: int | None, next_step: str | None = None) -> TemplateError:
        where = f"{self.name} line {line}" if line else self.name
        return TemplateError(words, where, next_step, line=line)

    def _check_events(self, text: str) -> None:
        depth = 0
        for event in yaml.parse(text, Loader=_Loader):
            line = event.start_mark.line + 1 if event.start_mark else None
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > MAX_DEPTH:
                    raise self._refuse(f"The template is nested deeper than {MAX_DEPTH} levels.", line)
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            elif isinstance(event, yaml.AliasEvent) and not self.aliases:
                raise self._refuse("Template error: YAML aliases are not allowed in CloudFormation templates", line)

    def _build(self, node: yaml.Node, place: Place) -> Any:
        line = node.start_mark.line + 1
        self.lines.setdefault(place, line)
        self._values += 1
        if self._values > MAX_VALUES:
            raise self._refuse(
                f"The template has more than {MAX_VALUES:,} values once its aliases are expanded.",
                line,
                "Write the values out: CloudFormation itself allows no aliases.",
            )
        if len(place) > 2 * MAX_DEPTH:
            raise self._refuse("A YAML alias contains itself.", line)
        if node.tag.startswith("!"):
            return self._short(node, place, line)
        if node.tag not in PLAIN_TAGS:
            raise self._refuse(f"The YAML tag {_short_name(node.tag)} is not allowed in a template.", line)
        return self._plain(node, place)

    def _plain(self, node: yaml.Node, place: Place) -> Any:
        if isinstance(node, yaml.MappingNode):
            return self._map(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self._build(item, (*place, number)) for number, item in enumerate(node.value)]
        if node.tag in ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:merge", "tag:yaml.org,2002:str"):
            return node.value
        if ":" in node.value:
            return node.value
        try:
            return self._resolver.construct_object(node)
        except ValueError as error:
            raise self._refuse(f"{node.value!r} is not a value.", node.start_mark.line + 1) from error

    def _map(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        value: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if key_node.tag == "tag:yaml.org,2002:merge":
                merged |= self._merge(value_node, place, line)
                continue
            key = self._key(key_node, line)
            if key in value:
                raise self._refuse(f"Template format error: the key {key!r} occurs twice in the same map.", line)
            self.lines[(*place, key)] = line
            value[key] = self._build(value_node, (*place, key))
        return merged | value

    def _merge(self, node: yaml.Node, place: Place, line: int) -> dict[str, Any]:
        value = self._build(node, (*place, "<<"))
        parts = value if isinstance(value, list) else [value]
        if not self.aliases or not all(isinstance(part, dict) for part in parts):
            raise self._refuse("Template error: YAML merge keys are not allowed in CloudFormation templates", line)
        return {key: item for part in reversed(parts) for key, item in part.items()}

    def _key(self, node: yaml.Node, line: int) -> str:
        if not isinstance(node, yaml.ScalarNode) or node.tag not in PLAIN_TAGS:
            raise self._refuse("Template format error: a key of a map must be a string.", line)
        return str(node.value)

    def _short(self, node: yaml.Node, place: Place, line: int) -> dict[str, Any]:
        tag = node.tag[1:]
        if tag not in SHORT_TAGS:
            raise self._refuse(f"The YAML tag {node.tag} is not allowed in a template.", line)
        key = tag if tag in ("Ref", "Condition") else f"Fn::{tag}"
        value = node.value if isinstance(node, yaml.ScalarNode) else self._plain(node, (*place, key))
        if tag == "GetAtt" and isinstance(value, str):
            value = value.split(".", 1)
        return {key: value}


def _next_step(error: yaml.MarkedYAMLError, problem: str) -> str | None:
    """What to look at in text that is no YAML; None when only the line can be said."""
    if "cannot start any token" in problem:
        return "YAML is indented with spaces, not with tabs."
    if error.context in ("while scanning an alias", "while scanning an anchor"):
        return "A star or an ampersand at the beginning of a value means something else in YAML: quote it, '*'."
    return None


def _short_name(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")
