"""This repository is an nbgrader course. Prepare it once with `python bootstrap.py class`, then use stock nbgrader."""

from pathlib import Path

from grader.classroom.settings import configure

configure(get_config(), Path(__file__).resolve().parent)  # noqa: F821  (traitlets provides get_config)
