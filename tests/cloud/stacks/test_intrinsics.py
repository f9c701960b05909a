from typing import Any

import pytest

from grader.cloud.stacks import TemplateError
from grader.cloud.stacks.templates.conditions import decide_conditions
from grader.cloud.stacks.templates.intrinsics import resolve
from grader.cloud.stacks.templates.pruning import prune
from grader.cloud.stacks.templates.values import Values, pseudo_parameters

VALUES = Values(
    {"Stage": "dev", "Zones": ["a", "b"], **pseudo_parameters("123456789012", "us-east-1", "app", "arn:app")},
    {"Sizes": {"us-east-1": {"small": 128}}},
    {"Yes": True, "No": False},
    reference=lambda name: f"ref-{name}",
    attribute=lambda name, attribute: f"{name}/{attribute}",
    imported=lambda name: f"imported-{name}",
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Stage"}, "dev"),
        ({"Ref": "Bucket"}, "ref-Bucket"),
        ({"Ref": "AWS::AccountId"}, "123456789012"),
        ({"Fn::GetAtt": ["Bucket", "Arn"]}, "Bucket/Arn"),
        ({"Fn::GetAtt": "Bucket.Arn"}, "Bucket/Arn"),
        ({"Fn::Sub": "${AWS::Region}-${Stage}-${Bucket.Arn}-${!Literal}"}, "us-east-1-dev-Bucket/Arn-${Literal}"),
        ({"Fn::Sub": ["${x}/${Stage}", {"x": {"Ref": "Bucket"}}]}, "ref-Bucket/dev"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Stage"}, 3]]}, "a-dev-3"),
        ({"Fn::Select": [1, {"Ref": "Zones"}]}, "b"),
        ({"Fn::Split": [",", "a,b"]}, ["a", "b"]),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "small"]}, 128),
        ({"Fn::If": ["Yes", 1, 2]}, 1),
        ({"a": {"Fn::If": ["No", 1, {"Ref": "AWS::NoValue"}]}, "b": 1}, {"b": 1}),
        ({"Fn::ImportValue": {"Fn::Sub": "${Stage}-x"}}, "imported-dev-x"),
        ({"Fn::Base64": "hello"}, "aGVsbG8="),
        ({"Fn::Cidr": ["192.168.0.0/24", 3, 5]}, ["192.168.0.0/27", "192.168.0.32/27", "192.168.0.64/27"]),
        ({"Fn::Cidr": ["2001:db8::/56", "1", "64"]}, ["2001:db8::/64"]),
        ({"Fn::GetAZs": ""}, ["us-east-1a", "us-east-1b", "us-east-1c"]),
        ([{"Ref": "AWS::NoValue"}, 1], [1]),
    ],
    ids=str,
)
def test_intrinsics_give_what_cloudformation_gives(value: Any, expected: Any) -> None:
    assert resolve(value, VALUES) == expected


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"Fn::Select": [9, ["a"]]}, "Fn::Select cannot select nonexistent value at index 9"),
        ({"Fn::FindInMap": ["Nope", "a", "b"]}, "Mapping named 'Nope' is not present"),
        ({"Fn::FindInMap": ["Sizes", "a", "b"]}, "Unable to get mapping for Sizes::a::b"),
        ({"Fn::Cidr": ["10.0.0.0/24", 300, 5]}, "count must be from 1 to 256"),
        ({"Fn::Cidr": ["10.0.0.0/24", 9, 5]}, "does not hold 9 blocks of 5 bits"),
        ({"Fn::Cidr": ["10.0.0.0/33", 1, 5]}, "cannot divide 10.0.0.0/33"),
        ({"Fn::Cidr": ["10.0.0.0/24", "many", 5]}, "count and the CIDR bits must be numbers"),
        ({"Fn::Nope": 1}, "Encountered unsupported function: Fn::Nope"),
        ({"Fn::Join": "x"}, "every Fn::Join object requires two parameters"),
        ({"Fn::Split": ["", "a"]}, "every Fn::Split object requires two parameters"),
        ({"Fn::Sub": 3}, "Fn::Sub intrinsic functions don't specify expected arguments"),
        ({"Fn::GetAtt": ["Bucket", [None]]}, "every Fn::GetAtt object requires two non-empty parameters"),
        ({"Fn::GetAtt": ["Bucket", {"Fn::Split": [",", "a"]}]}, "every Fn::GetAtt object requires two non-empty"),
        ({"Fn::GetAtt": "Bucket"}, "every Fn::GetAtt object requires two non-empty parameters"),
        ({"Fn::If": ["Maybe", 1, 2]}, "unresolved condition dependency Maybe in Fn::If"),
    ],
    ids=str,
)
def test_a_wrong_call_is_said_in_cloudformations_words(value: Any, words: str) -> None:
    with pytest.raises(TemplateError, match=words):
        resolve(value, VALUES)


def test_a_function_that_needs_a_transform_names_it() -> None:
    with pytest.raises(TemplateError, match="Encountered unsupported function: Fn::Length") as caught:
        resolve({"Fn::Length": ["a"]}, VALUES)
    assert caught.value.next_step == "Add the line “Transform: AWS::LanguageExtensions” to the template."


def test_conditions_build_on_each_other() -> None:
    declared = {
        "IsDev": {"Fn::Equals": [{"Ref": "Stage"}, "dev"]},
        "IsProd": {"Fn::Not": [{"Condition": "IsDev"}]},
        "Either": {"Fn::Or": [{"Condition": "IsProd"}, {"Condition": "IsDev"}]},
        "Both": {"Fn::And": [{"Condition": "IsProd"}, {"Condition": "IsDev"}]},
    }
    assert decide_conditions(declared, VALUES) == {"IsDev": True, "IsProd": False, "Either": True, "Both": False}


def test_conditions_in_a_circle_are_refused() -> None:
    with pytest.raises(TemplateError, match=r"Circular dependency between conditions: \[A, B\]"):
        decide_conditions({"A": {"Fn::Not": [{"Condition": "B"}]}, "B": {"Fn::Not": [{"Condition": "A"}]}}, VALUES)


def test_only_the_chosen_branch_is_kept() -> None:
    value = {
        "a": {"Fn::If": ["No", {"Ref": "Gone"}, {"Ref": "Kept"}]},
        "b": [{"Fn::If": ["No", 1, {"Ref": "AWS::NoValue"}]}],
    }
    assert prune(value, {"No": False}) == {"a": {"Ref": "Kept"}, "b": []}
