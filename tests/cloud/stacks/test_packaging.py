import io
import os
import zipfile
from pathlib import Path

import pytest

from grader.cloud.errors import NotSupported
from grader.cloud.stacks import TemplateError, load
from grader.cloud.stacks.packaging import Artifacts, package

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: {folder}
      Handler: app.handler
"""


def project(folder: Path, code: str = "src") -> Path:
    source = folder / "src"
    (source / "lib").mkdir(parents=True)
    (source / "__pycache__").mkdir()
    (source / "app.py").write_text("x = 1\n")
    (source / "lib" / "part.py").write_text("y = 2\n")
    (source / "requirements.txt").write_text("requests\n")
    (source / "__pycache__" / "app.pyc").write_bytes(b"")
    path = folder / "template.yaml"
    path.write_text(TEMPLATE.format(folder=code))
    return path


def packaged(path: Path) -> tuple[str, bytes]:
    artifacts = Artifacts()
    uri = package(load(path), artifacts).body["Resources"]["Hello"]["Properties"]["CodeUri"]
    [(address, content)] = artifacts.items()
    assert uri == "s3://" + "/".join(address)
    return uri, content


def test_a_folder_becomes_a_zip_without_caches(tmp_path: Path) -> None:
    _, content = packaged(project(tmp_path))
    assert zipfile.ZipFile(io.BytesIO(content)).namelist() == ["app.py", "lib/part.py", "requirements.txt"]


def test_the_same_code_gives_the_same_address_whatever_its_dates(tmp_path: Path) -> None:
    first = packaged(project(tmp_path / "a"))
    second = project(tmp_path / "b")
    os.utime(tmp_path / "b" / "src" / "app.py", (1, 1))
    assert packaged(second) == first
    (tmp_path / "b" / "src" / "app.py").write_text("x = 2\n")
    assert packaged(second) != first


@pytest.mark.parametrize("folder", ["../src", "/etc", "src/../../x"])
def test_code_outside_the_templates_folder_is_refused(tmp_path: Path, folder: str) -> None:
    with pytest.raises(TemplateError) as caught:
        packaged(project(tmp_path, folder))
    assert caught.value.what == f"CodeUri: {folder} leads out of the template's folder."
    assert caught.value.where == "template.yaml line 6, Hello"


def test_a_link_as_folder_or_inside_is_refused(tmp_path: Path) -> None:
    path = project(tmp_path, "link")
    (tmp_path / "link").symlink_to("/etc")
    with pytest.raises(TemplateError, match="link is a symbolic link"):
        packaged(path)
    path.write_text(TEMPLATE.format(folder="src"))
    (tmp_path / "src" / "passwd").symlink_to("/etc/passwd")
    with pytest.raises(TemplateError, match="passwd is a symbolic link; only files and folders are packaged"):
        packaged(path)


def test_a_pipe_in_the_folder_is_refused_and_not_read(tmp_path: Path) -> None:
    path = project(tmp_path)
    os.mkfifo(tmp_path / "src" / "pipe")
    with pytest.raises(TemplateError, match="pipe is no ordinary file"):
        packaged(path)


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"CodeUri: hello does not exist\."):
        packaged(project(tmp_path, "hello"))


def test_a_folder_with_a_name_that_no_file_could_have_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"CodeUri: é+ does not exist\."):
        packaged(project(tmp_path, "é" * 300))


def test_globals_are_packaged_and_addresses_are_left_alone(tmp_path: Path) -> None:
    path = project(tmp_path, "s3://bucket/key")
    path.write_text("Globals: {Function: {CodeUri: src}}\n" + path.read_text())
    body = package(load(path), Artifacts()).body
    assert body["Resources"]["Hello"]["Properties"]["CodeUri"] == "s3://bucket/key"
    assert body["Globals"]["Function"]["CodeUri"].startswith("s3://")


def test_a_function_that_names_no_code_gets_the_templates_folder(tmp_path: Path) -> None:
    path = project(tmp_path)
    path.write_text(TEMPLATE.replace("      CodeUri: {folder}\n", ""))
    _, content = packaged(path)
    assert {"template.yaml", "src/app.py"} <= set(zipfile.ZipFile(io.BytesIO(content)).namelist())
    inline = TEMPLATE.replace("CodeUri: {folder}", "InlineCode: pass")
    path.write_text(inline)
    artifacts = Artifacts()
    assert package(load(path), artifacts).body == load(path).body
    assert not artifacts


def test_a_nested_template_is_packaged_with_its_own_code(tmp_path: Path) -> None:
    project(tmp_path / "inner")
    (tmp_path / "template.yaml").write_text(
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  Inner:\n    Type: AWS::Serverless::Application\n"
        "    Properties: {Location: inner/template.yaml}\n"
    )
    artifacts = Artifacts()
    body = package(load(tmp_path / "template.yaml"), artifacts).body
    address = body["Resources"]["Inner"]["Properties"]["Location"]
    inner = artifacts.templates[address]
    assert inner.path == tmp_path / "inner" / "template.yaml"
    assert inner.body["Resources"]["Hello"]["Properties"]["CodeUri"].startswith("s3://")
    assert len(artifacts) == 2


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("inner", "Location: inner is a folder."),
        ("../inner/template.yaml", "leads out of the template's folder"),
        ("nowhere.yaml", "Location: nowhere.yaml does not exist."),
        ("template.yaml", "The template template.yaml is nested in itself."),
    ],
)
def test_a_nested_template_that_is_none_is_refused(tmp_path: Path, location: str, words: str) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "template.yaml").write_text(
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  Inner:\n    Type: AWS::Serverless::Application\n"
        f"    Properties: {{Location: {location}}}\n"
    )
    with pytest.raises(TemplateError, match=words):
        package(load(tmp_path / "template.yaml"), Artifacts())


def test_a_layer_that_is_built_lies_where_python_looks(tmp_path: Path) -> None:
    project(tmp_path)
    layer = (
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  Words:\n    Type: AWS::Serverless::LayerVersion\n"
        "    Metadata: {BuildMethod: %s}\n    Properties: {ContentUri: src}\n"
    )
    (tmp_path / "template.yaml").write_text(layer % "python3.13")
    artifacts = Artifacts()
    package(load(tmp_path / "template.yaml"), artifacts)
    [content] = artifacts.values()
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert names == ["python/app.py", "python/lib/part.py", "python/requirements.txt"]
    (tmp_path / "template.yaml").write_text(layer % "makefile")
    with pytest.raises(NotSupported, match="the BuildMethod makefile of a layer"):
        package(load(tmp_path / "template.yaml"), Artifacts())
