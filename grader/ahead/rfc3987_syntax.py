"""``rfc3987_syntax``, loaded when something is first looked at with it.

The real package compiles forty grammars as it is imported, which takes a second and a half. It is installed because
jupyter-events asks for it, jsonschema imports it wherever it is installed, and ``sam``, JupyterLab and nbgrader import
jsonschema; hardly ever has one of them an internationalized address (JSON Schema's ``iri`` formats) to look at.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import module_from_spec
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


def is_valid_syntax(term: str, value: str) -> bool:
    """Whether ``value`` is what RFC 3987 calls ``term``; the real package says it."""
    return bool(_real().is_valid_syntax(term, value))


def __getattr__(name: str) -> Any:
    """Whatever else the real package has."""
    if name.startswith("__"):  # asked by Python itself, of every module
        raise AttributeError(name)
    return getattr(_real(), name)


@cache
def _real() -> Any:
    """The real package, from now on in this module's place."""
    module = module_from_spec(SPEC)
    sys.modules[__name__] = module  # its own modules import each other by this name
    assert SPEC.loader is not None
    SPEC.loader.exec_module(module)
    return module


def _spec() -> ModuleSpec:
    """Where the real package is.

    Raises
    ------
    ImportError
        When it is not installed: whoever can do without it must hear so at once.
    """
    found = PathFinder.find_spec(__name__, [entry for entry in sys.path if Path(entry or ".").resolve() != HERE])
    if found is None:
        raise ModuleNotFoundError(f"No module named {__name__!r}", name=__name__)
    return found


SPEC = _spec()
