"""A template as its author wrote it, with the line of everything in it."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from grader.cloud.stacks.errors import TemplateError
from grader.cloud.stacks.templates.sections import check_sections
from grader.cloud.stacks.templates.yaml_reader import Place, YamlReader

MAX_BYTES = 1_000_000


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
        transform = self.body.get("Transform") or []
        return "AWS::Serverless-2016-10-31" in (transform if isinstance(transform, list) else [transform])

    @property
    def resources(self) -> dict[str, Any]:
        """The Resources section, without what another transform has still to write out."""
        found = self.body.get("Resources") or {}
        return {name: resource for name, resource in found.items() if not str(name).startswith("Fn::")}

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


def load(source: Template | Path | str | Mapping[str, Any], aliases: bool = True, is_template: bool = True) -> Template:
    """Read a template.

    Parameters
    ----------
    source
        A path, a path as a string, the text itself (anything with a line break), or an already parsed mapping.
    aliases
        Whether YAML aliases are expanded, as ``aws cloudformation package`` and SAM do; CloudFormation's
        API refuses them.
    is_template
        False for another document that is written like one, such as the definition of an API.

    Raises
    ------
    TemplateError
        With the line, when the text is no template.
    """
    if isinstance(source, Template):
        return source
    if isinstance(source, Mapping):
        text = json.dumps(source, indent=2)
        return _template(text, None, aliases, is_template)
    if isinstance(source, Path) or ("\n" not in source and not source.lstrip().startswith("{")):
        path = Path(source)
        path = path / "template.yaml" if path.is_dir() else path
        return _template(_read(path), path.resolve(), aliases, is_template)
    return _template(source, None, aliases, is_template)


def load_text(text: str, aliases: bool = True) -> Template:
    """Read a template from its text, also when that is a single line; the parameters are those of ``load``."""
    return _template(text, None, aliases, True)


def _read(path: Path) -> str:
    if not path.is_file():
        raise TemplateError(f"There is no template at {path}.", next_step="Check the path and the current folder.")
    if path.stat().st_size > MAX_BYTES:
        raise TemplateError(f"The template is larger than {MAX_BYTES:,} bytes.", path.name)
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise TemplateError("The template is not UTF-8 text.", path.name) from error


def _template(text: str, path: Path | None, aliases: bool, is_template: bool) -> Template:
    read: Template = pickle.loads(_pickled(text, path, aliases, is_template))
    return read


@lru_cache(maxsize=32)
def _pickled(text: str, path: Path | None, aliases: bool, is_template: bool) -> bytes:
    """The template as bytes, so that who changes his changes nobody else's; the same text comes again and again."""
    name = path.name if path else "template"
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise TemplateError(f"The template is larger than {MAX_BYTES:,} bytes.", name)
    reader = YamlReader(name, aliases)
    body = reader.read(text)
    if not isinstance(body, dict):
        raise TemplateError("Template format error: the template is not a map of sections.", f"{name} line 1")
    template = Template(body, text, reader.lines, path)
    if is_template:
        check_sections(template)
    return pickle.dumps(template)


def walk(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Every value inside ``value`` with its place, outermost first."""
    yield place, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from walk(item, (*place, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from walk(item, (*place, number))
