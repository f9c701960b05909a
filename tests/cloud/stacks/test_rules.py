"""The Rules section: parameters that do not go together are refused before anything is made."""

from __future__ import annotations

import pytest

from grader.cloud.errors import NotSupported
from grader.cloud.stacks import TemplateError, load
from grader.cloud.stacks.planning import make_plan
from grader.cloud.stacks.templates.values import pseudo_parameters

PSEUDO = pseudo_parameters("123456789012", "us-east-1", "app", "arn:app")

TEMPLATE = """\
Parameters:
  Stage: {Type: String, Default: dev}
  Sizes: {Type: CommaDelimitedList, Default: 'small'}
Rules:
  Production:
    RuleCondition: !Equals [!Ref Stage, prod]
    Assertions:
      - Assert: !EachMemberIn [!Ref Sizes, [large, huge]]
        AssertDescription: production needs large or huge
  Known:
    Assertions:
      - Assert: !Contains [[dev, prod], !Ref Stage]
      - Assert: !Not [!Equals [!Ref 'AWS::Region', mars-1]]
Resources:
  Q: {Type: AWS::SQS::Queue}
"""


def plan(text: str = TEMPLATE, **parameters: str) -> None:
    make_plan(load(text), parameters, PSEUDO)


def test_parameters_that_obey_the_rules_pass() -> None:
    plan()
    plan(Stage="prod", Sizes="large,huge")


@pytest.mark.parametrize(
    ("parameters", "words", "line"),
    [
        (
            {"Stage": "prod", "Sizes": "large,small"},
            "Template validation error: Rule Production failed: production needs large or huge",
            8,
        ),
        ({"Stage": "test"}, "Template validation error: Rule Known failed: assertion 1 is false", 12),
    ],
)
def test_a_broken_rule_is_named_with_its_line(parameters: dict[str, str], words: str, line: int) -> None:
    with pytest.raises(TemplateError) as caught:
        plan(**parameters)
    assert (caught.value.what, caught.value.line) == (words, line)


def test_rules_about_what_an_account_has_are_not_supported() -> None:
    text = "Rules:\n  R: {Assertions: [{Assert: {'Fn::RefAll': 'AWS::EC2::VPC::Id'}}]}\nResources:\n"
    with pytest.raises(NotSupported, match="the rule function Fn::RefAll"):
        plan(text + "  Q: {Type: AWS::SQS::Queue}\n")


@pytest.mark.parametrize(
    "rule", ["{}", "{Assertions: no}", "{Assertions: [{AssertDescription: x}]}", "{Assertions: [{Assert: yes}]}"]
)
def test_malformed_rules_are_refused(rule: str) -> None:
    with pytest.raises(TemplateError):
        plan(f"Rules:\n  R: {rule}\nResources:\n  Q: {{Type: AWS::SQS::Queue}}\n")
