"""Drawings in plain SVG: a request's path through its gates, and a stack's resources."""

from grader.cloud.drawing.drawing import Drawing
from grader.cloud.drawing.stack import draw_stack
from grader.cloud.drawing.trace import draw_trace

__all__ = ["Drawing", "draw_stack", "draw_trace"]
