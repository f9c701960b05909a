"""Chapter 3, Create a web service: hello, names, outputs, a typed event, packaging by hand."""

from grader.checks.ch03_web_service.event import Event
from grader.checks.ch03_web_service.hello import Hello
from grader.checks.ch03_web_service.names import Names
from grader.checks.ch03_web_service.outputs import Outputs
from grader.checks.ch03_web_service.package import Package

__all__ = ["Event", "Hello", "Names", "Outputs", "Package"]
