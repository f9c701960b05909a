"""The transform ``AWS::Include``: a piece of a template that lies in a bucket, or in a file beside the template."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from grader.cloud.errors import NotSupported
from grader.cloud.stacks.errors import DeployError, TemplateError, TransformError
from grader.cloud.stacks.templates.template import Template
from grader.cloud.stacks.templates.values import scalar
from grader.cloud.stacks.templates.yaml_reader import Place, YamlReader

INCLUDE = "AWS::Include"
Fetch = Callable[[str], str]


def declared_transforms(template: Template) -> list[Any]:
    """The Transform section as a list; each is a name, or a map with Name and Parameters."""
    transform = template.body.get("Transform") or []
    return transform if isinstance(transform, list) else [transform]


def include(template: Template, parameters: Mapping[str, str], fetch: Fetch) -> Template:
    """The template with every included piece in its place.

    Parameters
    ----------
    fetch
        Gives the text at an address (``s3://bucket/key``).

    Raises
    ------
    TransformError
        When a piece cannot be had, or is no map.
    NotSupported
        For a macro.
    """
    including = _Including(template, parameters, fetch)
    body = including.inside(template.body, ())
    for transform in declared_transforms(template):
        if isinstance(transform, dict):
            body = {**including.piece(transform, ("Transform",)), **body}
    return replace(template, body=body) if including.found else template


class _Including:
    def __init__(self, template: Template, parameters: Mapping[str, str], fetch: Fetch) -> None:
        self.template, self.parameters, self.fetch = template, parameters, fetch
        self.found = False

    def inside(self, value: Any, place: Place) -> Any:
        """``value`` with what is included in it; the deepest first, as CloudFormation does."""
        if isinstance(value, list):
            return [self.inside(item, (*place, number)) for number, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        done = {key: self.inside(item, (*place, key)) for key, item in value.items() if key != "Fn::Transform"}
        if "Fn::Transform" not in value:
            return done
        piece = self.piece(value["Fn::Transform"], (*place, "Fn::Transform"))
        return {**piece, **done}

    def piece(self, transform: Any, place: Place) -> dict[str, Any]:
        self.found = True
        name = transform.get("Name") if isinstance(transform, dict) else transform
        if name != INCLUDE:
            raise NotSupported(f"the macro {name}", self.template.where(*place))
        parameters = transform.get("Parameters")
        location = parameters.get("Location") if isinstance(parameters, dict) else None
        if isinstance(location, dict) and set(location) == {"Ref"}:
            location = self.parameters.get(str(location["Ref"]))
        if not isinstance(location, str):
            raise self._refusal("missing required parameter Location", place)
        return self._read(location, place)

    def _read(self, location: str, place: Place) -> dict[str, Any]:
        try:
            found = YamlReader(location.rpartition("/")[2], aliases=False).read(self.fetch(location) + "\n")
        except TemplateError:
            raise
        except DeployError as error:
            raise self._refusal(f"{location}: {error.what}", place) from error
        if not isinstance(found, dict):
            raise self._refusal("The specified S3 object's content should be valid Yaml/JSON", place)
        return {str(key): scalar(item) if key == "Transform" else item for key, item in found.items()}

    def _refusal(self, words: str, place: Place) -> TransformError:
        logical_id = str(place[1]) if place[0] == "Resources" and len(place) > 1 else None
        return TransformError(
            f"Transform {INCLUDE} failed with: {words}",
            self.template.where(*place),
            logical_id=logical_id,
            reason=words,
            line=self.template.line_of(*place),
        )
