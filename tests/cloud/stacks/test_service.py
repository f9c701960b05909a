import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError

from grader.cloud.stacks import DeployError, Stack

BUCKETS = """\
Parameters: {Versions: {Type: String, Default: Suspended}}
Resources:
  One:
    Type: AWS::S3::Bucket
    Properties: {VersioningConfiguration: {Status: !Ref Versions}}
  Queue:
    Type: AWS::SQS::Queue
    DependsOn: One
Outputs:
  Bucket: {Value: !Ref One, Description: the bucket}
  QueueArn: {Value: !GetAtt Queue.Arn, Export: {Name: !Sub '${AWS::StackName}-queue'}}
"""


def history(stack: Stack, start: int = 0) -> list[tuple[str, str]]:
    return [(event.logical_id, event.status) for event in stack.events[start:]]


def test_a_stack_is_made_with_its_events_outputs_and_names(account: Any) -> None:
    stack = account.stacks.deploy(BUCKETS, name="shop")
    assert stack.status == "CREATE_COMPLETE"
    assert history(stack) == [
        ("shop", "CREATE_IN_PROGRESS"),
        ("One", "CREATE_IN_PROGRESS"),
        ("One", "CREATE_IN_PROGRESS"),
        ("One", "CREATE_COMPLETE"),
        ("Queue", "CREATE_IN_PROGRESS"),
        ("Queue", "CREATE_IN_PROGRESS"),
        ("Queue", "CREATE_COMPLETE"),
        ("shop", "CREATE_COMPLETE"),
    ]
    bucket, queue = stack.resources["One"], stack.resources["Queue"]
    assert bucket.physical_id.startswith("shop-one-") and bucket.physical_id == bucket.physical_id.lower()
    assert queue.physical_id.startswith("https://sqs.us-east-1.amazonaws.com/123456789012/shop-Queue-")
    assert stack.outputs == {"Bucket": bucket.physical_id, "QueueArn": queue.arn}
    assert [bucket["Name"] for bucket in account.client("s3").list_buckets()["Buckets"]] == [bucket.physical_id]
    times = [event.timestamp for event in stack.events]
    assert times == sorted(set(times)) and times[0] == account.clock.timestamp()


def test_a_resource_that_fails_takes_everything_back(account: Any) -> None:
    account.client("sqs").create_queue(QueueName="taken")
    with pytest.raises(DeployError) as caught:
        account.stacks.deploy("""\
Resources:
  Bucket: {Type: AWS::S3::Bucket}
  Taken: {Type: AWS::SQS::Queue, DependsOn: Bucket, Properties: {QueueName: taken}}
  Never: {Type: AWS::SQS::Queue, DependsOn: Taken}
""")
    error, stack = caught.value, account.stacks.get("app")
    assert (error.logical_id, error.reason, error.line) == ("Taken", "taken already exists", 3)
    assert error.where == "template line 3, Taken"
    assert stack.status == "ROLLBACK_COMPLETE"
    assert history(stack)[4:] == [
        ("Taken", "CREATE_IN_PROGRESS"),
        ("Taken", "CREATE_FAILED"),
        ("app", "ROLLBACK_IN_PROGRESS"),
        ("Bucket", "DELETE_IN_PROGRESS"),
        ("Bucket", "DELETE_COMPLETE"),
        ("app", "ROLLBACK_COMPLETE"),
    ]
    reasons = [event.reason for event in stack.events if event.status == "ROLLBACK_IN_PROGRESS"]
    assert reasons == ["The following resource(s) failed to create: [Taken]. Rollback requested by user."]
    assert account.client("s3").list_buckets()["Buckets"] == []
    assert list(error.events) == stack.events


def test_a_rolled_back_stack_can_only_be_deleted(account: Any) -> None:
    account.client("sqs").create_queue(QueueName="taken")
    bad = "Resources:\n  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: taken}}\n"
    with pytest.raises(DeployError):
        account.stacks.deploy(bad)
    with pytest.raises(DeployError, match="is in ROLLBACK_COMPLETE state and can not be updated") as caught:
        account.stacks.deploy(BUCKETS)
    assert caught.value.next_step == "Delete the stack first: cloud.stacks.delete('app')."
    account.stacks.delete("app")
    assert account.stacks.deploy(BUCKETS).status == "CREATE_COMPLETE"


def test_an_update_changes_what_differs_and_nothing_else(account: Any) -> None:
    stack = account.stacks.deploy(BUCKETS)
    bucket, begun = stack.outputs["Bucket"], len(stack.events)
    assert account.stacks.deploy(BUCKETS, parameters={"Versions": "Enabled"}) is stack
    assert history(stack, begun) == [
        ("app", "UPDATE_IN_PROGRESS"),
        ("One", "UPDATE_IN_PROGRESS"),
        ("One", "UPDATE_COMPLETE"),
        ("app", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("app", "UPDATE_COMPLETE"),
    ]
    assert stack.outputs["Bucket"] == bucket
    assert account.client("s3").get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"


def test_no_change_is_no_update(account: Any) -> None:
    stack = account.stacks.deploy(BUCKETS)
    begun = len(stack.events)
    assert account.stacks.deploy(BUCKETS) is stack
    assert len(stack.events) == begun
    with pytest.raises(ClientError, match="No updates are to be performed"):
        account.client("cloudformation").update_stack(StackName="app", TemplateBody=BUCKETS)


def test_a_property_that_demands_it_makes_a_new_resource_before_the_old_one_goes(account: Any) -> None:
    text = "Resources:\n  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: %s}}\n"
    stack = account.stacks.deploy(text % "first")
    begun = len(stack.events)
    account.stacks.deploy(text % "second")
    assert history(stack, begun) == [
        ("app", "UPDATE_IN_PROGRESS"),
        ("Q", "UPDATE_IN_PROGRESS"),
        ("Q", "CREATE_IN_PROGRESS"),
        ("Q", "CREATE_IN_PROGRESS"),
        ("Q", "CREATE_COMPLETE"),
        ("app", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("Q", "DELETE_IN_PROGRESS"),
        ("Q", "DELETE_COMPLETE"),
        ("app", "UPDATE_COMPLETE"),
    ]
    assert [url.rsplit("/")[-1] for url in account.client("sqs").list_queues()["QueueUrls"]] == ["second"]
    assert stack.resources["Q"].status == "CREATE_COMPLETE"


def test_a_failed_update_goes_back_to_what_was(account: Any) -> None:
    account.client("sqs").create_queue(QueueName="taken")
    before = "Resources:\n  A: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 1}}\n  Old: {Type: AWS::S3::Bucket}\n"
    after = (
        "Resources:\n  A: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 2}}\n"
        "  New: {Type: AWS::S3::Bucket}\n"
        "  Bad: {Type: AWS::SQS::Queue, DependsOn: [A, New], Properties: {QueueName: taken}}\n"
    )
    stack = account.stacks.deploy(before)
    resources, begun = dict(stack.resources), len(stack.events)
    with pytest.raises(DeployError) as caught:
        account.stacks.deploy(after)
    assert (caught.value.logical_id, caught.value.line) == ("Bad", 4)
    assert history(stack, begun) == [
        ("app", "UPDATE_IN_PROGRESS"),
        ("A", "UPDATE_IN_PROGRESS"),
        ("A", "UPDATE_COMPLETE"),
        ("New", "CREATE_IN_PROGRESS"),
        ("New", "CREATE_IN_PROGRESS"),
        ("New", "CREATE_COMPLETE"),
        ("Bad", "CREATE_IN_PROGRESS"),
        ("Bad", "CREATE_FAILED"),
        ("app", "UPDATE_ROLLBACK_IN_PROGRESS"),
        ("A", "UPDATE_IN_PROGRESS"),
        ("A", "UPDATE_COMPLETE"),
        ("app", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("New", "DELETE_IN_PROGRESS"),
        ("New", "DELETE_COMPLETE"),
        ("app", "UPDATE_ROLLBACK_COMPLETE"),
    ]
    assert stack.resources == resources
    url = stack.resources["A"].physical_id
    answer = account.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])
    assert answer["Attributes"] == {"DelaySeconds": "1"}
    assert stack.template is not None and stack.template.text == before
    assert account.stacks.deploy(after.replace("QueueName: taken", "QueueName: free")).status == "UPDATE_COMPLETE"


def test_a_bucket_that_is_not_empty_blocks_deletion(account: Any) -> None:
    stack = account.stacks.deploy(BUCKETS)
    account.client("s3").put_object(Bucket=stack.outputs["Bucket"], Key="k", Body=b"x")
    with pytest.raises(DeployError) as caught:
        stack.delete()
    assert caught.value.reason == "The bucket you tried to delete is not empty"
    assert (stack.status, stack.reason) == (
        "DELETE_FAILED",
        "The following resource(s) failed to delete: [One].",
    )
    assert list(stack.resources) == ["One"]
    account.client("s3").delete_object(Bucket=stack.outputs["Bucket"], Key="k")
    stack.delete()
    assert stack.status == "DELETE_COMPLETE"
    assert account.stacks.find("app") is None
    assert account.stacks.find(stack.id) is stack


def test_what_is_retained_survives_its_stack(account: Any) -> None:
    stack = account.stacks.deploy("Resources:\n  B: {Type: AWS::S3::Bucket, DeletionPolicy: Retain}\n")
    name = stack.resources["B"].physical_id
    stack.delete()
    assert history(stack)[-2:] == [("B", "DELETE_SKIPPED"), ("app", "DELETE_COMPLETE")]
    assert [bucket["Name"] for bucket in account.client("s3").list_buckets()["Buckets"]] == [name]


def test_names_collide_with_other_stacks_in_awss_words(account: Any) -> None:
    text = "Resources:\n  B: {Type: AWS::S3::Bucket, Properties: {BucketName: photos}}\n"
    first = account.stacks.deploy(text, name="one")
    with pytest.raises(DeployError) as caught:
        account.stacks.deploy(text, name="two")
    assert caught.value.reason == f"photos already exists in stack {first.id}"


def test_exports_are_imported_and_protected_while_in_use(account: Any) -> None:
    exporter = account.stacks.deploy(BUCKETS, name="base")
    text = "Resources:\n  T: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: !ImportValue base-queue}}\n"
    importer = account.stacks.deploy(text, name="user")
    assert importer.resources["T"].attributes["Value"] == exporter.outputs["QueueArn"]
    assert account.stacks.importers("base-queue") == ["user"]
    with pytest.raises(DeployError):
        exporter.delete()
    assert exporter.reason == "Export base-queue cannot be deleted as it is in use by user"
    importer.delete()
    exporter.delete()
    assert account.stacks.exports() == {}


def test_an_import_of_nothing_is_named(account: Any) -> None:
    text = "Resources:\n  T: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: !ImportValue nope}}\n"
    with pytest.raises(DeployError) as caught:
        account.stacks.deploy(text)
    assert caught.value.reason == "No export named nope found."


def test_a_second_operation_on_a_stack_is_refused_not_queued(account: Any) -> None:
    stack = account.stacks.deploy(BUCKETS)
    stack.lock.acquire()
    refusals: list[str] = []

    def other() -> None:
        try:
            account.stacks.deploy(BUCKETS, parameters={"Versions": "Enabled"})
        except DeployError as error:
            refusals.append(error.what)

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert refusals == [f"Stack:{stack.id} is in CREATE_COMPLETE state and can not be updated."]


def test_a_stack_needs_a_proper_name(account: Any) -> None:
    with pytest.raises(DeployError, match="failed to satisfy constraint: Member must satisfy regular expression"):
        account.stacks.deploy(BUCKETS, name="my_app")


def test_properties_of_the_wrong_kind_are_said_with_the_resources_name(account: Any) -> None:
    with pytest.raises(DeployError) as caught:
        account.stacks.deploy("Resources:\n  L: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: never}}\n")
    assert str(caught.value.reason).startswith("Properties validation failed for resource L with message: ")


def test_stack_tags_reach_the_resources(account: Any) -> None:
    stack = account.stacks.deploy(BUCKETS, tags={"team": "blue"})
    tags = account.client("s3").get_bucket_tagging(Bucket=stack.outputs["Bucket"])["TagSet"]
    assert tags == [{"Key": "team", "Value": "blue"}]


@pytest.mark.parametrize(
    "resource",
    [
        "{Type: AWS::IAM::User, Properties: {Policies: [3]}}",
        "{Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {}, Policies: {a: b}}}",
        "{Type: AWS::SQS::Queue, Properties: {Tags: 3}}",
        "{Type: AWS::SQS::QueuePolicy, Properties: {Queues: {a: b}, PolicyDocument: 3}}",
        "{Type: AWS::S3::Bucket, Properties: {VersioningConfiguration: on}}",
        "{Type: AWS::ApiGateway::RestApi, Properties: {Name: x, EndpointConfiguration: x}}",
        "{Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: 's3://templates/t', Parameters: [1]}}",
        "{Type: AWS::DynamoDB::Table, Properties: {KeySchema: x, AttributeDefinitions: 3}}",
        "{Type: AWS::Lambda::Alias, Properties: {FunctionName: f, Name: n, FunctionVersion: '1', RoutingConfig: [x]}}",
    ],
)
def test_a_property_of_the_wrong_shape_fails_its_resource_and_nothing_else(account: Any, resource: str) -> None:
    s3 = account.client("s3")
    s3.create_bucket(Bucket="templates")
    s3.put_object(Bucket="templates", Key="t", Body=b"Resources: {B: {Type: AWS::S3::Bucket}}")
    with pytest.raises(DeployError) as caught:
        account.stacks.deploy(f"Resources:\n  X: {resource}\n")
    assert (caught.value.logical_id, account.stacks.get("app").status) == ("X", "ROLLBACK_COMPLETE")
