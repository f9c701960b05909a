"""Types of resolved properties, by the schemas that AWS publishes; the words are CloudFormation's."""

from __future__ import annotations

import pytest

from grader.cloud.errors import CloudError
from grader.cloud.stacks.property_types import faults_of_properties


@pytest.mark.parametrize(
    ("kind", "properties", "faults"),
    [
        ("SQS::Queue", {"VisibilityTimeout": "5", "FifoQueue": "true", "QueueName": 7}, []),
        (
            "SQS::Queue",
            {"VisibilityTimeout": "soon"},
            ["#/VisibilityTimeout: expected type: Integer, found: String"],
        ),
        ("SQS::Queue", {"QueueName": {"a": 1}}, ["#/QueueName: expected type: String, found: JSONObject"]),
        ("SQS::Queue", {"FifoQueue": 1}, ["#/FifoQueue: expected type: Boolean, found: Integer"]),
        ("SQS::Queue", {"Tags": [{"Key": "a"}]}, ["#/Tags/0: required key [Value] not found"]),
        (
            "ApiGateway::Stage",
            {"MethodSettings": [{"HttpMethod": "GET", "Method": "GET"}]},
            ["#/MethodSettings/0: extraneous key [Method] is not permitted"],
        ),
        (
            "ApiGateway::Stage",
            {"MethodSettings": ["GET"], "Variables": ["a"]},
            [
                "#/MethodSettings/0: expected type: JSONObject, found: String",
                "#/Variables: expected type: JSONObject, found: JSONArray",
            ],
        ),
        ("ApiGateway::Stage", {"Variables": {"a": []}}, ["#/Variables/a: expected type: String, found: JSONArray"]),
        ("ApiGateway::RestApi", {"Body": {"paths": 1}, "Policy": "{}"}, []),
        ("Nobody::Knows", {"A": 1}, []),
    ],
)
def test_faults_are_named_by_their_place(kind, properties, faults):
    assert faults_of_properties(f"AWS::{kind}", properties) == faults


def test_a_resource_with_a_wrong_type_is_not_made_and_the_stack_goes_back(account):
    template = "Resources:\n  Queue: {{Type: AWS::SQS::Queue, Properties: {{VisibilityTimeout: {0}}}}}"
    words = r"failed for resource Queue with message: \[#/VisibilityTimeout: expected type: Integer, found: String\]"
    with pytest.raises(CloudError, match=words):
        account.stacks.deploy(template.format("soon"), "new")
    account.stacks.deploy(template.format(5), "old")
    with pytest.raises(CloudError, match=words):
        account.stacks.deploy(template.format("soon"), "old")
    assert account.stacks.get("old").status == "UPDATE_ROLLBACK_COMPLETE"
    [url] = account.client("sqs").list_queues()["QueueUrls"]
    asked = account.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
    assert asked["Attributes"] == {"VisibilityTimeout": "5"}
