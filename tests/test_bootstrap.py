"""What ``bootstrap.py`` says to machines that cannot take the course."""

from __future__ import annotations

import importlib.util
import json
import runpy
import sys
from pathlib import Path
from types import ModuleType

import pytest

FILE = Path(__file__).resolve().parent.parent / "bootstrap.py"


@pytest.fixture(scope="module")
def bootstrap() -> ModuleType:
    found = importlib.util.spec_from_file_location("bootstrap", FILE)
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_windows_itself_is_refused_with_a_way_out(bootstrap: ModuleType) -> None:
    with pytest.raises(bootstrap.Refused, match=r"does not run on Windows itself(?s:.*)WSL 2"):
        bootstrap.require_system("nt")
    bootstrap.require_system("posix")


def test_a_python_that_is_too_old_is_refused_by_its_number(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 9, 2))

    with pytest.raises(bootstrap.Refused, match=r"This is Python 3\.9\.2; the course needs 3\.11"):
        bootstrap.require_python()


def test_what_is_not_understood_is_answered_by_the_ways_to_call_it(
    bootstrap: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bootstrap.main(["lean"]) == 2
    assert "python bootstrap.py learn" in capsys.readouterr().out


def test_a_folder_that_is_no_environment_is_not_emptied(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "thesis.txt").write_text("years")
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    with pytest.raises(bootstrap.Refused, match=r"holds files and is no virtual environment(?s:.*)another folder"):
        bootstrap.create_environment()
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_an_empty_name_for_the_environment_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNNING_SERVERLESS_VENV", "")
    assert runpy.run_path(str(FILE))["VENV"] == FILE.parent / ".venv"


@pytest.fixture
def pack(bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What ``grader workshop pack`` lays beside the wheels, for this very machine."""
    here = {"system": bootstrap.platform.system(), "machine": bootstrap.platform.machine(), "title": "Here"}
    version = ".".join(map(str, sys.version_info[:2]))
    (tmp_path / "pack.json").write_text(json.dumps({**here, "pythons": [version]}))
    monkeypatch.setattr(bootstrap, "WHEELS", tmp_path)
    return tmp_path / "pack.json"


@pytest.mark.parametrize("change", [{"machine": "pdp11"}, {"system": "Plan9"}, {"pythons": ["2.7"]}])
def test_a_pack_for_another_machine_is_refused(bootstrap: ModuleType, pack: Path, change: dict[str, object]) -> None:
    bootstrap.require_fitting_pack()
    pack.write_text(json.dumps({**json.loads(pack.read_text()), **change}))

    with pytest.raises(bootstrap.Refused, match=r"This pack is for Here(?s:.*)With a network"):
        bootstrap.require_fitting_pack()


def test_a_pack_installs_from_its_wheels_and_from_nowhere_else(
    bootstrap: ModuleType, pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[list[str]] = []
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    monkeypatch.setattr(bootstrap, "create_environment", lambda: None)
    monkeypatch.setattr(bootstrap.subprocess, "call", lambda words, **_: called.append(words))

    bootstrap.ensure_environment("learner")
    monkeypatch.setattr(bootstrap, "WHEELS", tmp_path / "none")
    bootstrap.ensure_environment("class")

    offline = ["--no-index", "--find-links", str(pack.parent)]
    assert [word for word in called[0] if word in offline] == offline
    assert "--no-index" not in called[1]


def test_what_stands_ahead_is_found_before_the_packages_of_the_environment(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "lib" / "python3.11" / "site-packages"
    folder.mkdir(parents=True)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    monkeypatch.setattr(bootstrap, "AHEAD", tmp_path / "voraus für’s Erste")
    bootstrap.put_ahead()

    code = f"import site, sys; sys.path[:] = ['packages']; site.addsitedir({str(folder)!r}); print(ascii(sys.path[0]))"
    run = bootstrap.subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert run.stdout.strip() == ascii(str(tmp_path / "voraus für’s Erste"))
