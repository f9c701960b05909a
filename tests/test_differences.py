"""The page of differences is honest: each of its entries names a test that is there, and some are pinned here."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.cloud import Cloud

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "where-it-differs-from-aws.md"
ENTRY = re.compile(r"^- (?P<words>.+?)\s+\(pinned by `(?P<file>[\w/.]+)::(?P<test>\w+)`\)$", re.DOTALL)
FUNCTION = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Where:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      InlineCode: |
        import sys, time
        def handler(event, context):
            time.sleep(2)
            return [list(sys.version_info[:2]), context.get_remaining_time_in_millis()]
"""


def entries() -> list[str]:
    """The items of the page's lists, each with its following lines."""
    text = PAGE.read_text("utf-8")
    return [item.strip() for item in re.findall(r"^- .+?(?=\n- |\n\n|\Z)", text, flags=re.M | re.DOTALL)]


def functions_in(file: str) -> set[str]:
    path = ROOT / file
    tree = ast.parse(path.read_text("utf-8")) if path.is_file() else ast.Module([], [])
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry[2:40])
def test_every_difference_names_a_test_that_is_there(entry: str) -> None:
    found = ENTRY.match(entry)
    assert found is not None, entry
    assert found["test"] in functions_in(found["file"])


def test_the_page_is_not_empty() -> None:
    assert len(entries()) >= 20


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud() as made:
        yield made


def test_the_interpreter_is_this_machines_whatever_the_runtime_says(cloud: Cloud) -> None:
    cloud.deploy(FUNCTION)
    version, _ = cloud.invoke("Where").payload
    assert version == list(sys.version_info[:2])


def test_code_takes_no_time_on_the_clock_but_sleeping_does(cloud: Cloud) -> None:
    cloud.deploy(FUNCTION)
    before = cloud.clock.timestamp()
    done = cloud.invoke("Where")
    assert cloud.clock.timestamp() - before == pytest.approx(2, abs=0.01)
    assert done.error is None


def test_a_stack_is_finished_when_the_call_that_began_it_returns(cloud: Cloud) -> None:
    client = cloud.client("cloudformation")
    before = cloud.clock.timestamp()
    client.create_stack(StackName="s", TemplateBody="Resources:\n  B: {Type: 'AWS::S3::Bucket'}\n")
    assert client.describe_stacks(StackName="s")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
    assert cloud.clock.timestamp() == before


def test_resources_are_made_one_after_the_other(cloud: Cloud) -> None:
    text = "Resources:\n  A: {Type: 'AWS::S3::Bucket'}\n  B: {Type: 'AWS::S3::Bucket'}\n"
    events = cloud.deploy(text).events
    assert [event.logical_id for event in events if event.status != "CREATE_COMPLETE"][1:] == ["A", "A", "B", "B"]


def test_there_is_one_account_and_it_is_always_the_same(cloud: Cloud) -> None:
    assert cloud.client("sts").get_caller_identity()["Account"] == "123456789012"


def test_a_new_role_works_at_once(cloud: Cloud) -> None:
    cloud.deploy(FUNCTION)
    assert cloud.invoke("Where").error is None
