"""What one learner's fork had to import, later forks find: it tells of it, and the process that forks imports it too.

Chapters need different parts of moto, of botocore and of cfn-lint. To import them all beforehand would take seconds
from everybody who checks one answer.
"""

from __future__ import annotations

import contextlib
import gc
import sys
from collections.abc import Iterable
from importlib import import_module
from typing import Any

PACKAGES = ("PIL", "boto3", "botocore", "cfnlint", "encodings", "moto", "regex", "samtranslator")
MODEL = "load_service_model"

Told = dict[str, Any]


class Memory:
    """What a fork had when it began."""

    def __init__(self) -> None:
        self._modules, self._models = set(sys.modules), set(_models())

    def since(self) -> Told:
        """The modules and the service models that have come since then, as JSON."""
        modules = [name for name in sys.modules if name not in self._modules and name.split(".")[0] in PACKAGES]
        return {"modules": modules, "models": [list(key) for key in _models() if key not in self._models]}


def take_over(told: Told) -> None:
    """Have in this process what a fork of it says that it needed; what fails to come, the next one meets by itself."""
    for name in told["modules"]:
        with contextlib.suppress(Exception):
            import_module(name)
    for service, kind, *options in told["models"]:
        with contextlib.suppress(Exception):
            _loader().load_service_model(service, kind, **dict(zip(options[::2], options[1::2], strict=True)))
    if told["modules"] or told["models"]:
        gc.collect()
        gc.freeze()


def _loader() -> Any:
    from grader.cloud.session import shared_loader

    return shared_loader()


def _models() -> Iterable[tuple[str, ...]]:
    """Service, type and options of each model that botocore's loader keeps."""
    return [key[1:] for key in list(getattr(_loader(), "_cache", {})) if key[0] == MODEL]
