"""Functions made inside functions are found again by where their code stands."""

from __future__ import annotations

import importlib
import itertools
from pathlib import Path
from types import ModuleType

import pytest

from grader.cloud.state.closures import describe, is_importable, rebuild

SOURCE = """
def named(): pass

def waking(owner, name):
    return lambda number=1: (owner, name, number)

def two():
    return (lambda: 1), (lambda: 2)

class Timer:
    def action(self, *, seconds):
        def due(): return self, seconds
        return due
"""
numbers = itertools.count()


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    name = f"closures_of_mine_{next(numbers)}"
    (tmp_path / f"{name}.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(str(tmp_path))
    return importlib.import_module(name)


def test_a_function_with_a_name_needs_no_help(module: ModuleType) -> None:
    assert [is_importable(one) for one in (module.named, module.waking(1, 2))] == [True, False]


def test_it_comes_back_with_what_it_holds_and_its_defaults(module: ModuleType) -> None:
    owner = object()
    made = rebuild(*describe(module.waking(owner, "errors")))
    timer = module.Timer()

    assert (made(), made(2)) == ((owner, "errors", 1), (owner, "errors", 2))
    assert rebuild(*describe(timer.action(seconds=5)))() == (timer, 5)


def test_of_two_on_one_line_each_is_found(module: ModuleType) -> None:
    first, second = module.two()
    assert (rebuild(*describe(first))(), rebuild(*describe(second))()) == (1, 2)


def test_one_that_is_gone_is_an_error(module: ModuleType) -> None:
    with pytest.raises(LookupError):
        rebuild("grader.cloud.clock", "Clock.nothing.<locals>.<lambda>", 0, (), None, None)
