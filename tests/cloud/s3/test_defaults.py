"""A bucket of today: private whatever its policy says, without ACLs, encrypted. Facts: S3 User Guide, *Blocking public
access*, *Controlling ownership of objects*, *Access denied message examples*."""

from __future__ import annotations

import json

import pytest

from .conftest import BUCKET, Shop, refused, said, statement

DEVELOPER = "User: arn:aws:iam::123456789012:user/developer is not authorized to perform: "
ALL_ON = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)


def test_a_new_bucket_has_all_of_todays_defaults(shop: Shop) -> None:
    s3 = shop.s3

    assert s3.get_public_access_block(Bucket="pics")["PublicAccessBlockConfiguration"] == ALL_ON
    owned = s3.get_bucket_ownership_controls(Bucket="pics")["OwnershipControls"]["Rules"]
    assert owned == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    rules = s3.get_bucket_encryption(Bucket="pics")["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules == [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]


@pytest.mark.parametrize("name", ["Pics", "my_pics", "-pics", "pics-"])
def test_a_bucket_of_another_name_than_s3_allows_is_refused(shop: Shop, name: str) -> None:
    code, _ = refused(lambda: shop.s3.create_bucket(Bucket=name))

    assert code == "InvalidBucketName"


def test_making_a_bucket_again_does_not_lock_it_up_again(shop: Shop) -> None:
    shop.open()

    shop.s3.create_bucket(Bucket="pics")

    shop.s3.put_object(Bucket="pics", Key="k", Body=b"hello")
    assert shop.fetch("GET", "k").body == "hello"


def test_a_public_policy_is_refused_by_name_of_the_setting(shop: Shop) -> None:
    code, words = refused(lambda: shop.policy(statement()))

    assert code == "AccessDenied"
    assert words == (
        f'{DEVELOPER}s3:PutBucketPolicy on resource: "{BUCKET}" because public policies are prevented by the '
        "BlockPublicPolicy setting in S3 Block Public Access."
    )


@pytest.mark.parametrize(
    ("changes", "public"),
    [
        ({}, True),
        ({"principal": {"AWS": "*"}}, True),
        ({"principal": {"AWS": ["*"]}}, True),
        ({"principal": {"AWS": "arn:aws:iam::123456789012:root"}}, False),
        ({"principal": {"Service": "cloudfront.amazonaws.com"}}, False),
        ({"effect": "Deny"}, False),
        ({"Condition": {"StringEquals": {"aws:SourceVpc": "vpc-91237329"}}}, False),
        ({"Condition": {"StringLike": {"aws:SourceVpc": "vpc-*"}}}, True),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "54.240.143.0/24"}}}, False),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}}, True),
        ({"Condition": {"NotIpAddress": {"aws:SourceIp": "54.240.143.0/24"}}}, True),
        ({"Condition": {"StringEquals": {"aws:Referer": "https://example.com"}}}, True),
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, True),
        ({"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-xxxxxxxxxx"}}}, False),
        ({"Condition": {"StringEquals": {"aws:SourceAccount": "${aws:PrincipalAccount}"}}}, True),
        ({"Condition": {"StringLike": {"aws:userid": "AROAEXAMPLE:*"}}}, False),
        ({"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:sns:us-east-1:123456789012:*"}}}, False),
        ({"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:*"}}}, True),
    ],
)  # fmt: skip
def test_what_public_means(shop: Shop, changes: dict, public: bool) -> None:
    shop.s3.delete_public_access_block(Bucket="pics")
    shop.policy(statement(**changes))

    assert shop.s3.get_bucket_policy_status(Bucket="pics")["PolicyStatus"]["IsPublic"] is public


def test_a_policy_that_became_public_before_is_not_listened_to(shop: Shop) -> None:
    shop.s3.put_object(Bucket="pics", Key="k", Body=b"hello")
    shop.open()
    assert shop.fetch("GET", "k").body == "hello"

    only = {**dict.fromkeys(ALL_ON, False), "RestrictPublicBuckets": True}
    shop.s3.put_public_access_block(Bucket="pics", PublicAccessBlockConfiguration=only)

    assert said(shop.fetch("GET", "k"), "Code", "Message") == (403, "AccessDenied", "Access Denied")
    assert shop.role({"Action": "s3:GetObject"}).get_object(Bucket="pics", Key="k")["Body"].read() == b"hello"


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("no json", "Policies must be valid JSON and the first byte must be '{'"),
        ({}, "Missing required field Statement"),
        (statement(resource=BUCKET), "Action does not apply to any resource(s) in statement"),
        (statement(action="s3:ListBucket"), "Action does not apply to any resource(s) in statement"),
        (statement(resource="arn:aws:s3:::another/*"), "Policy has invalid resource"),
        (statement(action="s3:GetObjects"), "Policy has invalid action"),
        (statement(action="dynamodb:GetItem"), "Policy has invalid action"),
        ({"Effect": "Allow", "Action": "s3:GetObject", "Resource": BUCKET + "/*"}, "Missing required field Principal"),
    ],
)
def test_a_malformed_policy_is_refused_in_s3s_words(shop: Shop, policy: object, words: str) -> None:
    whole = {"Version": "2012-10-17", **({"Statement": [policy]} if policy else {})}
    text = policy if isinstance(policy, str) else json.dumps(whole)

    assert refused(shop.s3.put_bucket_policy, Bucket="pics", Policy=text) == ("MalformedPolicy", words)


def test_one_action_for_the_bucket_and_one_for_its_objects_are_both_at_home(shop: Shop) -> None:
    owner = {"AWS": "arn:aws:iam::123456789012:root"}
    shop.policy(statement(principal=owner, action=["s3:ListBucket", "s3:Get*"], resource=[BUCKET, BUCKET + "/*"]))


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("put_object", {"Key": "k", "Body": b"x", "ACL": "public-read"}),
        ("put_object", {"Key": "k", "Body": b"x", "ACL": "private"}),
        ("put_object_acl", {"Key": "k", "ACL": "public-read"}),
        ("put_bucket_acl", {"ACL": "public-read"}),
        ("put_bucket_acl", {"GrantRead": 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'}),
    ],
)
def test_acls_are_refused(shop: Shop, operation: str, arguments: dict) -> None:
    shop.s3.put_object(Bucket="pics", Key="k", Body=b"x")

    assert refused(getattr(shop.s3, operation), Bucket="pics", **arguments) == (
        "AccessControlListNotSupported", "The bucket does not allow ACLs",
    )  # fmt: skip


def test_an_acl_that_says_what_holds_anyway_is_taken(shop: Shop) -> None:
    shop.s3.put_object(Bucket="pics", Key="k", Body=b"x", ACL="bucket-owner-full-control")


def test_a_bucket_is_not_made_with_an_acl(shop: Shop) -> None:
    assert refused(shop.s3.create_bucket, Bucket="cats", ACL="public-read")[0] == "InvalidBucketAclWithObjectOwnership"
    assert refused(shop.s3.create_bucket, Bucket="cats", ACL="public-read", ObjectOwnership="ObjectWriter") == (
        "InvalidBucketAclWithBlockPublicAccessError",
        "Bucket cannot have public ACLs set with BlockPublicAccess enabled",
    )


def test_who_turns_acls_on_still_meets_block_public_access(shop: Shop) -> None:
    owned = {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    shop.s3.put_bucket_ownership_controls(Bucket="pics", OwnershipControls=owned)
    public = {"Bucket": "pics", "Key": "k", "Body": b"hello", "ACL": "public-read"}
    code, words = refused(shop.s3.put_object, **public)

    assert (code, words) == (
        "AccessDenied",
        f'{DEVELOPER}s3:PutObject on resource: "{BUCKET}/k" because public ACLs are prevented by the BlockPublicAcls '
        "setting in S3 Block Public Access.",
    )
    shop.s3.delete_public_access_block(Bucket="pics")
    shop.s3.put_object(**public)
    shop.s3.put_object(Bucket="pics", Key="secret", Body=b"x")
    assert shop.fetch("GET", "k").body == "hello"
    assert shop.fetch("GET", "secret").status == 403


def test_a_template_with_a_public_policy_says_what_stands_in_its_way(shop: Shop) -> None:
    from grader.cloud import DeployError

    template = {
        "Resources": {
            "Site": {"Type": "AWS::S3::Bucket"},
            "Open": {
                "Type": "AWS::S3::BucketPolicy",
                "Properties": {
                    "Bucket": {"Ref": "Site"},
                    "PolicyDocument": {"Statement": [statement(resource={"Fn::Sub": "${Site.Arn}/*"})]},
                },
            },
        }
    }
    with pytest.raises(DeployError, match="prevented by the BlockPublicPolicy setting"):
        shop.cloud.deploy(template, name="site")

    off = dict.fromkeys(ALL_ON, False)
    template["Resources"]["Site"]["Properties"] = {"PublicAccessBlockConfiguration": off}
    stack = shop.cloud.deploy(template, name="site2")
    bucket = stack.resources["Site"].physical_id
    shop.s3.put_object(Bucket=bucket, Key="index.html", Body=b"welcome")
    assert shop.fetch("GET", "index.html", bucket=bucket).body == "welcome"
