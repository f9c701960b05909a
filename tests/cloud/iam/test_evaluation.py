"""IAM's decision over documents: a truth table, from AWS's own rules."""

from __future__ import annotations

from typing import Any

import pytest

from grader.cloud.errors import NotSupported
from grader.cloud.iam.conditions import conditions_hold
from grader.cloud.iam.evaluation import Question, identity_finding, resource_finding
from grader.cloud.iam.patterns import filled, matches
from grader.cloud.iam.principals import ANONYMOUS, Principal

ROLE = Principal(
    "role",
    "arn:aws:sts::123456789012:assumed-role/R/S",
    "123456789012",
    "AROA:S",
    "R",
    "arn:aws:iam::123456789012:role/R",
)
SERVICE = Principal("service", arn="s3.amazonaws.com", name="s3.amazonaws.com")
OBJECT = "arn:aws:s3:::pictures/cat.jpg"


def statement(effect: str = "Allow", **elements: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": "s3:GetObject", "Resource": OBJECT} | elements


def without(name: str, **elements: Any) -> dict[str, Any]:
    return {key: value for key, value in statement(**elements).items() if key != name}


@pytest.mark.parametrize(
    ("statements", "effect"),
    [
        ([], None),
        ([statement()], "Allow"),
        ([statement(Action="S3:getobject")], "Allow"),
        ([statement(Action="s3:Get*")], "Allow"),
        ([statement(Action="*")], "Allow"),
        ([statement(Action=["s3:PutObject", "s3:Get?bject"])], "Allow"),
        ([statement(Action="s3:PutObject")], None),
        ([statement(Resource="arn:aws:s3:::pictures")], None),
        ([statement(Resource="arn:aws:s3:::pictures/*")], "Allow"),
        ([statement(Resource="arn:aws:s3:::PICTURES/*")], None),
        ([statement(Resource=["arn:aws:s3:::other/*", "*"])], "Allow"),
        ([statement(), statement("Deny")], "Deny"),
        ([statement("Deny"), statement()], "Deny"),
        ([statement(), statement("Deny", Action="s3:PutObject")], "Allow"),
        ([without("Action", NotAction="s3:Put*")], "Allow"),
        ([without("Action", NotAction="s3:Get*")], None),
        ([without("Resource", NotResource="arn:aws:s3:::secret/*")], "Allow"),
        ([without("Resource", NotResource="arn:aws:s3:::pictures/*")], None),
        ([statement(), without("Action", effect="Deny", NotAction="s3:GetObject")], "Allow"),
        ([statement("allow")], None),
        ([statement(Condition={"Bool": {"aws:SecureTransport": "true"}})], "Allow"),
        ([statement(Condition={"Bool": {"aws:SecureTransport": "false"}})], None),
    ],
)
def test_an_explicit_deny_wins_then_an_allow_else_nothing(statements: list[dict[str, Any]], effect: str | None) -> None:
    question = Question(ROLE, "s3:GetObject", OBJECT, {"aws:securetransport": "true"})

    assert identity_finding([{"Statement": statements}], question).effect == effect


@pytest.mark.parametrize(
    ("principal", "element", "finding"),
    [
        (ROLE, "*", ("Allow", False)),
        (ROLE, {"AWS": "*"}, ("Allow", False)),
        (ROLE, {"AWS": "arn:aws:iam::123456789012:role/R"}, ("Allow", False)),
        (ROLE, {"AWS": "arn:aws:sts::123456789012:assumed-role/R/S"}, ("Allow", False)),
        (ROLE, {"AWS": ["arn:aws:iam::123456789012:role/Other"]}, (None, False)),
        (ROLE, {"AWS": "123456789012"}, ("Allow", True)),
        (ROLE, {"AWS": "arn:aws:iam::123456789012:root"}, ("Allow", True)),
        (ROLE, {"AWS": "999999999999"}, (None, False)),
        (ROLE, {"Service": "s3.amazonaws.com"}, (None, False)),
        (SERVICE, {"Service": ["sns.amazonaws.com", "s3.amazonaws.com"]}, ("Allow", False)),
        (SERVICE, {"Service": "sns.amazonaws.com"}, (None, False)),
        (SERVICE, {"AWS": "123456789012"}, (None, False)),
        (ANONYMOUS, "*", ("Allow", False)),
        (ANONYMOUS, {"AWS": "123456789012"}, (None, False)),
        (ROLE, None, (None, False)),
    ],
)
def test_a_resource_policy_allows_whom_its_principal_names(
    principal: Principal, element: Any, finding: tuple[str | None, bool]
) -> None:
    document = {"Statement": statement(Principal=element)}
    found = resource_finding([document], Question(principal, "s3:GetObject", OBJECT))

    assert (found.effect, found.delegated) == finding


@pytest.mark.parametrize(
    ("spared", "effect"),
    [
        ([ROLE.role_arn, ROLE.arn, "arn:aws:iam::123456789012:root"], None),
        ([ROLE.role_arn, ROLE.arn, "123456789012"], None),
        ([ROLE.role_arn], "Deny"),
        ([ROLE.arn, "123456789012"], "Deny"),
        (["arn:aws:iam::123456789012:root"], "Deny"),
    ],
)
def test_a_denial_spares_whom_it_names_in_full(spared: list[str], effect: str | None) -> None:
    """IAM User Guide, *NotPrincipal*: account, role and session all have to be named."""
    document = {"Statement": statement("Deny", NotPrincipal={"AWS": spared})}

    assert resource_finding([document], Question(ROLE, "s3:GetObject", OBJECT)).effect == effect


@pytest.mark.parametrize(("version", "effect"), [("2012-10-17", "Allow"), ("2008-10-17", None), (None, None)])
def test_variables_are_plain_text_in_the_language_of_2008(version: str | None, effect: str | None) -> None:
    own = statement(Resource="arn:aws:s3:::pictures/${aws:username}.jpg")
    document = {"Statement": own, **({"Version": version} if version else {})}

    assert (
        identity_finding([document], Question(ROLE, "s3:GetObject", OBJECT, {"aws:username": "cat"})).effect == effect
    )


CONTEXT = {
    "aws:username": "ann",
    "aws:sourceip": "10.1.2.3",
    "aws:currenttime": "2026-11-02T09:00:00+00:00",
    "s3:max-keys": "10",
    "aws:sourcearn": "arn:aws:s3:::pictures",
    "dynamodb:leadingkeys": ["ann", "bob"],
    "aws:securetransport": "true",
}


@pytest.mark.parametrize(
    ("operator", "key", "wanted", "holds"),
    [
        ("StringEquals", "aws:UserName", "ann", True),
        ("StringEquals", "aws:username", ["bob", "ann"], True),
        ("StringEquals", "aws:username", "Ann", False),
        ("StringEqualsIgnoreCase", "aws:username", "ANN", True),
        ("StringNotEquals", "aws:username", "ann", False),
        ("StringNotEquals", "aws:absent", "ann", True),
        ("StringEquals", "aws:absent", "ann", False),
        ("StringEqualsIfExists", "aws:absent", "ann", True),
        ("StringEqualsIfExists", "aws:username", "bob", False),
        ("StringLike", "aws:username", "a?n", True),
        ("StringNotLike", "aws:username", "a*", False),
        ("StringEquals", "aws:username", "${aws:username}", True),
        ("StringEquals", "aws:username", "${aws:absent}", False),
        ("NumericLessThanEquals", "s3:max-keys", "10", True),
        ("NumericLessThan", "s3:max-keys", "10", False),
        ("NumericEquals", "aws:username", "10", False),
        ("DateLessThan", "aws:CurrentTime", "2026-11-02T10:00:00Z", True),
        ("DateGreaterThan", "aws:CurrentTime", "2026-11-02T10:00:00Z", False),
        ("Bool", "aws:SecureTransport", True, True),
        ("IpAddress", "aws:SourceIp", "10.0.0.0/8", True),
        ("NotIpAddress", "aws:SourceIp", "10.0.0.0/8", False),
        ("IpAddress", "aws:SourceIp", "no address", False),
        ("ArnLike", "aws:SourceArn", "arn:aws:s3:::*", True),
        ("ArnLike", "aws:SourceArn", "arn:aws:sqs:*:*:*", False),
        ("ArnNotEquals", "aws:SourceArn", "arn:aws:s3:::other", True),
        ("Null", "aws:absent", "true", True),
        ("Null", "aws:username", "true", False),
        ("ForAllValues:StringEquals", "dynamodb:LeadingKeys", ["ann", "bob"], True),
        ("ForAllValues:StringEquals", "dynamodb:LeadingKeys", ["ann"], False),
        ("ForAllValues:StringEquals", "dynamodb:absent", ["ann"], True),
        ("ForAnyValue:StringEquals", "dynamodb:LeadingKeys", ["ann"], True),
        ("ForAnyValue:StringEquals", "dynamodb:absent", ["ann"], False),
        ("ForAllValues:StringLike", "dynamodb:LeadingKeys", ["a*", "b?b"], True),
        ("ForAllValues:StringNotEquals", "dynamodb:LeadingKeys", ["eve"], True),
        ("ForAllValues:StringNotEquals", "dynamodb:LeadingKeys", ["ann"], False),
        ("ForAnyValue:StringNotEquals", "dynamodb:LeadingKeys", ["ann"], True),
        ("ForAnyValue:StringNotEquals", "dynamodb:LeadingKeys", ["ann", "bob"], False),
        ("ForAllValues:StringEqualsIfExists", "dynamodb:absent", ["ann"], True),
        ("StringNotEquals", "aws:username", ["bob", "eve"], True),
        ("StringNotEquals", "aws:username", ["bob", "ann"], False),
        ("StringNotEqualsIfExists", "aws:username", "ann", False),
        ("StringLikeIfExists", "aws:absent", "x*", True),
        ("StringLike", "aws:username", "${aws:nick, 'a*'}", False),
        ("StringEquals", "aws:username", "${aws:nick, 'ann'}", True),
        ("NumericGreaterThanEquals", "s3:max-keys", "10", True),
        ("NumericGreaterThan", "s3:max-keys", "9.5", True),
        ("NumericNotEquals", "s3:max-keys", "11", True),
        ("DateEquals", "aws:CurrentTime", "2026-11-02T09:00:00Z", True),
        ("DateNotEquals", "aws:CurrentTime", "2026-11-02T09:00:00Z", False),
        ("DateLessThanEquals", "aws:CurrentTime", "2026-11-02", False),
        ("DateGreaterThanEquals", "aws:CurrentTime", "2026-11-02T09:00:00Z", True),
        ("DateGreaterThan", "aws:CurrentTime", "1793610000", False),
        ("Bool", "aws:SecureTransport", "false", False),
        ("BoolIfExists", "aws:absent", "true", True),
        ("IpAddress", "aws:SourceIp", ["192.0.2.0/24", "10.1.2.3"], True),
        ("IpAddress", "aws:SourceIp", "2001:db8::/32", False),
        ("NotIpAddress", "aws:absent", "10.0.0.0/8", True),
        ("ArnEquals", "aws:SourceArn", "arn:aws:s3:::pict*", True),
        ("ArnLike", "aws:SourceArn", "arn:*", False),
        ("ArnNotLike", "aws:SourceArn", "arn:aws:s3:::pict*", False),
        ("Null", "aws:username", "false", True),
        ("Null", "aws:absent", "false", False),
    ],
)
def test_condition_operators(operator: str, key: str, wanted: Any, holds: bool) -> None:
    assert conditions_hold({operator: {key: wanted}}, CONTEXT) is holds


def test_every_condition_must_hold() -> None:
    both = {"StringEquals": {"aws:username": "ann", "s3:max-keys": "11"}}

    assert not conditions_hold(both, CONTEXT)


def test_an_operator_that_iam_does_not_have_is_refused_by_name() -> None:
    with pytest.raises(NotSupported, match="StringResembles"):
        conditions_hold({"StringResembles": {"aws:username": "ann"}}, CONTEXT)


def test_policy_variables() -> None:
    context = {"aws:username": "a*"}

    assert filled("home/${aws:username}/x", context) == "home/a\x00/x"
    assert matches("home/a\x00/x", "home/a*/x")
    assert not matches("home/a\x00/x", "home/abc/x")
    assert filled("${aws:absent}", context) is None
    assert filled("${aws:absent, 'nobody'}", context) == "nobody"
    assert matches(str(filled("${*}", context)), "*")
    assert not matches(str(filled("${*}", context)), "anything")
