"""Chapter 10, Using application components: share by a layer, pin it, publish, use what is published."""

from grader.checks.ch10_components.application import Application
from grader.checks.ch10_components.layer import Layer
from grader.checks.ch10_components.metadata import Metadata
from grader.checks.ch10_components.pin import Pin

__all__ = ["Application", "Layer", "Metadata", "Pin"]
