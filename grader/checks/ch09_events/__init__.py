"""Chapter 9, Handling platform events: convert, break the circle, bury, count once, report, buffer."""

from grader.checks.ch09_events.buffer import Buffer
from grader.checks.ch09_events.circle import Circle
from grader.checks.ch09_events.dead_letters import DeadLetters
from grader.checks.ch09_events.destination import Destination
from grader.checks.ch09_events.idempotent import Idempotent
from grader.checks.ch09_events.thumbnail import Thumbnail

__all__ = ["Buffer", "Circle", "DeadLetters", "Destination", "Idempotent", "Thumbnail"]
