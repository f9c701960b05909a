"""Packages that lie in a deployment package are used, unless they were compiled for another Python."""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path

import pytest

from grader.cloud.functions.bundled import bundled, drop_foreign
from grader.cloud.functions.code import CodeStore, requirements

OURS = f"cp{sys.version_info.major}{sys.version_info.minor}"


def files(name: str, tag: str, record: str = "{package}/__init__.py,,\n{package}/_c.so,,\n") -> dict[str, str]:
    package = name.lower()
    info = f"{package}-1.0.dist-info"
    return {
        f"{package}/__init__.py": "",
        f"{package}/_c.so": "compiled",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nTag: {tag}\n",
        f"{info}/RECORD": record.format(package=package) + f"{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n",
    }


def laid(folder: Path, *groups: dict[str, str]) -> Path:
    for group in groups:
        for name, text in group.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
    return folder


def test_what_was_compiled_for_another_python_goes(tmp_path: Path) -> None:
    folder = laid(
        tmp_path,
        files("Pillow", "cp99-cp99-manylinux_2_17_x86_64"),
        files("Pure", "py3-none-any"),
        {"app.py": "", "requirements.txt": "pillow>=12\npure\nrequests\n"},
    )
    assert sorted(bundled(folder)) == ["pillow", "pure"]
    assert drop_foreign(folder) == ("pillow",)
    assert sorted(path.name for path in folder.rglob("*.so")) == ["_c.so"]
    assert (folder / "pure/_c.so").exists()
    assert requirements(folder) == ("pillow", "requests")


@pytest.mark.parametrize("tag", ["py3-none-any", f"{OURS}-{OURS}-any", "nonsense"])
def test_what_fits_or_says_nothing_stays(tmp_path: Path, tag: str) -> None:
    folder = laid(tmp_path, files("Fits", "py3-none-any" if tag == f"{OURS}-{OURS}-any" else tag))
    if tag == "nonsense":
        (folder / "fits-1.0.dist-info/WHEEL").write_text("Wheel-Version: 1.0\n")

    assert drop_foreign(folder) == ()


def test_a_record_cannot_remove_what_lies_elsewhere(tmp_path: Path) -> None:
    outside = tmp_path / "keep.txt"
    outside.write_text("mine")
    record = f"../keep.txt,,\n{outside},,\n"
    folder = laid(tmp_path / "code", files("Evil", "cp99-cp99-linux_x86_64", record))

    assert drop_foreign(folder) == ("evil",)
    assert outside.read_text() == "mine"


def test_the_store_says_what_must_come_from_here() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as package:
        for name, text in files("Pillow", "cp99-cp99-linux_x86_64").items():
            package.writestr(name, text)
    store = CodeStore()
    folder = store.folder(written.getvalue())

    assert store.packages(folder) == ("pillow",)
    store.close()
