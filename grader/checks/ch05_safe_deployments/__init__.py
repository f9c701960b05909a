"""Chapter 5, Safe deployments: an alias, a canary, a hook, housekeeping, two shapes, an alias that is stuck."""

from grader.checks.ch05_safe_deployments.alias import Alias
from grader.checks.ch05_safe_deployments.both_shapes import BothShapes
from grader.checks.ch05_safe_deployments.canary import Canary
from grader.checks.ch05_safe_deployments.hook import Hook
from grader.checks.ch05_safe_deployments.housekeeping import Housekeeping
from grader.checks.ch05_safe_deployments.stuck_alias import StuckAlias

__all__ = ["Alias", "BothShapes", "Canary", "Hook", "Housekeeping", "StuckAlias"]
