"""The reference pages are what the tables say, and the tables are what AWS's schemas say."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.cloud.reference.__main__ import pages
from grader.cloud.stacks.api.members import MEMBERS
from grader.cloud.stacks.schemas import is_aws_property, is_aws_type, schema_of
from grader.cloud.stacks.types import TYPES

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "docs" / "reference"


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return pages()


def test_the_pages_are_fresh(made: dict[str, str]) -> None:
    stale = [name for name, text in made.items() if (FOLDER / name).read_text("utf-8") != text]
    assert stale == [], "Run: python -m grader.cloud.reference"


def test_every_type_and_every_operation_of_stacks_is_on_its_page(made: dict[str, str]) -> None:
    assert [name for name in TYPES if f"### {name}\n" not in made["resource-types.md"]] == []
    operations = made["api-operations.md"].partition("## cloudformation")[2].partition("\n## ")[0]
    assert [name for name in MEMBERS if f"`{name}`" not in operations] == []


KNOWN = [name for name in TYPES if schema_of(name)]


def test_every_type_is_one_of_awss() -> None:
    assert [name for name in TYPES if not is_aws_type(name)] == []


@pytest.mark.parametrize("name", KNOWN)
def test_properties_and_attributes_are_those_of_awss_schema(name: str) -> None:
    known, schema = TYPES[name], schema_of(name)
    foreign = sorted(one for one in known.properties if not is_aws_property(name, one))
    readable = {path.removeprefix("/properties/").replace("/", ".") for path in schema.get("readOnlyProperties", ())}
    own = set(schema.get("properties", {}))
    strange = sorted(one for one in known.attributes if "*" not in one and one not in readable | own)
    assert (foreign, strange) == (FOREIGN.get(name, []), STRANGE.get(name, []))


# Where CloudFormation's documentation and practice differ from the schema that the linter ships.
FOREIGN: dict[str, list[str]] = {}
STRANGE: dict[str, list[str]] = {}


@pytest.mark.parametrize("name", KNOWN)
def test_a_change_makes_a_new_resource_where_awss_schema_says_so(name: str) -> None:
    known, schema = TYPES[name], schema_of(name)
    fixed = {path.removeprefix("/properties/") for path in schema.get("createOnlyProperties", ())}
    fixed = {path for path in fixed if "/" not in path} & known.properties
    missing = sorted(fixed - known.replaced_by)
    assert missing == REPLACED.get(name, [])


# CloudFormation refuses another service token instead of making a new resource.
REPLACED: dict[str, list[str]] = {"AWS::CloudFormation::CustomResource": ["ServiceToken"]}


@pytest.mark.parametrize("name", KNOWN)
def test_what_awss_schema_requires_is_required(name: str) -> None:
    needed = set(schema_of(name).get("required", ())) & TYPES[name].properties
    assert sorted(needed - TYPES[name].required) == REQUIRED.get(name, [])


REQUIRED: dict[str, list[str]] = {}
