"""Functions made inside functions, kept by where their code stands and what they have closed over.

Timers carry such functions (``lambda: self._due(name)``), and some of moto's dictionaries.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

Described = tuple[str, str, int, tuple[Any, ...], tuple[Any, ...] | None, dict[str, Any] | None]


def is_importable(function: types.FunctionType) -> bool:
    """Whether the function can be found under its name in its module, so that pickle needs no help."""
    found: Any = sys.modules.get(function.__module__)
    for name in function.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is function


def describe(function: types.FunctionType) -> Described:
    """Its module and name, which of several of that name it is, and what it holds."""
    cells = tuple(cell.cell_contents for cell in function.__closure__ or ())
    number = _of_this_name(function.__module__, function.__qualname__).index(function.__code__)
    return (
        function.__module__,
        function.__qualname__,
        number,
        cells,
        function.__defaults__,
        function.__kwdefaults__,
    )


def rebuild(
    module: str,
    name: str,
    number: int,
    cells: tuple[Any, ...],
    defaults: tuple[Any, ...] | None,
    named_defaults: dict[str, Any] | None,
) -> types.FunctionType:
    """The function that ``describe`` described.

    Raises
    ------
    LookupError
        When the module's source has no such function any more.
    """
    __import__(module)
    code = _of_this_name(module, name)[number]
    closure = tuple(types.CellType(content) for content in cells)
    made = types.FunctionType(code, sys.modules[module].__dict__, code.co_name, defaults, closure)
    made.__kwdefaults__ = named_defaults
    made.__qualname__ = name
    return made


@lru_cache(maxsize=256)
def _of_this_name(module: str, name: str) -> list[types.CodeType]:
    spec = find_spec(module)
    loader: Any = spec.loader if spec else None
    code = loader.get_code(module) if hasattr(loader, "get_code") else None
    return [found for found in _inside(code) if found.co_qualname == name] if code else []


def _inside(code: types.CodeType) -> Iterator[types.CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield constant
            yield from _inside(constant)
