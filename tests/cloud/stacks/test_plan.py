from typing import Any

import pytest

from grader.cloud.errors import CloudError, NotSupported
from grader.cloud.stacks import DeployError, TemplateError, TransformError, load
from grader.cloud.stacks.capabilities import check_capabilities
from grader.cloud.stacks.plan import Plan
from grader.cloud.stacks.planning import make_plan
from grader.cloud.stacks.templates.values import pseudo_parameters

PSEUDO = pseudo_parameters("123456789012", "us-east-1", "app", "arn:app")

BUCKET = "  B: {Type: AWS::S3::Bucket}\n"


def plan(text: str, **parameters: Any) -> Plan:
    return make_plan(load(text), parameters, PSEUDO)


@pytest.mark.parametrize(
    ("resources", "what", "where"),
    [
        (
            "  A: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Nope}}\n",
            "Template format error: Unresolved resource dependencies [Nope] in the Resources block of the template",
            "template line 2, A",
        ),
        (
            "  A: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub '${Nope}-x'}}\n",
            "Template format error: Unresolved resource dependencies [Nope] in the Resources block of the template",
            "template line 2, A",
        ),
        (
            "  A:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: !GetAtt Nope.Arn\n",
            "Template error: instance of Fn::GetAtt references undefined resource Nope",
            "template line 5, A",
        ),
        (
            "  A: {Type: AWS::SQS::Queue, Properties: {QueueName: !GetAtt B.Colour}}\n" + BUCKET,
            "Template error: resource B does not support attribute type Colour in Fn::GetAtt",
            "template line 2, A",
        ),
        (
            "  A: {Type: AWS::SQS::Queue, DependsOn: Nope}\n",
            "Template format error: Unresolved resource dependencies [Nope] in the Resources block of the template",
            "template line 2, A",
        ),
        (
            "  A: {Type: AWS::SQS::Queue, Condition: Nope}\n",
            "Template format error: Unresolved condition dependency Nope in the Resources block of the template",
            "template line 2, A",
        ),
        (
            BUCKET + "Outputs:\n  O: {Value: !Ref Nope}\n",
            "Template format error: Unresolved resource dependencies [Nope] in the Outputs block of the template",
            "template line 4, O",
        ),
        (
            "  A:\n    Type: AWS::SQS::Queue\n    Properties:\n      Name: x\n",
            "Properties validation failed for resource A with message: [#: extraneous key [Name] is not permitted]",
            "template line 5, A",
        ),
        (
            "  A: {Type: AWS::Lambda::Function, Properties: {Runtime: python3.13}}\n",
            "Properties validation failed for resource A with message: "
            "[#: required key [Code] not found, #: required key [Role] not found]",
            "template line 2, A",
        ),
        (
            "  A: {Type: AWS::SQS::Queue, Propertys: {}}\n",
            "Invalid template resource property 'Propertys'",
            "template line 2, A",
        ),
        (
            "  A: {Type: AWS::S3::Bucket, DeletionPolicy: Snapshot}\n",
            "Template error: resource type AWS::S3::Bucket does not support deletion policy Snapshot",
            "template line 2, A",
        ),
        (
            "  A:\n    Type: AWS::S3::Bucket\n    UpdateReplacePolicy: Keep\n",
            "Template error: UpdateReplacePolicy of A must be one of Delete, Retain, not Keep",
            "template line 4, A",
        ),
        (
            "  A:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: !Select [3, [a, b]]\n",
            "Template error: Fn::Select cannot select nonexistent value at index 3",
            "template line 5, A",
        ),
        (
            "  A: {Type: AWS::Lambda::Fonction}\n",
            "Template format error: Unrecognized resource types: [AWS::Lambda::Fonction]",
            "template line 2, A",
        ),
        ("  A: {Type: Queue}\n", "Template format error: Unrecognized resource types: [Queue]", "template line 2, A"),
    ],
)
def test_a_faulty_template_is_refused_in_cloudformations_words(resources: str, what: str, where: str) -> None:
    with pytest.raises(TemplateError) as caught:
        plan("Resources:\n" + resources)
    assert (caught.value.what, caught.value.where) == (what, where)


@pytest.mark.parametrize(
    ("resource", "feature", "where"),
    [
        ("{Type: AWS::AppSync::GraphQLApi}", "AWS::AppSync::GraphQLApi", "template line 2, A"),
        ("{Type: AWS::CloudFormation::Macro}", "AWS::CloudFormation::Macro", "template line 2, A"),
        (
            "\n    Type: AWS::S3::Bucket\n    Properties:\n      ObjectLockEnabled: true",
            "AWS::S3::Bucket.ObjectLockEnabled",
            "template line 5, A",
        ),
    ],
)
def test_what_is_not_imitated_is_named_with_its_line(resource: str, feature: str, where: str) -> None:
    with pytest.raises(NotSupported) as caught:
        plan(f"Resources:\n  A: {resource}\n")
    assert (caught.value.feature, caught.value.where) == (feature, where)


def test_a_circle_is_named_before_anything_is_made() -> None:
    with pytest.raises(TemplateError) as caught:
        plan("""\
Resources:
  A: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref B}}
  B: {Type: AWS::SQS::Queue, Properties: {QueueName: !GetAtt C.QueueName}}
  C: {Type: AWS::SQS::Queue, DependsOn: A}
  D: {Type: AWS::SQS::Queue, DependsOn: A}
""")
    assert caught.value.what == "Circular dependency between resources: [A, B, C]"
    assert "A → B → C → A" in str(caught.value.next_step)
    assert caught.value.where == "template line 2, A"


def test_dependencies_come_first_and_false_conditions_are_left_out() -> None:
    made = plan("""\
Parameters: {Mail: {Type: String, Default: ''}}
Conditions: {HasMail: !Not [!Equals [!Ref Mail, '']]}
Resources:
  Policy:
    Type: AWS::SQS::QueuePolicy
    Properties: {Queues: [!Ref Queue], PolicyDocument: {Topic: !If [HasMail, !Ref Topic, none]}}
  Topic: {Type: AWS::SNS::Topic, Condition: HasMail}
  Queue: {Type: AWS::SQS::Queue}
Outputs:
  T: {Condition: HasMail, Value: !Ref Topic}
""")
    assert made.order == ["Queue", "Policy"]
    assert made.outputs == {}
    assert made.resources["Policy"]["Properties"]["PolicyDocument"] == {"Topic": "none"}


def test_a_reference_to_what_a_condition_leaves_out_is_refused() -> None:
    with pytest.raises(TemplateError, match=r"Unresolved resource dependencies \[T\] in the Resources block"):
        plan("""\
Conditions: {Never: !Equals [a, b]}
Resources:
  T: {Type: AWS::SNS::Topic, Condition: Never}
  S: {Type: AWS::SNS::Subscription, Properties: {TopicArn: !Ref T, Protocol: email, Endpoint: a@b}}
""")


def test_the_transforms_own_words_come_with_the_line() -> None:
    with pytest.raises(TransformError) as caught:
        plan("""\
Transform: AWS::Serverless-2016-10-31
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.handler, Runtime: python3.13, CodeUri: s3://b/k, Events: {E: {Type: Nope}}}
""")
    assert caught.value.what.startswith(
        "Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application Specification document. "
        "Number of errors found: 1. Resource with id [F] is invalid."
    )
    assert caught.value.where == "template line 3, F"


def test_sam_types_without_the_transform_are_explained() -> None:
    with pytest.raises(TransformError) as caught:
        plan("Resources:\n  F: {Type: AWS::Serverless::Function}\n")
    assert caught.value.next_step == "Add the line “Transform: AWS::Serverless-2016-10-31” to the template."


def test_another_transform_is_not_supported() -> None:
    with pytest.raises(NotSupported, match="the transform MyMacro"):
        plan("Transform: MyMacro\nResources:\n" + BUCKET)


def test_expanded_resources_know_where_they_came_from() -> None:
    made = plan("""\
Transform: AWS::Serverless-2016-10-31
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Runtime: python3.13
      CodeUri: s3://b/k
      Events: {Get: {Type: Api, Properties: {Path: /hello, Method: get}}}
""")
    assert set(made.sources.values()) == {"Hello"}
    assert next(iter(made.resources)) == "Hello"
    assert made.where("HelloRole") == ("template line 3, Hello (its HelloRole)", 3)


ROLE = "Resources:\n  R: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {}}}\n"
NAMED = "Resources:\n  R: {Type: AWS::IAM::Role, Properties: {RoleName: r, AssumeRolePolicyDocument: {}}}\n"
SAM = "Transform: AWS::Serverless-2016-10-31\nResources:\n" + BUCKET


@pytest.mark.parametrize(
    ("text", "given", "needed"),
    [
        (ROLE, (), "CAPABILITY_IAM"),
        (NAMED, ("CAPABILITY_IAM",), "CAPABILITY_NAMED_IAM"),
        (SAM, ("CAPABILITY_IAM",), "CAPABILITY_AUTO_EXPAND"),
    ],
)
def test_capabilities_are_demanded(text: str, given: tuple[str, ...], needed: str) -> None:
    with pytest.raises(DeployError) as caught:
        check_capabilities(plan(text), given, direct=True)
    assert (caught.value.what, caught.value.code) == (
        f"Requires capabilities : [{needed}]",
        "InsufficientCapabilitiesException",
    )


def test_enough_capabilities_are_enough() -> None:
    check_capabilities(plan(ROLE), ["CAPABILITY_NAMED_IAM"], direct=True)
    check_capabilities(plan(SAM), [], direct=False)


@pytest.mark.parametrize(
    "value", ["3", "[]", "{A: 3}", "{A: {Type: AWS::S3::Bucket, Properties: 3}}", "{A: {Type: [x]}}"]
)
def test_nonsense_is_a_refusal_and_not_a_crash(value: str) -> None:
    for head in ("", "Transform: AWS::Serverless-2016-10-31\n"):
        with pytest.raises(CloudError):
            plan(f"{head}Resources: {value}\n")
