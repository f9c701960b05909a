"""What goes the short way leaves the same behind as what goes the long way."""

import json
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from grader.cloud import Cloud
from grader.cloud.direct_calls import DirectCalls
from grader.cloud.stacks.errors import ResourceFailure

TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]})  # fmt: skip  # noqa: E501
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def tools_of(cloud, short):
    tools = cloud.stacks.tools
    return tools if short else replace(tools, direct=DirectCalls(cloud.door, cloud.ids))


def role_made(short):
    with Cloud() as cloud:
        tools, iam = tools_of(cloud, short), cloud.client("iam")
        made = tools.call(
            "iam", "CreateRole", RoleName="reader", AssumeRolePolicyDocument=TRUST, Description="reads",
            Tags=[{"Key": "team", "Value": "a"}], MaxSessionDuration="7200",
        )["Role"]  # fmt: skip
        tools.call("iam", "AttachRolePolicy", RoleName="reader", PolicyArn=BASIC)
        tools.call("iam", "PutRolePolicy", RoleName="reader", PolicyName="files", PolicyDocument=POLICY)
        found = [
            iam.get_role(RoleName="reader")["Role"],
            iam.list_attached_role_policies(RoleName="reader")["AttachedPolicies"],
            iam.get_role_policy(RoleName="reader", PolicyName="files")["PolicyDocument"],
            iam.get_policy(PolicyArn=BASIC)["Policy"]["AttachmentCount"],
        ]
        assert (made["Arn"], made["RoleId"]) == (found[0]["Arn"], found[0]["RoleId"])
        return found


def test_a_role_is_the_same_by_both_ways():
    assert role_made(short=True) == role_made(short=False)


@pytest.mark.parametrize("short", [True, False])
def test_what_is_refused_is_refused_in_the_same_words(short):
    with Cloud() as cloud:
        tools = tools_of(cloud, short)
        tools.call("iam", "CreateRole", RoleName="reader", AssumeRolePolicyDocument=TRUST)
        with pytest.raises(ClientError, match=r"EntityAlreadyExists.*Role with name reader already exists"):
            tools.call("iam", "CreateRole", RoleName="reader", AssumeRolePolicyDocument=TRUST)
        with pytest.raises(ClientError, match="Policy arn:aws:iam::aws:policy/Nothing does not exist"):
            tools.call("iam", "AttachRolePolicy", RoleName="reader", PolicyArn="arn:aws:iam::aws:policy/Nothing")
        with pytest.raises(ClientError, match="MalformedPolicyDocument"):
            tools.call("iam", "PutRolePolicy", RoleName="reader", PolicyName="p", PolicyDocument="{}")
        with pytest.raises(ResourceFailure, match="Properties validation failed"):
            tools.call("iam", "PutRolePolicy", RoleName="reader", PolicyName="", PolicyDocument=POLICY)


def bucket_made(direct):
    with Cloud() as cloud:
        tools = cloud.stacks.tools if direct else replace(cloud.stacks.tools, direct=None)
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket="before")
        s3.put_bucket_tagging(
            Bucket="before", Tagging={"TagSet": []}
        )  # botocore cuts the bucket out of its model's path
        rules = [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "MaxAgeSeconds": "60"}]
        days = [{"ID": "old\nones", "Status": "Enabled", "Filter": {"Prefix": "a\r"}, "Expiration": {"Days": "3"}}]
        tools.call("s3", "CreateBucket", Bucket="pictures")
        tools.call("s3", "PutBucketTagging", Bucket="pictures", Tagging={"TagSet": [{"Key": "team", "Value": "ä"}]})
        tools.call("s3", "PutBucketCors", Bucket="pictures", CORSConfiguration={"CORSRules": rules})
        tools.call(
            "s3", "PutBucketLifecycleConfiguration", Bucket="pictures", LifecycleConfiguration={"Rules": days}
        )  # fmt: skip
        found = [
            s3.get_bucket_tagging(Bucket="pictures")["TagSet"],
            s3.get_bucket_cors(Bucket="pictures")["CORSRules"],
            s3.get_bucket_lifecycle_configuration(Bucket="pictures")["Rules"],
            s3.list_objects_v2(Bucket="pictures")["KeyCount"],
        ]
        with pytest.raises(ClientError, match=r"404.*HeadBucket"):
            tools.call("s3", "HeadBucket", Bucket="nobodys")
        with pytest.raises(ClientError, match=r"NoSuchBucket.*DeleteBucketCors"):
            tools.call("s3", "DeleteBucketCors", Bucket="nobodys")
        with pytest.raises(ResourceFailure, match="Invalid bucket name"):
            tools.call("s3", "CreateBucket", Bucket="no bucket")
        return found


def test_a_bucket_is_the_same_by_both_ways():
    assert bucket_made(direct=True) == bucket_made(direct=False)
