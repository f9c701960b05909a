"""What ``bootstrap.py`` says to machines that cannot take the course."""

from __future__ import annotations

import importlib.util
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
