"""CloudWatch Logs: what functions wrote, found again by time, stream and filter pattern.

Groups and streams live in moto. This package reads them as AWS does (a moment later, page by page, filtered by the
whole pattern language), and hands new events on to metric filters and subscriptions.
"""

from grader.cloud.logs.filter_pattern import parse_pattern
from grader.cloud.logs.log import LogEvent, read_log
from grader.cloud.logs.match import FilterPattern, InvalidPattern

__all__ = ["FilterPattern", "InvalidPattern", "LogEvent", "parse_pattern", "read_log"]
