"""Packaging local code: what ``sam build`` and ``sam package`` do, in memory.

``requirements.txt`` stays in the ZIP; nothing is ever installed. Nothing outside the template's folder is read.
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any, TypeGuard

from grader.cloud.errors import NotSupported
from grader.cloud.stacks.archives import archive
from grader.cloud.stacks.errors import TemplateError
from grader.cloud.stacks.templates.includes import INCLUDE, declared_transforms
from grader.cloud.stacks.templates.template import Template, load
from grader.cloud.stacks.templates.yaml_reader import Place

BUCKET = "aws-sam-cli-managed-default-samclisourcebucket"
# Type → the property that may name a local folder.
CODE = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Lambda::Function": "Code",
    "AWS::Lambda::LayerVersion": "Content",
}
# Type → the property that may name a local file, and the property that takes its content.
DEFINITIONS = {
    "AWS::Serverless::Api": ("DefinitionUri", "DefinitionBody"),
    "AWS::Serverless::HttpApi": ("DefinitionUri", "DefinitionBody"),
    "AWS::Serverless::StateMachine": ("DefinitionUri", "Definition"),
    "AWS::ApiGateway::RestApi": ("BodyS3Location", "Body"),
    "AWS::ApiGatewayV2::Api": ("BodyS3Location", "Body"),
    "AWS::StepFunctions::StateMachine": ("DefinitionS3Location", "Definition"),
}
# Type → the property that may name a local template.
NESTED = {"AWS::Serverless::Application": "Location", "AWS::CloudFormation::Stack": "TemplateURL"}
PUBLISHED = ("ReadmeUrl", "LicenseUrl")  # of the metadata AWS::ServerlessRepo::Application
MAX_NESTED = 10


class Artifacts(dict[tuple[str, str], bytes]):
    """What was packaged, by bucket and key, as if it lay in SAM's own bucket.

    Attributes
    ----------
    templates
        Templates of nested stacks by their address, with the file and the lines that they were read from.
    """

    def __init__(self) -> None:
        super().__init__()
        self.templates: dict[str, Template] = {}

    def put(self, content: bytes) -> str:
        """Keep some bytes and give the key, which depends on them only."""
        key = hashlib.sha256(content).hexdigest()[:32]
        self[(BUCKET, key)] = content
        return key


def package(template: Template, artifacts: Artifacts, outer: tuple[Path, ...] = ()) -> Template:
    """The template with every local file or folder replaced by an address whose bytes are put into ``artifacts``.

    Parameters
    ----------
    outer
        The templates that this one is nested in.

    Raises
    ------
    TemplateError
        When a path does not exist, or leads out of the template's folder.
    """
    if template.path is not None and (template.path in outer or len(outer) >= MAX_NESTED):
        raise TemplateError(f"The template {template.path.name} is nested in itself.", template.path.name)
    packaging = _Packaging(template, artifacts, outer)
    return replace(template, body=packaging.body())


class _Packaging:
    def __init__(self, template: Template, artifacts: Artifacts, outer: tuple[Path, ...]) -> None:
        self.template, self.artifacts = template, artifacts
        self.inner = (*outer, template.path) if template.path else outer

    def body(self) -> dict[str, Any]:
        body = copy.deepcopy(self.template.body)
        globals_ = body.get("Globals") or {}
        self.nameless_code(body.get("Resources") or {}, globals_.get("Function"))
        for section, name in (("Function", "CodeUri"), ("LayerVersion", "ContentUri")):
            part = globals_.get(section)
            if isinstance(part, dict):
                self.code(part, name, ("Globals", section), short=True)
        self.resources(body.get("Resources") or {}, ("Resources",))
        self.published((body.get("Metadata") or {}).get("AWS::ServerlessRepo::Application"))
        self.includes(body)
        return body

    def nameless_code(self, resources: dict[str, Any], globals_: Any) -> None:
        """A function that names no code gets the template's own folder, as ``sam build`` and ``sam deploy`` give it."""
        named = {"CodeUri", "InlineCode", "ImageUri", "PackageType", "Fn::Transform"}
        if self.template.path is None or (isinstance(globals_, dict) and named & globals_.keys()):
            return
        for resource in resources.values():
            if isinstance(resource, dict) and resource.get("Type") == "AWS::Serverless::Function":
                properties = resource.get("Properties")
                if isinstance(properties, dict) and not named & properties.keys():
                    properties["CodeUri"] = "."

    def resources(self, resources: dict[str, Any], place: Place) -> None:
        for name, resource in resources.items():
            if name.startswith("Fn::ForEach::") and isinstance(resource, list) and len(resource) == 3:
                self.resources(resource[2] if isinstance(resource[2], dict) else {}, (*place, name, 2))
            elif isinstance(resource, dict) and isinstance(resource.get("Properties"), dict):
                method = (resource.get("Metadata") or {}).get("BuildMethod")
                self.resource(str(resource.get("Type")), resource["Properties"], (*place, name, "Properties"), method)

    def resource(self, kind: str, properties: dict[str, Any], place: Place, method: str | None) -> None:
        if kind in CODE:
            inside = self.built_into(kind, method, place)
            self.code(properties, CODE[kind], place, short=kind.startswith("AWS::Serverless::"), inside=inside)
        if kind in DEFINITIONS:
            self.definition(properties, *DEFINITIONS[kind], place)
        if kind in NESTED:
            self.nested(properties, NESTED[kind], place)
        if isinstance(properties.get("ImageUri"), str):
            raise NotSupported("functions from container images (ImageUri)", self.template.where(*place, "ImageUri"))

    def built_into(self, kind: str, method: str | None, place: Place) -> str:
        """Where ``sam build`` puts a layer's files: a Python layer that is built lies in ``python/``."""
        if method is None or not kind.endswith("::LayerVersion"):
            return ""
        if not str(method).startswith("python"):
            raise NotSupported(f"the BuildMethod {method} of a layer", self.template.where(*place[:-1], "Metadata"))
        return "python/"

    def code(self, properties: dict[str, Any], name: str, place: Place, *, short: bool, inside: str = "") -> None:
        """A folder becomes a ZIP."""
        value = properties.get(name)
        if not _is_local(value):
            return
        if "${" in value or "&{" in value:
            raise NotSupported(f"a {name} that changes with Fn::ForEach", self.template.where(*place, name))
        content = archive(self.template, self.inside(value, (*place, name)), (*place, name), inside)
        key = self.artifacts.put(content)
        properties[name] = f"s3://{BUCKET}/{key}" if short else {"S3Bucket": BUCKET, "S3Key": key}

    def definition(self, properties: dict[str, Any], uri: str, body: str, place: Place) -> None:
        """A file becomes the property that could have held its content."""
        value = properties.get(uri)
        if _is_local(value):
            path = self.file(value, (*place, uri))
            properties[body] = load(path.read_text(encoding="utf-8") + "\n", is_template=False).body
            del properties[uri]

    def nested(self, properties: dict[str, Any], name: str, place: Place) -> None:
        """A template is packaged itself, and becomes an address."""
        value = properties.get(name)
        if not _is_local(value):
            return
        inner = package(load(self.file(value, (*place, name))), self.artifacts, self.inner)
        key = self.artifacts.put(json.dumps(inner.body, sort_keys=True).encode())
        properties[name] = f"https://s3.amazonaws.com/{BUCKET}/{key}"
        self.artifacts.templates[properties[name]] = inner

    def published(self, metadata: Any) -> None:
        """The files that an application is published with."""
        for name in PUBLISHED:
            value = metadata.get(name) if isinstance(metadata, dict) else None
            if _is_local(value):
                place = ("Metadata", "AWS::ServerlessRepo::Application", name)
                key = self.artifacts.put(self.file(value, place).read_bytes())
                metadata[name] = f"s3://{BUCKET}/{key}"

    def includes(self, body: dict[str, Any]) -> None:
        """Pieces of the template that lie in files beside it."""
        for transform in [*declared_transforms(replace(self.template, body=body)), *_embedded(body)]:
            parameters = transform.get("Parameters") if isinstance(transform, dict) else None
            if isinstance(parameters, dict) and transform.get("Name") == INCLUDE:
                location = parameters.get("Location")
                if _is_local(location):
                    content = self.file(location, ("Transform",)).read_bytes()
                    parameters["Location"] = f"s3://{BUCKET}/{self.artifacts.put(content)}"

    def file(self, value: str, place: Place) -> Path:
        path = self.inside(value, place)
        if not path.is_file():
            raise self.refusal(f"{place[-1]}: {value} is a folder.", place, "Name the file in it.")
        return path

    def inside(self, value: str, place: Place) -> Path:
        """The path that ``value`` names, refused when it is not a plain path inside the template's folder."""
        name, folder = str(place[-1]), self.template.folder
        if folder is None:
            words = f"{name}: {value} is a local path, but the template was not read from a file."
            raise self.refusal(words, place)
        parts = PurePosixPath(value.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts or Path(value).drive:
            words = f"{name}: {value} leads out of the template's folder."
            raise self.refusal(words, place, "Keep the code in a folder beside the template.")
        path = folder
        for part in parts.parts:
            path = path / part
            if not os.path.lexists(path):  # also what no file could be called
                break
            if path.is_symlink():
                words = f"{name}: {value} is a symbolic link, which could lead out of the template's folder."
                raise self.refusal(words, place)
        if not os.path.exists(folder / parts):
            step = f"Is there a folder {value} beside the template?"
            raise self.refusal(f"{name}: {value} does not exist.", place, step)
        return path

    def refusal(self, words: str, place: Place, next_step: str | None = None) -> TemplateError:
        logical_id = str(place[1]) if place[0] == "Resources" else None
        where, line = self.template.where(*place), self.template.line_of(*place)
        return TemplateError(words, where, next_step, line=line, logical_id=logical_id)


def _is_local(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and not value.startswith(("s3://", "http://", "https://", "arn:"))


def _embedded(value: Any) -> list[Any]:
    """Every ``Fn::Transform`` in a value."""
    if isinstance(value, list):
        return [found for item in value for found in _embedded(item)]
    if not isinstance(value, dict):
        return []
    own = [value["Fn::Transform"]] if "Fn::Transform" in value else []
    return own + [found for item in value.values() for found in _embedded(item)]
