"""Cloud Control shows what the stacks have made, in its own words."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from grader.cloud import Cloud

TEMPLATE = {
    "Resources": {name: {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": 5}} for name in ("One", "Two")}
}


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud() as cloud:
        cloud.deploy(TEMPLATE, name="queues")
        yield cloud


def test_a_resource_is_shown_with_its_properties(cloud: Cloud) -> None:
    queue = cloud.stacks.get("queues").resources["One"]
    found = cloud.client("cloudcontrol").get_resource(TypeName="AWS::SQS::Queue", Identifier=queue.physical_id)

    shown = json.loads(found["ResourceDescription"]["Properties"])
    assert (found["TypeName"], found["ResourceDescription"]["Identifier"]) == ("AWS::SQS::Queue", queue.physical_id)
    assert (shown["DelaySeconds"], shown["Arn"]) == (5, queue.attributes["Arn"])


def test_what_is_not_there_is_not_found(cloud: Cloud) -> None:
    with pytest.raises(ClientError) as refused:
        cloud.client("cloudcontrol").get_resource(TypeName="AWS::Lambda::Url", Identifier="hello")

    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"
    assert "'hello' was not found" in refused.value.response["Error"]["Message"]


def test_lists_come_in_pages(cloud: Cloud) -> None:
    client = cloud.client("cloudcontrol")
    first = client.list_resources(TypeName="AWS::SQS::Queue", MaxResults=1)
    second = client.list_resources(TypeName="AWS::SQS::Queue", MaxResults=1, NextToken=first["NextToken"])

    found = [one["Identifier"] for page in (first, second) for one in page["ResourceDescriptions"]]
    assert found == [one.physical_id for one in cloud.stacks.get("queues").resources.values()]
    assert "NextToken" not in second


def test_it_only_reads(cloud: Cloud) -> None:
    with pytest.raises(ClientError, match="NotSupported"):
        cloud.client("cloudcontrol").create_resource(TypeName="AWS::SQS::Queue", DesiredState="{}")
