"""Chapter 12, Designing robust applications: allow-lists, throttles, caps, alarms, retries, and a game day."""

from grader.checks.ch12_robust.alarms import Alarms
from grader.checks.ch12_robust.cap import Cap
from grader.checks.ch12_robust.gameday import GameDay
from grader.checks.ch12_robust.path import Path
from grader.checks.ch12_robust.retry import Retry
from grader.checks.ch12_robust.router import Router
from grader.checks.ch12_robust.throttle import Throttle

__all__ = ["Alarms", "Cap", "GameDay", "Path", "Retry", "Router", "Throttle"]
