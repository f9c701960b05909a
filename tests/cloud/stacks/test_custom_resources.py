"""Custom resources: what their function is asked, and what its answers do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from grader.cloud import Cloud
from grader.cloud.stacks import DeployError

TEMPLATE = """\
Resources:
  Thing:
    Type: Custom::Thing
    Properties: {ServiceToken: %s, Size: 3, Names: [a, true]}
Outputs:
  Ref: {Value: !Ref Thing}
  Colour: {Value: !GetAtt Thing.Colour}
"""
TOKEN = "arn:aws:sns:us-east-1:123456789012:makers"


class Maker:
    """Stands for whoever makes the resource: ``answer`` says what each request is answered with."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.seconds: list[float] = []
        self.answer: Callable[[dict[str, Any]], bytes | None] = lambda request: said(request)

    def address(self, whose: str) -> str:
        return f"https://responses/{whose}"

    def wait(self, address: str, seconds: float, wait: Any) -> bytes | None:
        self.seconds.append(seconds)
        return self.answer(self.asked[-1])


def said(request: dict[str, Any], **members: Any) -> bytes:
    echoed = {name: request[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    given = {"Status": "SUCCESS", "PhysicalResourceId": "thing-1", "Data": {"Colour": "red"}, **echoed, **members}
    return json.dumps({name: value for name, value in given.items() if value is not None}).encode()


@pytest.fixture
def maker(account: Any) -> Maker:
    made = Maker()
    tools = replace(account.stacks.tools, responses=made)

    def call(service: str, operation: str, **arguments: Any) -> dict[str, Any]:
        if (service, operation) == ("sns", "Publish"):
            made.asked.append(json.loads(arguments["Message"]))
            return {}
        return account.stacks.tools.__class__.call(tools, service, operation, **arguments)

    object.__setattr__(tools, "call", call)
    account.stacks.tools = tools
    return made


def test_the_request_says_what_is_wanted_with_texts_for_numbers(account: Any, maker: Maker) -> None:
    stack = account.stacks.deploy(TEMPLATE % TOKEN)
    [request] = maker.asked
    assert request | {"RequestId": "", "ResponseURL": ""} == {
        "RequestType": "Create",
        "ServiceToken": TOKEN,
        "ResponseURL": "",
        "StackId": stack.id,
        "RequestId": "",
        "LogicalResourceId": "Thing",
        "ResourceType": "Custom::Thing",
        "ResourceProperties": {"ServiceToken": TOKEN, "Size": "3", "Names": ["a", "true"]},
    }
    assert stack.outputs == {"Ref": "thing-1", "Colour": "red"}
    assert maker.seconds == [3600]


def test_an_update_tells_what_was_and_may_answer_with_another_id(account: Any, maker: Maker) -> None:
    account.stacks.deploy(TEMPLATE % TOKEN)
    maker.answer = lambda request: said(request, PhysicalResourceId="thing-2")
    stack = account.stacks.deploy((TEMPLATE % TOKEN).replace("Size: 3", "Size: 4"))
    update, delete = maker.asked[1:]
    assert (update["RequestType"], update["PhysicalResourceId"]) == ("Update", "thing-1")
    assert (update["ResourceProperties"]["Size"], update["OldResourceProperties"]["Size"]) == ("4", "3")
    assert (delete["RequestType"], delete["PhysicalResourceId"]) == ("Delete", "thing-1")
    assert stack.outputs["Ref"] == "thing-2"
    stack.delete()
    assert (maker.asked[-1]["RequestType"], maker.asked[-1]["PhysicalResourceId"]) == ("Delete", "thing-2")


def test_an_update_that_is_taken_back_asks_for_what_was(account: Any, maker: Maker) -> None:
    account.client("sqs").create_queue(QueueName="taken")
    account.stacks.deploy(TEMPLATE % TOKEN)
    maker.answer = lambda request: said(request, PhysicalResourceId=f"thing-{request['ResourceProperties']['Size']}")
    bad = "  Bad: {Type: AWS::SQS::Queue, DependsOn: Thing, Properties: {QueueName: taken}}\nOutputs:"
    with pytest.raises(DeployError, match="taken already exists"):
        account.stacks.deploy((TEMPLATE % TOKEN).replace("Size: 3", "Size: 4").replace("Outputs:", bad))
    told = [
        (request["RequestType"], request["ResourceProperties"]["Size"], request.get("PhysicalResourceId"))
        for request in maker.asked
    ]
    assert told == [
        ("Create", "3", None),
        ("Update", "4", "thing-1"),
        ("Update", "3", "thing-4"),
        ("Delete", "4", "thing-4"),
    ]
    assert account.stacks.get("app").resources["Thing"].physical_id == "thing-3"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (
            lambda request: said(request, Status="FAILED", Reason="no paint"),
            "Received response status [FAILED] from custom resource. Message returned: no paint (RequestId: ",
        ),
        (lambda request: None, "CloudFormation did not receive a response from your Custom Resource."),
        (lambda request: b"{", "Invalid response object: Received invalid JSON."),
        (lambda request: b"[" * 4000, "Invalid response object: Received invalid JSON."),
        (lambda request: b"[]", "Invalid response object: Invalid Status value."),
        (lambda request: said(request, Status="DONE"), "Invalid response object: Invalid Status value."),
        (
            lambda request: said(request, StackId="other"),
            "Invalid response object: StackId is not that of the request.",
        ),
        (lambda request: said(request, PhysicalResourceId=None), "Invalid PhysicalResourceId"),
        (lambda request: said(request, Data={"Text": "x" * 5000}), "Response object is too long."),
        (lambda request: said(request, Data=["red"]), "Invalid response object: Data must be an object."),
    ],
    ids=["failed", "silent", "no json", "deep", "a list", "status", "somebody else's", "no id", "long", "data"],
)
def test_a_bad_answer_fails_the_resource_and_its_deletion_is_asked_for(
    account: Any, maker: Maker, answer: Callable[[dict[str, Any]], bytes | None], reason: str
) -> None:
    maker.answer = lambda request: answer(request) if request["RequestType"] == "Create" else said(request)
    with pytest.raises(DeployError) as caught:
        account.stacks.deploy(TEMPLATE % TOKEN)
    assert str(caught.value.reason).startswith(reason)
    assert [request["RequestType"] for request in maker.asked] == ["Create", "Delete"]
    assert account.stacks.get("app").status == "ROLLBACK_COMPLETE"


def test_an_attribute_that_no_answer_gave_is_named(account: Any, maker: Maker) -> None:
    maker.answer = lambda request: said(request, Data={})
    with pytest.raises(DeployError) as caught:
        account.stacks.deploy(TEMPLATE % TOKEN)
    assert "Vendor response doesn't contain Colour attribute" in str(caught.value.reason)


def test_the_service_may_not_change_and_the_time_out_is_the_templates(account: Any, maker: Maker) -> None:
    account.stacks.deploy((TEMPLATE % TOKEN).replace("Size: 3", "ServiceTimeout: 60"))
    assert maker.seconds == [60]
    with pytest.raises(DeployError, match="Modifying service token is not allowed"):
        account.stacks.deploy((TEMPLATE % (TOKEN + "2")).replace("Size: 3", "ServiceTimeout: 60"))
    with pytest.raises(DeployError, match="ServiceTimeout must be from 1 to 3600"):
        account.stacks.deploy((TEMPLATE % TOKEN).replace("Size: 3", "ServiceTimeout: 7200"), name="other")
    with pytest.raises(DeployError, match="Invalid service token: somebody"):
        account.stacks.deploy(TEMPLATE % "somebody", name="third")


FUNCTION = """\
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]
  Maker:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Code: {ZipFile: "%s"}
  Thing:
    Type: Custom::Thing
    Properties: {ServiceToken: !GetAtt Maker.Arn, ServiceTimeout: 400}
"""
REPORTING = (
    r"import cfnresponse\ndef handler(event, context):\n"
    r"    cfnresponse.send(event, context, cfnresponse.SUCCESS, {'Twice': 4}, 'thing-9')\n"
)
SILENT = r"def handler(event, context):\n    raise ValueError('never reports')\n"


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud() as made:
        yield made


def test_inline_code_reports_with_cfnresponse(cloud: Cloud) -> None:
    text = FUNCTION % REPORTING + "Outputs: {Twice: {Value: !GetAtt Thing.Twice}, Ref: {Value: !Ref Thing}}\n"
    stack = cloud.deploy(text)
    assert stack.outputs == {"Twice": "4", "Ref": "thing-9"}
    stack.delete()


def test_a_function_that_never_reports_is_tried_three_times_and_times_out_on_the_clock(cloud: Cloud) -> None:
    begun = cloud.clock.timestamp()
    with pytest.raises(DeployError, match="did not receive a response from your Custom Resource"):
        cloud.deploy(FUNCTION % SILENT)
    stack = cloud.stacks.get("app")
    assert stack.status == "ROLLBACK_FAILED"  # its deletion is not answered either
    failed = [event for event in stack.events if event.logical_id == "Thing" and event.status == "CREATE_FAILED"]
    assert failed[0].timestamp - begun >= 400
    name = next(event.physical_id for event in stack.events if event.logical_id == "Maker" and event.physical_id)
    assert [event["RequestType"] for event in cloud.delivered_events(name)] == ["Create"] * 3 + ["Delete"] * 3


def test_an_address_takes_one_answer_and_only_by_its_signature(cloud: Cloud) -> None:
    from grader.cloud.door.request import Request
    from grader.cloud.stacks.responses import HOST, ResponseSite

    site = ResponseSite(cloud.clock, cloud.ids, lambda: None)
    address = site.address("stack|Thing").removeprefix(f"https://{HOST}")
    path, _, query = address.partition("?")

    def put(query: str, body: bytes, method: str = "PUT") -> int:
        return site.handle(Request(method, "https", HOST, path, query, (), body)).status

    assert put(query + "0", b"forged") == 403
    assert put(query, b"", "GET") == 403
    assert (put(query, b"first"), put(query, b"second")) == (200, 200)
    assert site.wait(f"https://{HOST}{address}", 10, lambda done: None) == b"first"
    assert put(query, b"late") == 403


def test_through_the_api_a_stack_waits_for_its_custom_resource_in_the_background(cloud: Cloud) -> None:
    client = cloud.client("cloudformation")
    client.create_stack(StackName="app", TemplateBody=FUNCTION % SILENT, Capabilities=["CAPABILITY_IAM"])
    assert client.describe_stacks(StackName="app")["Stacks"][0]["StackStatus"] == "CREATE_IN_PROGRESS"
    cloud.clock.advance(hours=1)
    assert client.describe_stacks(StackName="app")["Stacks"][0]["StackStatus"] == "ROLLBACK_FAILED"
    good = FUNCTION % REPORTING
    client.create_stack(StackName="good", TemplateBody=good, Capabilities=["CAPABILITY_IAM"])
    assert client.describe_stacks(StackName="good")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
