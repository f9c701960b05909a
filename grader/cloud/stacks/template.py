"""Reading a template: YAML or JSON, CloudFormation's short tags, and the line of everything in it.

A template is text from a stranger. It is read by a loader that knows strings, numbers, lists and maps only, with caps
on size, depth and the number of values after aliases are expanded; a key given twice is refused, since one of the two
would silently be lost.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import yaml

from grader.cloud.errors import NotSupported
from grader.cloud.stacks.errors import TemplateError

MAX_BYTES = 1_000_000
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
    ]
)
OTHER_TAGS = frozenset(["Transform", "ForEach", "Length", "ToJsonString"])
PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}" for name in ["str", "int", "float", "bool", "null", "seq", "map", "timestamp", "merge"]
)
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Template:
    """A template as its author wrote it.

    Attributes
    ----------
    body
        Plain dictionaries, lists and scalars; short tags in their long form (``{"Ref": …}``, ``{"Fn::Sub": …}``).
    text
        The source.
    lines
        The line (counted from 1) of each place, for example ``("Resources", "Table", "Properties", "KeySchema")``.
    path
        The file, or None when the text came by itself.
    """

    body: dict[str, Any]
    text: str
    lines: Mapping[Place, int] = field(default_factory=dict, repr=False)
    path: Path | None = None

    @property
    def folder(self) -> Path | None:
        """The folder that local code is looked up in."""
        return self.path.parent if self.path else None

    @property
    def is_sam(self) -> bool:
        """Whether the SAM transform is asked for."""
        transform = self.body.get("Transform", [])
        return "AWS::Serverless-2016-10-31" in (transform if isinstance(transform, list) else [transform])

    @property
    def resources(self) -> dict[str, Any]:
        """The Resources section."""
        return cast("dict[str, Any]", self.body.get("Resources") or {})

    def line_of(self, *place: str | int) -> int | None:
        """The line of a place in the body, or of the nearest thing around it."""
        while place:
            if (line := self.lines.get(place)) is not None:
                return line
            place = place[:-1]
        return None

    def where(self, *place: str | int) -> str:
        """The place in words: file, line, and logical id when it lies in a section of named things."""
        name = self.path.name if self.path else "template"
        line = self.line_of(*place)
        words = f"{name} line {line}" if line else name
        return f"{words}, {place[1]}" if len(place) > 1 else words


def load(source: Template | Path | str | Mapping[str, Any], aliases: bool = True) -> Template:
    """Read a template.

    Parameters
    ----------
    source
        A path, a path as a string, the text itself (anything with a line break), or an already parsed mapping.
    aliases
        Whether YAML aliases are expanded, as ``aws cloudformation package`` and SAM do; CloudFormation's
        API refuses them.

    Raises
    ------
    TemplateError
        With the line, when the text is no template.
    """
    if isinstance(source, Template):
        return source
    if isinstance(source, Mapping):
        text = json.dumps(source, indent=2)
        return _template(text, None, aliases)
    if isinstance(source, Path) or ("\n" not in source and not source.lstrip().startswith("{")):
        path = Path(source)
        path = path / "template.yaml" if path.is_dir() else path
        return _template(_read(path), path.resolve(), aliases)
    return _template(source, None, aliases)


def _read(path: Path) -> str:
    if not path.is_file():
        raise TemplateError(f"There is no template at {path}.", next_step="Check the path and the current folder.")
    if path.stat().st_size > MAX_BYTES:
        raise TemplateError(f"The template is larger than {MAX_BYTES:,} bytes.", path.name)
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise TemplateError("The template is not UTF-8 text.", path.name) from error


def _template(text: str, path: Path | None, aliases: bool) -> Template:
    name = path.name if path else "template"
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise TemplateError(f"The template is larger than {MAX_BYTES:,} bytes.", name)
    reader = _Reader(name, aliases)
    body = reader.read(text)
    if not isinstance(body, dict):
        raise TemplateError("Template format error: the template is not a map of sections.", f"{name} line 1")
    template = Template(body, text, reader.lines, path)
    _check_sections(template)
    return template


SECTIONS = frozenset(
    [
        "AWSTemplateFormatVersion",
        "Description",
        "Metadata",
        "Parameters",
        "Mappings",
        "Conditions",
        "Transform",
        "Globals",
        "Resources",
        "Outputs",
        "Rules",
        "Hooks",
    ]
)


def _check_sections(template: Template) -> None:
    unknown = [name for name in template.body if name not in SECTIONS]
    if unknown:
        raise _error(template, f"Invalid template property or properties [{', '.join(map(str, unknown))}]", unknown[0])
    for section in ("Rules", "Hooks"):
        if section in template.body:
            raise NotSupported(f"the template section {section}", template.where(section))
    if not template.resources:
        raise TemplateError("Template format error: At least one Resources member must be defined.", template.where())
    for section in ("Parameters", "Mappings", "Conditions", "Globals", "Resources", "Outputs", "Metadata"):
        if not isinstance(template.body.get(section, {}), dict | None):
            raise _error(template, f"Template format error: [/{section}] must be a map", section)
    for section in ("Parameters", "Resources", "Outputs"):
        _check_members(template, section)


def _check_members(template: Template, section: str) -> None:
    for name, member in (template.body.get(section) or {}).items():
        if not str(name).isalnum():
            words = f"{section} name {name} is non alphanumeric."
            raise TemplateError(f"Template format error: {words}", template.where(section, name), logical_id=str(name))
        if not isinstance(member, dict):
            raise _error(template, f"Template format error: [/{section}/{name}] must be an object", section, name)
        if section == "Outputs" and not isinstance(member.get("Condition", ""), str):
            raise _error(
                template, f"Template format error: [/Outputs/{name}] Condition must be a string.", section, name
            )
        if section == "Resources":
            _check_resource(template, str(name), member)


def _check_resource(template: Template, name: str, member: dict[str, Any]) -> None:
    place = f"Template format error: [/Resources/{name}]"
    if not isinstance(member.get("Type"), str):
        raise _error(template, f"{place} Every Resources object must contain a Type member.", "Resources", name)
    if not isinstance(member.get("Properties"), dict | None):
        raise _error(template, f"{place} Properties must be a map.", "Resources", name, "Properties")
    named = member.get("DependsOn") or []
    if not isinstance(named, str) and not (isinstance(named, list) and all(isinstance(item, str) for item in named)):
        raise _error(template, f"{place} DependsOn must be a name or a list of names.", "Resources", name, "DependsOn")
    for field_name in ("Condition", "DeletionPolicy", "UpdateReplacePolicy"):
        if not isinstance(member.get(field_name, ""), str):
            raise _error(template, f"{place} {field_name} must be a string.", "Resources", name, field_name)


def _error(template: Template, words: str, *place: str | int) -> TemplateError:
    logical_id = str(place[1]) if len(place) > 1 else None
    return TemplateError(words, template.where(*place), logical_id=logical_id, line=template.line_of(*place))


class _Reader:
    """Builds plain values from YAML nodes and remembers the line of each."""

    def __init__(self, name: str, aliases: bool) -> None:
        self.name = name
        self.aliases = aliases
        self.lines: dict[Place, int] = {}
        self._values = 0
        self._resolver = yaml.SafeLoader("")

    def read(self, text: str) -> Any:
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
            step = "YAML is indented with spaces, not with tabs." if "cannot start any token" in problem else None
            raise self._refuse(words, mark.line + 1 if mark else None, step) from error
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
        if tag in OTHER_TAGS:
            raise NotSupported(f"the template function !{tag}", f"{self.name} line {line}")
        if tag not in SHORT_TAGS:
            raise self._refuse(f"The YAML tag {node.tag} is not allowed in a template.", line)
        key = tag if tag in ("Ref", "Condition") else f"Fn::{tag}"
        value = node.value if isinstance(node, yaml.ScalarNode) else self._plain(node, (*place, key))
        if tag == "GetAtt" and isinstance(value, str):
            value = value.split(".", 1)
        return {key: value}


def _short_name(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")


def walk(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Every value inside ``value`` with its place, outermost first."""
    yield place, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from walk(item, (*place, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from walk(item, (*place, number))
