"""Chapter 2, Tools for local development: a project, a handler, the context, a configuration."""

from grader.checks.ch02_tools.context import Context
from grader.checks.ch02_tools.handler import Handler
from grader.checks.ch02_tools.project import Project
from grader.checks.ch02_tools.samconfig import SamConfig

__all__ = ["Context", "Handler", "Project", "SamConfig"]
