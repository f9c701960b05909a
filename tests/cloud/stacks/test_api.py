import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from grader.cloud.stacks.api.query_form import parse_form

TEMPLATE = """\
Description: a queue
Parameters:
  Delay: {Type: Number, Default: 0, Description: seconds}
  Secret: {Type: String, NoEcho: true, Default: x}
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: !Ref Delay}}
Outputs:
  Url: {Value: !Ref Queue, Description: where, Export: {Name: url}}
"""
IAM = ["CAPABILITY_IAM"]
SAM = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties: {Handler: index.handler, Runtime: python3.13, InlineCode: "handler = print"}
"""


@pytest.fixture
def cloudformation(account: Any) -> Any:
    return account.client("cloudformation")


def refused(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_stack_is_created_described_and_deleted(account: Any, cloudformation: Any) -> None:
    identifier = cloudformation.create_stack(
        StackName="app", TemplateBody=TEMPLATE, Parameters=[{"ParameterKey": "Delay", "ParameterValue": "3"}]
    )["StackId"]
    cloudformation.get_waiter("stack_create_complete").wait(StackName="app")
    [stack] = cloudformation.describe_stacks(StackName="app")["Stacks"]
    url = account.stacks.get("app").resources["Queue"].physical_id
    assert stack["StackId"] == identifier
    assert (stack["StackStatus"], stack["Description"], stack["EnableTerminationProtection"]) == (
        "CREATE_COMPLETE",
        "a queue",
        False,
    )
    assert stack["Parameters"] == [
        {"ParameterKey": "Delay", "ParameterValue": "3"},
        {"ParameterKey": "Secret", "ParameterValue": "****"},
    ]
    assert stack["Outputs"] == [{"OutputKey": "Url", "OutputValue": url, "Description": "where", "ExportName": "url"}]
    assert cloudformation.list_exports()["Exports"] == [{"ExportingStackId": identifier, "Name": "url", "Value": url}]
    cloudformation.delete_stack(StackName="app")
    cloudformation.get_waiter("stack_delete_complete").wait(StackName="app")
    assert refused(cloudformation.describe_stacks, StackName="app") == (
        "ValidationError",
        "Stack with id app does not exist",
    )
    assert [s["StackStatus"] for s in cloudformation.list_stacks()["StackSummaries"]] == ["DELETE_COMPLETE"]
    assert cloudformation.describe_stacks(StackName=identifier)["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE"


def test_events_come_newest_first(cloudformation: Any) -> None:
    cloudformation.create_stack(StackName="app", TemplateBody=TEMPLATE)
    events = cloudformation.describe_stack_events(StackName="app")["StackEvents"]
    assert [(event["LogicalResourceId"], event["ResourceStatus"]) for event in events] == [
        ("app", "CREATE_COMPLETE"),
        ("Queue", "CREATE_COMPLETE"),
        ("Queue", "CREATE_IN_PROGRESS"),
        ("Queue", "CREATE_IN_PROGRESS"),
        ("app", "CREATE_IN_PROGRESS"),
    ]
    assert len({event["Timestamp"] for event in events}) == len(events)


def test_resources_are_listed_in_three_ways(account: Any, cloudformation: Any) -> None:
    cloudformation.create_stack(StackName="app", TemplateBody=TEMPLATE)
    url = account.stacks.get("app").resources["Queue"].physical_id
    [summary] = cloudformation.list_stack_resources(StackName="app")["StackResourceSummaries"]
    [resource] = cloudformation.describe_stack_resources(PhysicalResourceId=url)["StackResources"]
    answer = cloudformation.describe_stack_resource(StackName="app", LogicalResourceId="Queue")
    for found in (summary, resource, answer["StackResourceDetail"]):
        assert (found["LogicalResourceId"], found["PhysicalResourceId"], found["ResourceStatus"]) == (
            "Queue",
            url,
            "CREATE_COMPLETE",
        )


def test_a_change_set_creates_a_stack_with_a_transform(cloudformation: Any) -> None:
    made = cloudformation.create_change_set(
        StackName="app",
        ChangeSetName="first",
        ChangeSetType="CREATE",
        TemplateBody=SAM,
        Capabilities=["CAPABILITY_IAM"],
    )
    cloudformation.get_waiter("change_set_create_complete").wait(ChangeSetName=made["Id"])
    answer = cloudformation.describe_change_set(ChangeSetName="first", StackName="app")
    assert (answer["Status"], answer["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")
    assert [change["ResourceChange"]["LogicalResourceId"] for change in answer["Changes"]] == ["HelloRole", "Hello"]
    assert {change["ResourceChange"]["Action"] for change in answer["Changes"]} == {"Add"}
    [stack] = cloudformation.describe_stacks(StackName="app")["Stacks"]
    assert stack["StackStatus"] == "REVIEW_IN_PROGRESS"
    cloudformation.execute_change_set(ChangeSetName="first", StackName="app")
    cloudformation.get_waiter("stack_create_complete").wait(StackName="app")
    assert cloudformation.list_change_sets(StackName="app")["Summaries"] == []
    processed = cloudformation.get_template(StackName="app", TemplateStage="Processed")["TemplateBody"]
    assert sorted(processed["Resources"]) == ["Hello", "HelloRole"]
    assert cloudformation.get_template(StackName="app")["TemplateBody"] == SAM


def test_a_change_set_shows_what_is_changed_replaced_and_removed(cloudformation: Any) -> None:
    cloudformation.create_stack(
        StackName="app",
        TemplateBody="""\
Resources:
  A: {Type: AWS::SQS::Queue}
  B: {Type: AWS::SQS::Queue, Properties: {QueueName: b}}
  C: {Type: AWS::SQS::Queue}
""",
    )
    cloudformation.create_change_set(
        StackName="app",
        ChangeSetName="next",
        TemplateBody="""\
Resources:
  A: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 1}}
  B: {Type: AWS::SQS::Queue, Properties: {QueueName: b2}}
  D: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: !GetAtt B.Arn}}
""",
    )
    changes = cloudformation.describe_change_set(ChangeSetName="next", StackName="app")["Changes"]
    assert [
        (
            c["ResourceChange"]["Action"],
            c["ResourceChange"]["LogicalResourceId"],
            c["ResourceChange"].get("Replacement"),
        )
        for c in changes
    ] == [("Modify", "A", "False"), ("Modify", "B", "True"), ("Add", "D", None), ("Remove", "C", None)]


def test_a_change_set_without_changes_fails_as_sam_expects(cloudformation: Any) -> None:
    cloudformation.create_stack(StackName="app", TemplateBody=TEMPLATE)
    cloudformation.create_change_set(StackName="app", ChangeSetName="same", UsePreviousTemplate=True)
    answer = cloudformation.describe_change_set(ChangeSetName="same", StackName="app")
    assert (answer["Status"], answer["StatusReason"]) == (
        "FAILED",
        "The submitted information didn't contain changes. Submit different information to create a change set.",
    )
    assert refused(cloudformation.execute_change_set, ChangeSetName="same", StackName="app")[0] == (
        "InvalidChangeSetStatus"
    )


def test_a_template_that_the_transform_refuses_makes_a_failed_change_set(cloudformation: Any) -> None:
    broken = SAM.replace("Handler: index.handler,", "Events: {E: {Type: Nope}},")
    cloudformation.create_change_set(
        StackName="app",
        ChangeSetName="bad",
        ChangeSetType="CREATE",
        TemplateBody=broken,
        Capabilities=["CAPABILITY_IAM"],
    )
    answer = cloudformation.describe_change_set(ChangeSetName="bad", StackName="app")
    assert answer["Status"] == "FAILED"
    assert answer["StatusReason"].startswith("Transform AWS::Serverless-2016-10-31 failed with: ")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (
            {"TemplateBody": SAM, "Capabilities": ["CAPABILITY_IAM"]},
            "InsufficientCapabilitiesException",
            "Requires capabilities : [CAPABILITY_AUTO_EXPAND]",
        ),
        (
            {"TemplateBody": SAM, "Capabilities": ["CAPABILITY_AUTO_EXPAND"]},
            "InsufficientCapabilitiesException",
            "Requires capabilities : [CAPABILITY_IAM]",
        ),
        ({}, "ValidationError", "Either Template URL or Template Body must be specified."),
        (
            {"TemplateBody": TEMPLATE, "Parameters": [{"ParameterKey": "Nope", "ParameterValue": "1"}]},
            "ValidationError",
            "Parameters: [Nope] do not exist in the template",
        ),
        (
            {"TemplateBody": "Resources:\n  A: {Type: AWS::Glue::Job}\n"},
            "ValidationError",
            "NotSupported: the pocket AWS does not imitate AWS::Glue::Job.",
        ),
        (
            {"TemplateBody": "#" * 51_201},
            "ValidationError",
            "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: "
            "Member must have length less than or equal to 51200",
        ),
    ],
)
def test_refusals_have_cloudformations_codes(
    cloudformation: Any, arguments: dict[str, Any], code: str, message: str
) -> None:
    assert refused(cloudformation.create_stack, StackName="app", **arguments) == (code, message)
    assert cloudformation.list_stacks()["StackSummaries"] == []


def test_the_same_name_twice_is_refused(cloudformation: Any) -> None:
    cloudformation.create_stack(StackName="app", TemplateBody=TEMPLATE)
    assert refused(cloudformation.create_stack, StackName="app", TemplateBody=TEMPLATE) == (
        "AlreadyExistsException",
        "Stack [app] already exists",
    )


def test_protection_keeps_a_stack(cloudformation: Any) -> None:
    cloudformation.create_stack(StackName="app", TemplateBody=TEMPLATE, EnableTerminationProtection=True)
    assert refused(cloudformation.delete_stack, StackName="app")[1] == (
        "Stack [app] cannot be deleted while TerminationProtection is enabled"
    )
    cloudformation.update_termination_protection(StackName="app", EnableTerminationProtection=False)
    cloudformation.delete_stack(StackName="app")


def test_previous_values_are_kept_when_asked_for(account: Any, cloudformation: Any) -> None:
    given = [{"ParameterKey": "Delay", "ParameterValue": "3"}, {"ParameterKey": "Secret", "ParameterValue": "s"}]
    cloudformation.create_stack(StackName="app", TemplateBody=TEMPLATE, Parameters=given)
    given = [{"ParameterKey": "Delay", "ParameterValue": "4"}, {"ParameterKey": "Secret", "UsePreviousValue": True}]
    cloudformation.update_stack(StackName="app", UsePreviousTemplate=True, Parameters=given)
    assert account.stacks.get("app").given == {"Delay": "4", "Secret": "s"}


def test_a_template_is_summed_up_and_validated(cloudformation: Any) -> None:
    summary = cloudformation.get_template_summary(TemplateBody=SAM)
    assert summary["DeclaredTransforms"] == ["AWS::Serverless-2016-10-31"]
    assert summary["ResourceTypes"] == ["AWS::Serverless::Function"]
    parameters = cloudformation.validate_template(TemplateBody=TEMPLATE)["Parameters"]
    assert parameters == [
        {"ParameterKey": "Delay", "DefaultValue": "0", "NoEcho": False, "Description": "seconds"},
        {"ParameterKey": "Secret", "DefaultValue": "x", "NoEcho": True},
    ]


def test_a_template_may_lie_in_a_bucket(account: Any, cloudformation: Any) -> None:
    account.client("s3").create_bucket(Bucket="templates")
    account.client("s3").put_object(Bucket="templates", Key="a/t.yaml", Body=TEMPLATE.encode())
    for number, url in enumerate(
        ("https://s3.us-east-1.amazonaws.com/templates/a/t.yaml", "https://templates.s3.amazonaws.com/a/t.yaml")
    ):
        body = {"TemplateURL": url, "Parameters": []}
        assert cloudformation.get_template_summary(TemplateURL=url)["Description"] == "a queue", number
        assert body["TemplateURL"] == url


def test_a_form_becomes_lists_and_maps() -> None:
    assert parse_form(
        [("Action", "X"), ("P.member.2.K", "b"), ("P.member.1.K", "a"), ("C.member.1", "c"), ("E", "")]
    ) == {
        "Action": "X",
        "P": [{"K": "a"}, {"K": "b"}],
        "C": ["c"],
        "E": [],
    }


def test_every_event_reaches_the_topics_of_the_stack(account: Any, cloudformation: Any) -> None:
    sns, sqs = account.client("sns"), account.client("sqs")
    topic = sns.create_topic(Name="news")["TopicArn"]
    queue = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:inbox")
    cloudformation.create_stack(StackName="app", TemplateBody=TEMPLATE, NotificationARNs=[topic])
    told: list[str] = []
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        told += [json.loads(message["Body"])["Message"] for message in messages]
        for message in messages:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    assert len(told) == len(account.stacks.get("app").events)
    assert "ResourceStatus='CREATE_COMPLETE'\n" in told[-1] and "StackName='app'\n" in told[-1]
    [stack] = cloudformation.describe_stacks(StackName="app")["Stacks"]
    assert stack["NotificationARNs"] == [topic]


def test_who_asks_twice_with_the_same_token_has_asked_once(account: Any, cloudformation: Any) -> None:
    first = cloudformation.create_stack(StackName="app", TemplateBody=TEMPLATE, ClientRequestToken="one")
    again = cloudformation.create_stack(StackName="app", TemplateBody=TEMPLATE, ClientRequestToken="one")
    assert first["StackId"] == again["StackId"]
    events = cloudformation.describe_stack_events(StackName="app")["StackEvents"]
    assert {event["ClientRequestToken"] for event in events} == {"one"}
    assert refused(cloudformation.create_stack, StackName="app", TemplateBody=TEMPLATE, ClientRequestToken="two") == (
        "AlreadyExistsException",
        "Stack [app] already exists",
    )


def test_events_are_found_by_operation_and_by_failure(account: Any, cloudformation: Any) -> None:
    account.client("sqs").create_queue(QueueName="taken")
    bad = "Resources:\n  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: taken}}\n"
    made = cloudformation.create_stack(StackName="app", TemplateBody=bad)
    events = cloudformation.describe_events(OperationId=made["OperationId"])["OperationEvents"]
    assert [(event["LogicalResourceId"], event["ResourceStatus"]) for event in reversed(events)] == [
        ("app", "CREATE_IN_PROGRESS"),
        ("Q", "CREATE_IN_PROGRESS"),
        ("Q", "CREATE_FAILED"),
        ("app", "ROLLBACK_IN_PROGRESS"),
        ("app", "ROLLBACK_COMPLETE"),
    ]
    [failed] = cloudformation.describe_events(StackName="app", Filters={"FailedEvents": True})["OperationEvents"]
    assert (failed["EventType"], failed["OperationType"], failed["ResourceStatusReason"]) == (
        "PROVISIONING_ERROR",
        "CREATE_STACK",
        "taken already exists",
    )


def test_a_secret_parameter_is_four_stars_in_a_change_set_too(cloudformation: Any) -> None:
    made = cloudformation.create_change_set(
        StackName="app", ChangeSetName="first", ChangeSetType="CREATE", TemplateBody=TEMPLATE,
        Parameters=[{"ParameterKey": "Secret", "ParameterValue": "open sesame"}],
    )  # fmt: skip
    described = cloudformation.describe_change_set(ChangeSetName=made["Id"])
    assert "open sesame" not in str(described)
    assert {"ParameterKey": "Secret", "ParameterValue": "****"} in described["Parameters"]


def test_a_change_set_names_the_properties_that_change(account: Any, cloudformation: Any) -> None:
    account.stacks.deploy(TEMPLATE)
    cloudformation.create_change_set(
        StackName="app", ChangeSetName="next", UsePreviousTemplate=True,
        Parameters=[{"ParameterKey": "Delay", "ParameterValue": "9"}],
    )  # fmt: skip
    [change] = cloudformation.describe_change_set(StackName="app", ChangeSetName="next")["Changes"]
    assert change["ResourceChange"]["Details"] == [
        {
            "Target": {"Attribute": "Properties", "Name": "DelaySeconds", "RequiresRecreation": "Never"},
            "Evaluation": "Static",
            "ChangeSource": "DirectModification",
        }
    ]


@pytest.mark.parametrize(
    ("operation", "arguments", "words"),
    [
        ("create_stack", {"StackPolicyBody": "{}", "TemplateBody": TEMPLATE}, "CreateStack's StackPolicyBody"),
        (
            "create_stack",
            {"RoleARN": "arn:aws:iam::1:role/x-x-x-x-x", "TemplateBody": TEMPLATE},
            "CreateStack's RoleARN",
        ),
        ("set_stack_policy", {"StackPolicyBody": "{}"}, "CloudFormation's SetStackPolicy"),
        ("detect_stack_drift", {}, "CloudFormation's DetectStackDrift"),
        (
            "create_change_set",
            {"ChangeSetName": "in", "ChangeSetType": "IMPORT", "TemplateBody": TEMPLATE},
            "change sets of type IMPORT",
        ),
    ],
)
def test_what_is_not_heeded_is_refused_by_name(
    cloudformation: Any, operation: str, arguments: dict[str, str], words: str
) -> None:
    assert (
        refused(getattr(cloudformation, operation), StackName="app", **arguments)[1]
        == f"NotSupported: the pocket AWS does not imitate {words}."
    )


def test_the_smaller_operations_answer(account: Any, cloudformation: Any) -> None:
    account.stacks.deploy(TEMPLATE)
    assert "StackPolicyBody" not in cloudformation.get_stack_policy(StackName="app")
    assert cloudformation.describe_account_limits()["AccountLimits"][0] == {"Name": "StackLimit", "Value": 2000}
    assert (
        "cannot be called from current stack status" in refused(cloudformation.cancel_update_stack, StackName="app")[1]
    )
    made = cloudformation.create_change_set(StackName="app", ChangeSetName="x", TemplateBody=TEMPLATE + "# more\n")
    assert cloudformation.describe_change_set_hooks(ChangeSetName=made["Id"])["Hooks"] == []
