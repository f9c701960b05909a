"""Chapter 4, Development and troubleshooting: logs, events kept in files, linting, pipelines, tests."""

from grader.checks.ch04_troubleshooting.event_file import EventFile
from grader.checks.ch04_troubleshooting.find_errors import FindErrors
from grader.checks.ch04_troubleshooting.handler_tests import HandlerTests
from grader.checks.ch04_troubleshooting.lint import Lint
from grader.checks.ch04_troubleshooting.pipeline import Pipeline
from grader.checks.ch04_troubleshooting.structured_logs import StructuredLogs

__all__ = ["EventFile", "FindErrors", "HandlerTests", "Lint", "Pipeline", "StructuredLogs"]
