"""Parameter Store and Secrets Manager with their keys, and how templates take values from them.

Facts: Systems Manager User Guide, *How Parameter Store uses KMS*; Secrets Manager User Guide, *Secret encryption*;
CloudFormation User Guide, *Dynamic references* and *SSM parameter types*.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from grader.cloud import Cloud, DeployError

FUNCTION = {"Runtime": "python3.13", "Handler": "index.handler", "InlineCode": "def handler(event, context): pass"}


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud() as cloud:
        yield cloud


def client(cloud: Cloud, service: str, *actions: str, resource: str = "*") -> Any:
    allow = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    held = cloud.identity.policy_credentials([{"Version": "2012-10-17", "Statement": [allow]}])
    return boto3.client(
        service, aws_access_key_id=held.access_key_id, aws_secret_access_key=held.secret_access_key,
        aws_session_token=held.session_token, region_name="us-east-1",
    )  # fmt: skip


def refused(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        call(**arguments)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def test_a_secure_string_is_ciphertext_until_it_is_decrypted(cloud: Cloud) -> None:
    ssm = cloud.client("ssm")
    ssm.put_parameter(Name="/app/token", Value="s3cret", Type="SecureString")

    assert "s3cret" not in ssm.get_parameter(Name="/app/token")["Parameter"]["Value"]
    assert ssm.get_parameter(Name="/app/token", WithDecryption=True)["Parameter"]["Value"] == "s3cret"
    listed = ssm.get_parameters_by_path(Path="/app", WithDecryption=True)["Parameters"]
    assert [(each["Name"], each["Value"]) for each in listed] == [("/app/token", "s3cret")]


def test_the_aws_managed_key_lets_the_account_in_and_an_own_key_asks(cloud: Cloud) -> None:
    ssm, key = cloud.client("ssm"), cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
    ssm.put_parameter(Name="/managed", Value="a", Type="SecureString")
    ssm.put_parameter(Name="/own", Value="b", Type="SecureString", KeyId=key)
    reader = client(cloud, "ssm", "ssm:GetParameter")
    both = client(cloud, "ssm", "ssm:GetParameter", "kms:Decrypt")

    assert reader.get_parameter(Name="/managed", WithDecryption=True)["Parameter"]["Value"] == "a"
    code, words = refused(reader.get_parameter, Name="/own", WithDecryption=True)
    assert (code, f"kms:Decrypt on resource: {key}" in words) == ("AccessDeniedException", True)
    assert both.get_parameter(Name="/own", WithDecryption=True)["Parameter"]["Value"] == "b"


def test_a_parameter_is_one_resource_with_or_without_its_slash(cloud: Cloud) -> None:
    cloud.client("ssm").put_parameter(Name="/app/token", Value="x", Type="String")
    arn = "arn:aws:ssm:us-east-1:123456789012:parameter/app/token"
    reader = client(cloud, "ssm", "ssm:GetParameter", "ssm:GetParameters", resource=arn)

    assert reader.get_parameter(Name="/app/token")["Parameter"]["Version"] == 1
    assert reader.get_parameters(Names=["/app/token"])["Parameters"][0]["Value"] == "x"
    assert refused(reader.get_parameter, Name="/app/other")[0] == "AccessDeniedException"
    assert refused(reader.get_parameters_by_path, Path="/app")[0] == "AccessDeniedException"


def test_a_secret_is_meant_by_name_and_judged_by_arn(cloud: Cloud) -> None:
    manager = cloud.client("secretsmanager")
    arn = manager.create_secret(Name="db", SecretString="s3cret")["ARN"]
    reader = client(cloud, "secretsmanager", "secretsmanager:GetSecretValue", resource=arn)
    guessing = client(cloud, "secretsmanager", "secretsmanager:GetSecretValue", resource=arn[:-6] + "??????")

    assert reader.get_secret_value(SecretId="db")["SecretString"] == "s3cret"
    assert guessing.get_secret_value(SecretId=arn)["SecretString"] == "s3cret"
    manager.create_secret(Name="other", SecretString="x")
    assert refused(reader.get_secret_value, SecretId="other")[0] == "AccessDeniedException"


def test_a_secret_with_a_key_of_ones_own_asks_for_the_key(cloud: Cloud) -> None:
    key = cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
    cloud.client("secretsmanager").create_secret(Name="db", SecretString="x", KmsKeyId=key)
    get = "secretsmanager:GetSecretValue"

    assert "kms:Decrypt" in refused(client(cloud, "secretsmanager", get).get_secret_value, SecretId="db")[1]
    client(cloud, "secretsmanager", get, "kms:Decrypt").get_secret_value(SecretId="db")


def test_a_key_is_judged_by_its_arn_whatever_it_is_called(cloud: Cloud) -> None:
    kms = cloud.client("kms")
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/mine", TargetKeyId=arn)
    mine = client(cloud, "kms", "kms:Encrypt", resource=arn)

    for name in (arn, arn.rpartition("/")[2], "alias/mine"):
        mine.encrypt(KeyId=name, Plaintext=b"x")
    kms.disable_key(KeyId=arn)
    assert refused(mine.encrypt, KeyId="alias/mine", Plaintext=b"x")[0] == "DisabledException"


# --- templates ------------------------------------------------------------------------------------------------------


def function(**variables: Any) -> dict[str, Any]:
    properties = {**FUNCTION, "Environment": {"Variables": variables}}
    return {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {"F": {"Type": "AWS::Serverless::Function", "Properties": properties}},
    }


def variables(cloud: Cloud) -> dict[str, str]:
    name = cloud._names.physical("F")
    configuration = cloud.client("lambda").get_function_configuration(FunctionName=name)
    return dict(configuration["Environment"]["Variables"])


def test_a_template_takes_parameters_from_the_store(cloud: Cloud) -> None:
    ssm = cloud.client("ssm")
    ssm.put_parameter(Name="/size", Value="1", Type="String")
    ssm.put_parameter(Name="/size", Value="2", Type="String", Overwrite=True)

    cloud.deploy(function(LATEST="{{resolve:ssm:/size}}", FIRST="x{{resolve:ssm:/size:1}}y"))

    assert variables(cloud) == {"LATEST": "2", "FIRST": "x1y"}
    ssm.put_parameter(Name="/size", Value="3", Type="String", Overwrite=True)
    assert variables(cloud)["LATEST"] == "2"
    cloud.deploy(function(LATEST="{{resolve:ssm:/size}}", FIRST="x{{resolve:ssm:/size:1}}y"))
    assert variables(cloud)["LATEST"] == "3"


def test_a_template_takes_values_from_a_secret_and_does_not_show_them(cloud: Cloud) -> None:
    arn = cloud.client("secretsmanager").create_secret(Name="db", SecretString='{"user": "ann", "port": 1}')["ARN"]
    stack = cloud.deploy(
        function(
            USER="{{resolve:secretsmanager:db:SecretString:user}}",
            PORT="{{resolve:secretsmanager:" + arn + ":SecretString:port::}}",
            ALL="{{resolve:secretsmanager:db}}",
        )
    )

    assert variables(cloud) == {"USER": "ann", "PORT": "1", "ALL": '{"user": "ann", "port": 1}'}
    assert "ann" not in str(stack.resources["F"].properties)


def test_a_rotated_secret_alone_changes_no_stack(cloud: Cloud) -> None:
    template = function(ALL="{{resolve:secretsmanager:db}}")
    cloud.client("secretsmanager").create_secret(Name="db", SecretString="one")
    cloud.deploy(template)
    cloud.client("secretsmanager").put_secret_value(SecretId="db", SecretString="two")

    cloud.deploy(template)
    assert variables(cloud) == {"ALL": "one"}
    cloud.deploy(function(ALL="{{resolve:secretsmanager:db}}", MORE="now it is touched"))
    assert variables(cloud)["ALL"] == "two"


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("{{resolve:ssm:/none}}", r"Unable to fetch parameters \[/none\] from parameter store for this account"),
        ("{{resolve:ssm:/secure}}", "SecureString"),
        ("{{resolve:ssm-secure:/secure}}", r"SSM Secure reference is not supported in: \[AWS::Lambda::Function/Prop"),
        ("{{resolve:secretsmanager:none}}", "can't find the specified secret"),
        ("{{resolve:secretsmanager:db:SecretString:none}}", "Could not find a value associated with JSONKey"),
    ],
)
def test_a_reference_that_leads_nowhere_stops_the_stack(cloud: Cloud, reference: str, words: str) -> None:
    cloud.client("ssm").put_parameter(Name="/secure", Value="x", Type="SecureString")
    cloud.client("secretsmanager").create_secret(Name="db", SecretString="{}")

    with pytest.raises(DeployError, match=words):
        cloud.deploy(function(FOUND=reference))


def test_a_parameter_of_the_template_may_name_one_of_the_store(cloud: Cloud) -> None:
    cloud.client("ssm").put_parameter(Name="/names", Value="ann,bob", Type="StringList")
    template = {
        **function(ALL={"Fn::Join": ["+", {"Ref": "Names"}]}),
        "Parameters": {"Names": {"Type": "AWS::SSM::Parameter::Value<List<String>>", "Default": "/names"}},
    }
    cloud.deploy(template)

    assert variables(cloud) == {"ALL": "ann+bob"}
    with pytest.raises(DeployError, match=r"Unable to fetch parameters \[/none\]"):
        cloud.deploy(template, name="second", parameters={"Names": "/none"})


def test_templates_make_keys_aliases_and_secrets(cloud: Cloud) -> None:
    generated = {"SecretStringTemplate": '{"user": "ann"}', "GenerateStringKey": "password", "PasswordLength": 20,
                 "ExcludePunctuation": True}  # fmt: skip
    template = {
        "Resources": {
            "Key": {"Type": "AWS::KMS::Key", "Properties": {"Description": "ours", "EnableKeyRotation": True}},
            "Alias": {
                "Type": "AWS::KMS::Alias",
                "Properties": {"AliasName": "alias/ours", "TargetKeyId": {"Fn::GetAtt": ["Key", "Arn"]}},
            },
            "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"GenerateSecretString": generated}},
            "Plain": {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "plain", "SecretString": "x"}},
            "Bucket": {
                "Type": "AWS::S3::Bucket",
                "Properties": {
                    "BucketEncryption": {
                        "ServerSideEncryptionConfiguration": [
                            {
                                "BucketKeyEnabled": True,
                                "ServerSideEncryptionByDefault": {
                                    "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": {"Ref": "Key"},
                                },
                            }
                        ]
                    }
                },
            },
        }
    }  # fmt: skip
    stack = cloud.deploy(template)
    manager = cloud.client("secretsmanager")

    made = json.loads(manager.get_secret_value(SecretId=stack.resources["Secret"].physical_id)["SecretString"])
    assert (made["user"], len(made["password"]), made["password"].isalnum()) == ("ann", 20, True)
    key = cloud.client("kms").describe_key(KeyId="alias/ours")["KeyMetadata"]
    assert (key["KeyId"], key["Description"]) == (stack.resources["Key"].physical_id, "ours")
    bucket = stack.resources["Bucket"].physical_id
    cloud.client("s3").put_object(Bucket=bucket, Key="k", Body=b"x")
    assert cloud.client("s3").head_object(Bucket=bucket, Key="k")["SSEKMSKeyId"] == key["Arn"]

    cloud.client("s3").delete_object(Bucket=bucket, Key="k")
    cloud.stacks.delete("app")
    assert cloud.client("kms").describe_key(KeyId=key["Arn"])["KeyMetadata"]["KeyState"] == "PendingDeletion"
    assert refused(manager.get_secret_value, SecretId="plain")[0] == "ResourceNotFoundException"


def test_rotation_by_a_function_is_refused_by_name(cloud: Cloud) -> None:
    secrets = cloud.client("secretsmanager")
    secrets.create_secret(Name="token", SecretString="x")

    code, words = refused(
        secrets.rotate_secret, SecretId="token", RotationLambdaARN="arn:aws:lambda:us-east-1:1:function:r"
    )
    assert (code, "RotateSecret" in words) == ("NotSupported", True)
