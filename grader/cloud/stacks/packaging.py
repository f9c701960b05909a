"""Packaging local code: what ``sam build`` and ``sam package`` do, in memory.

A folder becomes a ZIP whose bytes depend on the files' names and contents only, so that unchanged code is no update.
``requirements.txt`` stays in the ZIP; nothing is ever installed. Nothing outside the template's folder is read.
"""

from __future__ import annotations

import copy
import hashlib
import io
import os
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from grader.cloud.errors import NotSupported
from grader.cloud.stacks.errors import TemplateError
from grader.cloud.stacks.templates.template import Template, load
from grader.cloud.stacks.templates.yaml_reader import Place

BUCKET = "aws-sam-cli-managed-default-samclisourcebucket"
LEFT_OUT = frozenset({"__pycache__", ".aws-sam", ".git", ".ipynb_checkpoints", ".pytest_cache", ".venv", ".DS_Store"})
MAX_UNZIPPED = 262_144_000
MAX_FILES = 10_000
DATE = (1980, 1, 1, 0, 0, 0)
# Type → (property with the folder, long form's bucket, key and version, whether the property may be left out)
CODE = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Lambda::Function": "Code",
    "AWS::Lambda::LayerVersion": "Content",
}
DEFINITIONS = {
    "AWS::Serverless::Api": ("DefinitionUri", "DefinitionBody"),
    "AWS::ApiGateway::RestApi": ("BodyS3Location", "Body"),
}
Artifacts = dict[tuple[str, str], bytes]


def package(template: Template, artifacts: Artifacts) -> Template:
    """The template with every local folder replaced by an ``s3://`` address whose bytes are put into ``artifacts``.

    Raises
    ------
    TemplateError
        When a path does not exist, or leads out of the template's folder.
    """
    body = copy.deepcopy(template.body)
    globals_ = body.get("Globals") or {}
    for section, name in (("Function", "CodeUri"), ("LayerVersion", "ContentUri")):
        part = globals_.get(section)
        if isinstance(part, dict):
            _replace(template, part, name, ("Globals", section), artifacts, short=True)
    for logical_id, resource in (body.get("Resources") or {}).items():
        properties = resource.get("Properties")
        if isinstance(properties, dict):
            _package_resource(template, logical_id, resource["Type"], properties, artifacts)
    return replace(template, body=body)


def _package_resource(
    template: Template, logical_id: str, kind: str, properties: dict[str, Any], artifacts: Artifacts
) -> None:
    place: Place = ("Resources", logical_id, "Properties")
    if kind in CODE:
        _replace(template, properties, CODE[kind], place, artifacts, short=kind.startswith("AWS::Serverless::"))
    if kind in DEFINITIONS:
        _inline_definition(template, properties, *DEFINITIONS[kind], place)
    if isinstance(properties.get("ImageUri"), str):
        raise NotSupported("functions from container images (ImageUri)", template.where(*place, "ImageUri"))


def _is_local(value: Any) -> bool:
    return isinstance(value, str) and not value.startswith(("s3://", "http://", "https://"))


def _replace(
    template: Template, properties: dict[str, Any], name: str, place: Place, artifacts: Artifacts, *, short: bool
) -> None:
    value = properties.get(name)
    if not _is_local(value):
        return
    content = _archive(template, _inside(template, str(value), (*place, name)), (*place, name))
    key = hashlib.sha256(content).hexdigest()[:32]
    artifacts[(BUCKET, key)] = content
    properties[name] = f"s3://{BUCKET}/{key}" if short else {"S3Bucket": BUCKET, "S3Key": key}


def _inline_definition(template: Template, properties: dict[str, Any], uri: str, body: str, place: Place) -> None:
    value = properties.get(uri)
    if _is_local(value):
        path = _inside(template, str(value), (*place, uri))
        properties[body] = load(path.read_text(encoding="utf-8") + "\n").body if path.is_file() else {}
        del properties[uri]


def _inside(template: Template, value: str, place: Place) -> Path:
    """The path that ``value`` names, refused when it is not a plain path inside the template's folder."""
    where, line = template.where(*place), template.line_of(*place)
    name = str(place[-1])

    def refuse(words: str, next_step: str | None = None) -> TemplateError:
        logical_id = str(place[1]) if place[0] == "Resources" else None
        return TemplateError(words, where, next_step, line=line, logical_id=logical_id)

    if template.folder is None:
        raise refuse(f"{name}: {value} is a local path, but the template was not read from a file.")
    parts = PurePosixPath(value.replace("\\", "/"))
    if parts.is_absolute() or ".." in parts.parts or Path(value).drive:
        raise refuse(
            f"{name}: {value} leads out of the template's folder.", "Keep the code in a folder beside the template."
        )
    path = template.folder
    for part in parts.parts:
        path = path / part
        if path.is_symlink():
            raise refuse(f"{name}: {value} is a symbolic link, which could lead out of the template's folder.")
    if not path.exists():
        raise refuse(f"{name}: {value} does not exist.", f"Is there a folder {value} beside the template?")
    return path


def _archive(template: Template, path: Path, place: Place) -> bytes:
    if path.is_file() and path.suffix in (".zip", ".jar"):
        return path.read_bytes()
    files = [(path.name, path)] if path.is_file() else list(_files(template, path, place))
    if not files:
        raise TemplateError(
            f"{place[-1]}: {path.name} holds no files.", template.where(*place), line=template.line_of(*place)
        )
    if len(files) > MAX_FILES or sum(file.stat().st_size for _, file in files) > MAX_UNZIPPED:
        words = f"Unzipped size must be smaller than {MAX_UNZIPPED} bytes"
        raise TemplateError(words, template.where(*place), line=template.line_of(*place))
    return zip_files(files)


def zip_files(files: list[tuple[str, Path]]) -> bytes:
    """A ZIP with the same bytes for the same names and contents, whatever the files' dates and owners."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, file in sorted(files):
            entry = zipfile.ZipInfo(name, DATE)
            executable = file.stat().st_mode & stat.S_IXUSR
            entry.external_attr = (stat.S_IFREG | (0o755 if executable else 0o644)) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.read_bytes())
    return buffer.getvalue()


def _files(template: Template, folder: Path, place: Place) -> Iterator[tuple[str, Path]]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in LEFT_OUT)
        for name in (*folders, *names):
            path = Path(parent, name)
            mode = path.lstat().st_mode
            if stat.S_ISLNK(mode) or not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                kind = "a symbolic link" if stat.S_ISLNK(mode) else "no ordinary file"
                words = f"{place[-1]}: {path.relative_to(folder)} is {kind}; only files and folders are packaged."
                raise TemplateError(words, template.where(*place), line=template.line_of(*place))
        for name in names:
            if name not in LEFT_OUT and not name.endswith(".pyc"):
                path = Path(parent, name)
                yield path.relative_to(folder).as_posix(), path
