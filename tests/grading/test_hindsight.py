"""What a fork had to import is imported in the process that forks, and nothing else is."""

import importlib
import sys
import wave  # noqa: F401  (these two are there, and are taken away)

import PIL.ImageDraw  # noqa: F401
import pytest

from grader.cloud.session import shared_loader
from grader.grading.hindsight import Memory, take_over


@pytest.fixture
def without():
    """Takes modules out of this process for a while."""
    taken = {}

    def take(*names):
        taken.update({name: sys.modules.pop(name) for name in names if name in sys.modules})

    yield take
    sys.modules.update(taken)


def test_imports_and_models_are_told(without):
    without("PIL.ImageDraw", "wave")
    loader = shared_loader()
    loader._cache.pop(("load_service_model", "mq", "service-2"), None)
    memory = Memory()
    importlib.import_module("PIL.ImageDraw")
    importlib.import_module("wave")  # of none of the packages that matter
    loader.load_service_model("mq", "service-2")
    assert memory.since() == {"modules": ["PIL.ImageDraw"], "models": [["mq", "service-2"]]}


def test_what_was_told_is_taken_over(without):
    without("PIL.ImageDraw")
    loader = shared_loader()
    key = ("load_service_model", "mq", "service-2", "api_version", None)
    loader._cache.pop(key, None)
    take_over({"modules": ["PIL.ImageDraw"], "models": [list(key[1:])]})
    assert "PIL.ImageDraw" in sys.modules
    assert key in loader._cache


def test_what_does_not_come_is_no_harm():
    take_over({"modules": ["PIL.no_such_module"], "models": [["no-such-service", "service-2"]]})
    assert "PIL.no_such_module" not in sys.modules
