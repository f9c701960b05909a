"""The filter pattern language of CloudWatch Logs, for searching, metric filters and subscriptions.

pattern ─► parse_pattern ─► FilterPattern.match(message) ─► the values that it extracts, or None

    ERROR -"health check"           terms                            terms
    %timed out after [0-9]+%        a regular expression             regular_expression
    { $.level = "ERROR" }           fields of a JSON message         json_pattern
    [time, level = ERROR, ...]      words of a message by place      delimited_pattern

AWS: "Filter pattern syntax for metric filters, subscription filters, filter log events, and Live Tail".
"""

from __future__ import annotations

from functools import lru_cache

from grader.cloud.logs.delimited_pattern import parse_delimited
from grader.cloud.logs.json_pattern import parse_json
from grader.cloud.logs.match import FilterPattern, InvalidPattern
from grader.cloud.logs.regular_expression import RegularExpression
from grader.cloud.logs.terms import parse_terms

LONGEST = 1024


@lru_cache(maxsize=256)
def parse_pattern(pattern: str) -> FilterPattern:
    """Read a filter pattern; an empty one matches everything.

    Raises
    ------
    InvalidPattern
        When CloudWatch Logs would answer InvalidParameterException.
    """
    text = pattern.strip()
    if len(pattern) > LONGEST:
        raise InvalidPattern(f"A filter pattern has at most {LONGEST} characters.")
    if text.startswith("{"):
        return parse_json(text)
    if text.startswith("["):
        return parse_delimited(text)
    if text.startswith("%"):
        if len(text) < 2 or not text.endswith("%"):
            raise InvalidPattern(f"The regular expression {text} does not end with %.")
        return RegularExpression(text[1:-1])
    return parse_terms(text)
