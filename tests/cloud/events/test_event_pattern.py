"""The truth table of AWS's own examples: EventBridge User Guide, "Comparison operators for use in event patterns"."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest

from grader.cloud.events.event_pattern import event_pattern, parse_event_pattern
from grader.cloud.events.pattern_operators import InvalidEventPattern

EC2 = {
    "version": "0",
    "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
    "detail-type": "EC2 Instance State-change Notification",
    "source": "aws.ec2",
    "account": "111122223333",
    "time": "2017-12-22T18:43:48Z",
    "region": "us-west-1",
    "resources": ["arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0"],
    "detail": {"instance-id": "i-1234567890abcdef0", "state": "terminated"},
}


def detail(value: Any) -> dict[str, Any]:
    return {"detail": value}


@pytest.mark.parametrize(
    ("pattern", "event", "matches"),
    [
        ({"source": ["aws.ec2"], "detail-type": ["EC2 Instance State-change Notification"]}, EC2, True),
        ({"source": ["aws.ec2"], "detail": {"state": ["terminated"]}}, EC2, True),
        ({"source": ["aws.ec2"], "detail": {"state": ["running"]}}, EC2, False),
        ({"resources": ["arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0", "other"]}, EC2, True),
        ({"detail": {"missing": ["x"]}}, EC2, False),
        ({"detail": {"a": [None]}}, detail({"a": None}), True),
        ({"detail": {"a": [None]}}, detail({}), False),
        ({"detail": {"a": [""]}}, detail({"a": ""}), True),
        ({"detail": {"a": [True]}}, detail({"a": True}), True),
        ({"detail": {"a": [1]}}, detail({"a": True}), False),
        ({"detail": {"a": [300]}}, detail({"a": 300.0}), False),
        ({"time": [{"prefix": "2017-12-22"}]}, EC2, True),
        ({"source": [{"prefix": {"equals-ignore-case": "AWS."}}]}, EC2, True),
        ({"detail": {"FileName": [{"suffix": ".png"}]}}, detail({"FileName": "a.png"}), True),
        ({"detail": {"FileName": [{"suffix": {"equals-ignore-case": ".PNG"}}]}}, detail({"FileName": "a.pnG"}), True),
        ({"detail": {"state": [{"anything-but": "initializing"}]}}, EC2, True),
        ({"detail": {"state": [{"anything-but": ["stopped", "terminated"]}]}}, EC2, False),
        ({"detail": {"x-limit": [{"anything-but": 123}]}}, detail({"x-limit": 123}), False),
        ({"detail": {"x-limit": [{"anything-but": [100, 200]}]}}, detail({"x-limit": 123}), True),
        ({"detail": {"state": [{"anything-but": "x"}]}}, detail({}), False),
        ({"detail": {"state": [{"anything-but": {"prefix": "init"}}]}}, detail({"state": "initializing"}), False),
        ({"detail": {"state": [{"anything-but": {"prefix": ["init", "err"]}}]}}, detail({"state": "ok"}), True),
        ({"detail": {"f": [{"anything-but": {"suffix": ".txt"}}]}}, detail({"f": "a.txt"}), False),
        (
            {"detail": {"state": [{"anything-but": {"equals-ignore-case": ["Initializing", "stopped"]}}]}},
            detail({"state": "STOPPED"}),
            False,
        ),
        ({"detail": {"f": [{"anything-but": {"wildcard": "*/lib/*"}}]}}, detail({"f": "a/lib/b"}), False),
        ({"detail": {"c": [{"numeric": [">", 0, "<=", 5]}]}}, detail({"c": 5}), True),
        ({"detail": {"c": [{"numeric": [">", 0, "<=", 5]}]}}, detail({"c": 0}), False),
        ({"detail": {"c": [{"numeric": ["=", 3.018e2]}]}}, detail({"c": 301.8}), True),
        ({"detail": {"c": [{"numeric": ["<", 10]}]}}, detail({"c": "5"}), False),
        ({"detail": {"sourceIPAddress": [{"cidr": "10.0.0.0/24"}]}}, detail({"sourceIPAddress": "10.0.0.255"}), True),
        ({"detail": {"sourceIPAddress": [{"cidr": "10.0.0.0/24"}]}}, detail({"sourceIPAddress": "10.0.1.0"}), False),
        ({"detail": {"sourceIPAddress": [{"cidr": "10.0.0.0/24"}]}}, detail({"sourceIPAddress": "home"}), False),
        ({"detail": {"state": [{"exists": True}]}}, EC2, True),
        ({"detail": {"state": [{"exists": False}]}}, EC2, False),
        ({"detail": {"c-count": [{"exists": False}]}}, EC2, True),
        ({"detail": {"a": {"b": [{"exists": False}]}}}, detail({}), True),
        ({"detail": [{"exists": True}]}, EC2, False),  # AWS: only leaves exist
        ({"detail-type": [{"equals-ignore-case": "ec2 instance state-change notification"}]}, EC2, True),
        ({"detail": {"f": [{"wildcard": "dir/*.png"}]}}, detail({"f": "dir/a/b.png"}), True),
        ({"detail": {"f": [{"wildcard": "dir/*.png"}]}}, detail({"f": "dir/a.jpg"}), False),
        ({"detail": {"f": [{"wildcard": "*/bin/*/x"}]}}, detail({"f": "/usr/bin/a/x"}), True),
        ({"detail": {"f": [{"wildcard": "a\\*b"}]}}, detail({"f": "a*b"}), True),
        ({"detail": {"f": [{"wildcard": "a\\*b"}]}}, detail({"f": "axb"}), False),
        ({"detail": {"f": [{"wildcard": "ab*ba"}]}}, detail({"f": "aba"}), False),
        ({"detail": {"a": ["x", {"prefix": "y"}]}}, detail({"a": "yes"}), True),
        ({"detail": {"a": ["x"]}}, detail({"a": ["z", "x"]}), True),
        ({"detail": {"l": {"n": ["a"], "v": [1]}}}, detail({"l": [{"n": "a", "v": 2}, {"n": "b", "v": 1}]}), False),
        ({"detail": {"l": {"n": ["a"], "v": [2]}}}, detail({"l": [{"n": "a", "v": 2}, {"n": "b", "v": 1}]}), True),
        ({"detail": {"$or": [{"a": ["x"]}, {"b": [{"numeric": [">", 1]}]}]}}, detail({"b": 2}), True),
        ({"detail": {"$or": [{"a": ["x"]}, {"b": [{"numeric": [">", 1]}]}]}}, detail({"b": 1}), False),
        ({"detail": {"c": [1], "$or": [{"a": ["x"]}, {"b": ["y"]}]}}, detail({"c": 1, "a": "x"}), True),
        ({"detail": {"c": [1], "$or": [{"a": ["x"]}, {"b": ["y"]}]}}, detail({"c": 2, "a": "x"}), False),
        ({"source": ["x"]}, {}, False),
        ({"source": ["x"]}, {"source": []}, False),
    ],
)
def test_patterns_match_as_aws_matches_them(pattern: Any, event: Any, matches: bool) -> None:
    assert event_pattern(pattern).matches(event) == matches


def test_a_wildcard_that_would_take_for_ever_does_not() -> None:
    pattern = event_pattern({"a": [{"wildcard": "*a" * 30 + "*b"}]})
    began = time.perf_counter()
    assert not pattern.matches({"a": "a" * 100_000})
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("{", "not JSON"),
        ("[]", "must be an object"),
        ("{}", "Empty event pattern"),
        ('{"source": "aws.s3"}', '"source" must be an object or an array'),
        ('{"detail": {"state": 1}}', '"detail.state" must be an object or an array'),
        ('{"source": []}', "Empty arrays"),
        ('{"detail": {}}', "Empty objects"),
        ('{"source": [{"starts-with": "a"}]}', "Unrecognized match type starts-with"),
        ('{"source": [{"prefix": 1}]}', "must be a string"),
        ('{"source": [{"prefix": "a", "suffix": "b"}]}', "Only one key allowed"),
        ('{"a": [{"numeric": [">"]}]}', "must be a list"),
        ('{"a": [{"numeric": ["~", 1]}]}', "must be a list"),
        ('{"a": [{"numeric": [">", 5000000001]}]}', "must be a list"),
        ('{"a": [{"exists": "yes"}]}', "true or false"),
        ('{"a": [{"cidr": "10.0.0.0/99"}]}', "no address range"),
        ('{"a": [{"wildcard": "a**b"}]}', "Consecutive wildcard"),
        ('{"a": [{"wildcard": "a\\\\b"}]}', "must stand before"),
        ('{"a": [{"anything-but": []}]}', "strings or numbers"),
        ('{"a": [{"anything-but": ["a", 1]}]}', "do not mix"),
        ('{"a": [{"anything-but": {"numeric": [">", 1]}}]}', "unsupported numeric"),
        ('{"$or": [{"a": [1]}]}', "at least two objects"),
        ('{"a": [[1]]}', "no other array"),
    ],
)
def test_what_aws_refuses_is_refused_with_a_reason(pattern: str, reason: str) -> None:
    with pytest.raises(InvalidEventPattern, match=re.escape(reason)):
        parse_event_pattern(pattern)


def test_a_pattern_of_great_depth_is_refused() -> None:
    with pytest.raises(InvalidEventPattern):
        parse_event_pattern(json.dumps("x").join(['{"a": ' * 5000, "}" * 5000]))
