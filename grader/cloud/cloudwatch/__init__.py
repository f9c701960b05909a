"""CloudWatch: one store of what really happened on the clock, its statistics, and the alarms that look at it.

``metrics`` is the store, that every service records in; ``queries`` and ``expressions`` are what it can be asked;
``evaluation`` turns data points into an alarm's state, ``watch`` does so on the clock; ``api`` is what the door asks.
"""

from grader.cloud.cloudwatch.metrics import Metric, Metrics, dimensions

__all__ = ["Metric", "Metrics", "dimensions"]
