"""The repository of applications: published, found, shared, nested, deployed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from grader.cloud import Cloud
from grader.cloud.applications import Applications
from grader.cloud.stacks import DeployError

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Parameters:
  Delay: {Type: Number, Default: 1, Description: seconds}
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: !Ref Delay}}
Outputs:
  Url: {Value: !Ref Queue}
"""
ABOUT = {
    "Name": "waiting-line",
    "Author": "Ada",
    "Description": "A queue.",
    "Labels": ["queue"],
    "SpdxLicenseId": "MIT",
}
ARN = "arn:aws:serverlessrepo:us-east-1:123456789012:applications/waiting-line"
OUTER = f"""\
Transform: AWS::Serverless-2016-10-31
Resources:
  Line:
    Type: AWS::Serverless::Application
    Properties:
      Location: {{ApplicationId: '{ARN}', SemanticVersion: 1.0.0}}
      Parameters: {{Delay: 7}}
Outputs:
  Url: {{Value: !GetAtt Line.Outputs.Url}}
"""


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud() as made:
        yield made


@pytest.fixture
def repository(cloud: Cloud) -> Any:
    return cloud.client("serverlessrepo")


def publish(repository: Any, version: str = "1.0.0", **more: Any) -> Any:
    return repository.create_application(**{**ABOUT, "SemanticVersion": version, "TemplateBody": TEMPLATE, **more})


def refused(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_an_application_is_published_found_and_described(repository: Any) -> None:
    made = publish(repository, LicenseBody="MIT", ReadmeBody="# Waiting line")
    assert (made["ApplicationId"], made["Version"]["SemanticVersion"]) == (ARN, "1.0.0")
    found = repository.get_application(ApplicationId=ARN)
    assert (found["Name"], found["Author"], found["Labels"]) == ("waiting-line", "Ada", ["queue"])
    assert found["LicenseUrl"].endswith("LicenseUrl") and "LicenseBody" not in found
    [parameter] = found["Version"]["ParameterDefinitions"]
    assert (parameter["Name"], parameter["DefaultValue"], parameter["Description"]) == ("Delay", "1", "seconds")
    assert [one["Name"] for one in repository.list_applications()["Applications"]] == ["waiting-line"]


def test_versions_are_added_ordered_and_never_changed(repository: Any) -> None:
    publish(repository, "1.9.0")
    for version in ("1.10.0-beta.2", "1.10.0-beta.11", "1.2.0"):
        repository.create_application_version(ApplicationId=ARN, SemanticVersion=version, TemplateBody=TEMPLATE)
    assert repository.get_application(ApplicationId=ARN)["Version"]["SemanticVersion"] == "1.10.0-beta.11"
    repository.create_application_version(ApplicationId=ARN, SemanticVersion="1.10.0", TemplateBody=TEMPLATE)
    assert repository.get_application(ApplicationId=ARN)["Version"]["SemanticVersion"] == "1.10.0"
    versions = repository.list_application_versions(ApplicationId=ARN)["Versions"]
    assert [one["SemanticVersion"] for one in versions][:2] == ["1.9.0", "1.10.0-beta.2"]
    again = {"ApplicationId": ARN, "SemanticVersion": "1.9.0", "TemplateBody": TEMPLATE}
    assert refused(repository.create_application_version, **again)[0] == "ConflictException"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"SemanticVersion": "1.0"}, "Invalid semantic version: 1.0"),
        ({"SemanticVersion": "v1.0.0"}, "Invalid semantic version: v1.0.0"),
        ({"SemanticVersion": "01.0.0"}, "Invalid semantic version: 01.0.0"),
        ({"Name": "waiting line"}, "Invalid application name"),
        ({"Description": "x" * 257}, "Description must have from 1 to 256 characters"),
        ({"Labels": ["no spaces"]}, "at most 10 labels"),
        ({"TemplateBody": "Resources: []"}, "The AWS SAM template is invalid"),
        (
            {"TemplateBody": TEMPLATE.replace("  Queue:", "  F: {Type: 'AWS::Serverless::Function', Properties: "
             "{CodeUri: src, Handler: a.b, Runtime: python3.13}}\n  Queue:")},
            "Invalid S3 URI in F.CodeUri: src",
        ),
    ],
)  # fmt: skip
def test_what_may_not_be_published_is_refused(repository: Any, given: dict[str, Any], words: str) -> None:
    code, message = (
        refused(publish, repository=repository, **given)
        if "Name" in given
        else refused(
            lambda **more: publish(repository, **more), **{"version": given.pop("SemanticVersion", "1.0.0"), **given}
        )
    )
    assert code == "BadRequestException" and words in message


def test_the_repository_must_be_let_at_the_code(cloud: Cloud, repository: Any) -> None:
    cloud.client("s3").create_bucket(Bucket="code")
    layer = "  L: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: 's3://code/layer.zip'}}\nOutputs:"
    template = TEMPLATE.replace("Outputs:", layer)
    code, message = refused(lambda **more: publish(repository, **more), TemplateBody=template)
    assert code == "BadRequestException"
    assert "does not have read access to bucket 'code', key 'layer.zip'" in message
    policy = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": '
        '"arn:aws:s3:::code/*", "Principal": {"Service": "serverlessrepo.amazonaws.com"}}]}'
    )
    cloud.client("s3").put_bucket_policy(Bucket="code", Policy=policy)
    assert publish(repository, TemplateBody=template)["Version"]["SemanticVersion"] == "1.0.0"


def test_a_published_application_is_nested_by_its_id_and_version(cloud: Cloud, repository: Any) -> None:
    publish(repository)
    stack = cloud.deploy(OUTER)
    answer = cloud.client("sqs").get_queue_attributes(QueueUrl=stack.outputs["Url"], AttributeNames=["DelaySeconds"])
    assert answer["Attributes"] == {"DelaySeconds": "7"}
    inner = cloud.stacks.get(stack.resources["Line"].physical_id)
    assert inner.tags["serverlessrepo:applicationId"] == ARN


def test_an_unknown_application_or_version_is_named_with_its_line(cloud: Cloud, repository: Any) -> None:
    with pytest.raises(DeployError, match="applications/waiting-line does not exist") as caught:
        cloud.deploy(OUTER)
    assert (caught.value.logical_id, caught.value.line) == ("Line", 3)
    publish(repository, "2.0.0")
    with pytest.raises(DeployError, match=r"Application version 1\.0\.0 of .* does not exist"):
        cloud.deploy(OUTER)


def test_a_nested_application_needs_auto_expand(cloud: Cloud, repository: Any) -> None:
    publish(repository)
    with pytest.raises(DeployError, match=r"Requires capabilities : \[CAPABILITY_AUTO_EXPAND\]") as caught:
        cloud.deploy(OUTER, capabilities=["CAPABILITY_IAM"])
    assert caught.value.where == "template line 3, Line"


def test_an_application_is_deployed_by_a_change_set_with_its_capabilities(cloud: Cloud, repository: Any) -> None:
    policy = (
        "  P:\n    Type: AWS::SQS::QueuePolicy\n    Properties:\n      Queues: [!Ref Queue]\n      PolicyDocument: {}\n"
    )
    made = publish(repository, TemplateBody=TEMPLATE.replace("Outputs:", policy + "Outputs:"))
    assert made["Version"]["RequiredCapabilities"] == ["CAPABILITY_RESOURCE_POLICY"]
    asked = {"ApplicationId": ARN, "StackName": "line", "ParameterOverrides": [{"Name": "Delay", "Value": "5"}]}
    assert refused(repository.create_cloud_formation_change_set, **asked) == (
        "BadRequestException",
        "Requires capabilities : [CAPABILITY_RESOURCE_POLICY]",
    )
    done = repository.create_cloud_formation_change_set(**asked, Capabilities=["CAPABILITY_RESOURCE_POLICY"])
    cloud.client("cloudformation").execute_change_set(ChangeSetName=done["ChangeSetId"])
    assert cloud.stacks.get("serverlessrepo-line").parameters == {"Delay": "5"}


def test_templates_sharing_changes_and_the_end(repository: Any) -> None:
    publish(repository)
    made = repository.create_cloud_formation_template(ApplicationId=ARN)
    found = repository.get_cloud_formation_template(ApplicationId=ARN, TemplateId=made["TemplateId"])
    assert (found["Status"], found["TemplateUrl"]) == ("ACTIVE", made["TemplateUrl"])
    everybody = [{"Actions": ["Deploy"], "Principals": ["*"]}]
    shared = {"ApplicationId": ARN, "Statements": everybody}
    assert (
        refused(repository.put_application_policy, **shared)[1] == "To make an application public, it needs a license."
    )
    friend = [{"Actions": ["Deploy"], "Principals": ["111122223333"], "StatementId": "friend"}]
    repository.put_application_policy(ApplicationId=ARN, Statements=friend)
    assert repository.get_application_policy(ApplicationId=ARN)["Statements"] == friend
    repository.update_application(ApplicationId=ARN, Description="Two queues.", ReadmeBody="# More")
    assert repository.get_application(ApplicationId=ARN)["Description"] == "Two queues."
    repository.delete_application(ApplicationId=ARN)
    assert refused(repository.get_application, ApplicationId=ARN)[0] == "NotFoundException"


def test_a_folder_keeps_what_was_published(cloud: Cloud, tmp_path: Path) -> None:
    cloud.applications.keep_in(tmp_path)
    publish(cloud.client("serverlessrepo"))
    assert sorted(path.name for path in (tmp_path / "waiting-line").iterdir()) == ["1.0.0.yaml", "application.json"]
    with Cloud() as another:
        another.applications.keep_in(tmp_path)
        assert isinstance(another.applications, Applications)
        assert another.deploy(OUTER).status == "CREATE_COMPLETE"


def test_a_project_is_published_by_its_metadata(cloud: Cloud, tmp_path: Path) -> None:
    metadata = (
        "Metadata:\n  AWS::ServerlessRepo::Application: {Name: waiting-line, Author: Ada, Description: A queue., "
        "SemanticVersion: 1.0.0, LicenseUrl: LICENSE}\n"
    )
    (tmp_path / "LICENSE").write_text("MIT")
    (tmp_path / "template.yaml").write_text(metadata + TEMPLATE)
    assert cloud.applications.publish(tmp_path / "template.yaml").semantic_version == "1.0.0"
    (tmp_path / "template.yaml").write_text(metadata.replace("1.0.0", "1.0.1") + TEMPLATE)
    assert cloud.applications.publish(tmp_path / "template.yaml").semantic_version == "1.0.1"
    assert cloud.applications.get(ARN).about["LicenseBody"] == "MIT"
    assert cloud.deploy(OUTER).outputs["Url"].startswith("https://sqs.")
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    with pytest.raises(DeployError, match="AWS::ServerlessRepo::Application is required"):
        cloud.applications.publish(tmp_path / "template.yaml")
