"""The expansion viewer: what AWS's translator makes of a function, and what brought it."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.cloud.stacks.templates.template import load
from grader.explore.ch03_expansion import (
    TRIGGERS,
    Choices,
    Made,
    expansion,
    expansion_explorer,
    lines_of,
    sam_template,
    side_by_side,
    stable,
    steps,
)
from grader.facts import facts

HELLO = """AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Seconds:
    Type: Number
    Default: 3
Resources:
  HelloFunction:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: "def lambda_handler(event, context): return 1"
      Handler: index.lambda_handler
      Runtime: python3.13
      Timeout: !Ref Seconds
"""


def types(choices: Choices) -> list[str]:
    return sorted(one.type.removeprefix("AWS::") for one in expansion(choices).made)


def test_a_function_that_nobody_calls_is_a_function_and_a_role() -> None:
    assert expansion(Choices(trigger="nothing")).made == (
        Made("HelloFunction", "AWS::Lambda::Function", "the function itself"),
        Made("HelloFunctionRole", "AWS::IAM::Role", "the function itself"),
    )


def test_a_route_brings_an_api_with_deployment_stage_and_permission() -> None:
    assert types(Choices()) == [
        "ApiGateway::Deployment",
        "ApiGateway::RestApi",
        "ApiGateway::Stage",
        "IAM::Role",
        "Lambda::Function",
        "Lambda::Permission",
    ]


def test_the_facts_count_the_smallest_and_the_largest_example() -> None:
    smallest, largest = expansion(Choices()), expansion(Choices(alias=True, canary=True))

    assert len(smallest.made) == facts()["sam.resources.min"].number
    assert len(largest.made) == facts()["sam.resources.max"].number
    assert lines_of(largest.source) == facts()["sam.lines"].number


def test_each_resource_names_the_property_that_brought_it() -> None:
    brought = {one.because for one in expansion(Choices(alias=True, canary=True, failures=True)).made}

    assert brought == {
        "the function itself",
        "Events: REST API",
        "AutoPublishAlias",
        "DeploymentPreference",
        "EventInvokeConfig",
    }


def test_an_api_deployment_keeps_its_cause_although_its_hash_changes() -> None:
    made = expansion(Choices(alias=True)).made

    assert [one.because for one in made if one.type == "AWS::ApiGateway::Deployment"] == ["Events: REST API"]
    assert stable("ServerlessRestApiDeployment47fc2d5f9d") == "ServerlessRestApiDeployment"


def test_a_canary_switches_the_alias_on() -> None:
    assert [because for because, _ in steps(Choices(trigger="nothing", canary=True))] == [
        "the function itself",
        "AutoPublishAlias",
        "DeploymentPreference",
    ]


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_every_trigger_expands(trigger: str) -> None:
    assert len(expansion(Choices(trigger, failures=True)).made) >= 3


def test_the_source_of_all_choices_is_a_template() -> None:
    assert list(load(sam_template(Choices("queue", True, True, True, True))).resources) == ["Orders", "HelloFunction"]


def test_a_template_stands_beside_its_expansion(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(HELLO)

    both = side_by_side(tmp_path / "template.yaml")

    assert both.expansion.headline.startswith("14 lines become 2 resources in ")
    assert "AWS::Serverless::Function" in both.expansion.source
    assert "AWS::Serverless::Function" not in both.expansion.result
    assert both._repr_html_().count('role="region"') == 2


def test_local_code_is_shown_as_packaging_leaves_it(tmp_path: Path) -> None:
    inline = 'InlineCode: "def lambda_handler(event, context): return 1"'
    (tmp_path / "template.yaml").write_text(HELLO.replace(inline, "CodeUri: ."))

    both = side_by_side(tmp_path / "template.yaml")

    assert "CodeUri: ." in both.expansion.source
    assert "S3Key: fingerprint-of-the-code" in both.expansion.result


def test_what_stands_in_a_template_is_escaped(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(HELLO.replace("return 1", "return '<script>'"))

    assert "<script>" not in side_by_side(tmp_path / "template.yaml")._repr_html_()


def test_the_explorer_can_be_made_without_a_front_end() -> None:
    assert len(expansion_explorer().children) == 7  # type: ignore[attr-defined]
