"""Unpacking deployment packages."""

from __future__ import annotations

import io
import stat
import zipfile

import pytest

from grader.cloud.functions.code import CodeStore, requirements
from grader.cloud.functions.errors import InvalidParameterValue


def archive(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in members:
            package.writestr(name, content)
    return written.getvalue()


def link(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name)
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    return member


def test_the_same_content_is_unpacked_once() -> None:
    store = CodeStore()
    package = archive(("app.py", b"x = 1"), ("lib/deep/m.py", b""), ("empty/", b""))
    folder = store.folder(package)
    assert store.folder(bytes(package)) == folder
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*")) == [
        "app.py", "empty", "lib", "lib/deep", "lib/deep/m.py",
    ]  # fmt: skip
    store.close()
    assert not folder.exists()


@pytest.mark.parametrize(
    "package",
    [
        archive(("../evil.py", b"")),
        archive(("/etc/evil", b"")),
        archive(("a/../../evil", b"")),
        archive(("C:\\evil", b"")),
        archive((link("lib"), b"/etc")),
        b"this is no zip file",
        archive(("a", b"1"), ("a/b", b"2")),
    ],
    ids=["parent", "absolute", "hidden-parent", "drive", "link", "no-zip", "file-as-folder"],
)
def test_an_archive_may_not_leave_its_folder(package: bytes) -> None:
    with pytest.raises(InvalidParameterValue):
        CodeStore().folder(package)


def test_a_bomb_does_not_go_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.cloud.functions.code.UNPACKED_LIMIT", 3_000_000)
    with pytest.raises(InvalidParameterValue, match="must be smaller than"):
        CodeStore().folder(archive(("zeros", b"\0" * 5_000_000)))


def test_requirements_are_names_of_distributions() -> None:
    store = CodeStore()
    folder = store.folder(
        archive(("requirements.txt", b"# none\nPillow>=12\nrequests[socks]==2 ; x\n-r other\nPillow\n"))
    )
    assert requirements(folder) == ("pillow", "requests")
    store.close()
