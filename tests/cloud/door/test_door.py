"""What the door lets through, to whom, and what it strips."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from grader.cloud import Cloud
from grader.cloud.door.request import Request
from grader.cloud.door.response import Response
from grader.cloud.errors import CloudError
from grader.cloud.session import CURRENT

S3 = "https://s3.us-east-1.amazonaws.com"
RUN = "arn:aws:sts::123456789012:assumed-role/answer/run"


def refused(action, **arguments) -> tuple[str, str, int]:
    """The code, message and status of a call that must not succeed."""
    with pytest.raises(ClientError) as error:
        action(**arguments)
    answer = error.value.response
    return answer["Error"]["Code"], answer["Error"]["Message"], answer["ResponseMetadata"]["HTTPStatusCode"]


def client(credentials, service: str):
    return boto3.client(
        service,
        aws_access_key_id=credentials.access_key_id,
        aws_secret_access_key=credentials.secret_access_key,
        aws_session_token=credentials.session_token,
    )


def anonymous(method: str, path: str, query: str = "", body: bytes = b"") -> Request:
    return Request(method, "https", "s3.us-east-1.amazonaws.com", path, query, (("Host", "s3.amazonaws.com"),), body)


def no_policy(action: str, resource: str) -> str:
    return (
        f"User: {RUN} is not authorized to perform: {action} on resource: {resource} "
        f"because no identity-based policy allows the {action} action"
    )


@pytest.mark.parametrize("path", ["/moto-api/reset", "//moto-api/data.json", "/%6doto-api/seed", "/moto-api"])
def test_motos_control_addresses_are_not_there(bench, path: str) -> None:
    boto3.client("s3").create_bucket(Bucket="pics")

    assert bench.send(anonymous("POST", path)).status == 404
    assert [bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]] == ["pics"]


def test_a_client_cannot_choose_its_account(bench) -> None:
    request = bench.signed("PUT", S3 + "/pics", service="s3", headers={"x-moto-account-id": "999999999999"})
    unsigned = replace(bench.signed("PUT", S3 + "/cats", service="s3"))
    unsigned = unsigned.with_headers(add=[("x-moto-account-id", "999999999999")])

    assert bench.send(unsigned).status == 200
    bench.send(request)
    with bench.moto.lock:
        assert "cats" in bench.moto.backend("s3").buckets


def test_the_developer_is_an_administrator(bench) -> None:
    assert boto3.client("sts").get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:user/developer"


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "answer"),
    [
        ("s3", "put_object", {"Bucket": "pics", "Key": "k"},
         ("AccessDenied", no_policy("s3:PutObject", '"arn:aws:s3:::pics/k"'), 403)),
        ("s3", "list_objects_v2", {"Bucket": "pics"},
         ("AccessDenied", no_policy("s3:ListBucket", '"arn:aws:s3:::pics"'), 403)),
        ("s3", "head_object", {"Bucket": "pics", "Key": "k"}, ("403", "Forbidden", 403)),
        ("dynamodb", "get_item", {"TableName": "T", "Key": {"id": {"S": "1"}}},
         ("AccessDeniedException",
          no_policy("dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:123456789012:table/T"), 400)),
        ("sqs", "send_message",
         {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/q", "MessageBody": "m"},
         ("AccessDenied", no_policy("sqs:sendmessage", "arn:aws:sqs:us-east-1:123456789012:q"), 403)),
        ("sns", "publish", {"TopicArn": "arn:aws:sns:us-east-1:123456789012:t", "Message": "m"},
         ("AuthorizationError", no_policy("SNS:Publish", "arn:aws:sns:us-east-1:123456789012:t"), 403)),
        ("iam", "list_roles", {}, ("AccessDenied", no_policy("iam:ListRoles", "*"), 403)),
        ("lambda", "invoke", {"FunctionName": "f"},
         ("AccessDeniedException",
          no_policy("lambda:InvokeFunction", "arn:aws:lambda:us-east-1:123456789012:function:f"), 403)),
        ("cloudwatch", "list_metrics", {}, ("AccessDenied", no_policy("cloudwatch:ListMetrics", "*"), 403)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_role_without_a_permission_reads_why_in_the_services_own_shape(
    bench, role, service: str, operation: str, arguments: dict, answer: tuple[str, str, int]
) -> None:
    assert refused(getattr(client(role(), service), operation), **arguments) == answer


def test_a_role_does_what_its_policy_allows(bench, role) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="pics")
    s3.put_object(Bucket="pics", Key="in/k", Body=b"x")
    reader = client(role({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::pics/in/*"}), "s3")

    assert reader.get_object(Bucket="pics", Key="in/k")["Body"].read() == b"x"
    assert refused(reader.get_object, Bucket="pics", Key="out/k")[0] == "AccessDenied"


def test_a_missing_key_is_only_named_to_who_may_list_the_bucket(bench, role) -> None:
    boto3.client("s3").create_bucket(Bucket="pics")
    get = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::pics/*"}
    listing = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::pics"}
    blind, seeing = client(role(get), "s3"), client(role(get, listing), "s3")

    assert refused(blind.get_object, Bucket="pics", Key="k")[:2] == (
        "AccessDenied",
        no_policy("s3:ListBucket", '"arn:aws:s3:::pics"'),
    )
    assert refused(seeing.get_object, Bucket="pics", Key="k")[0] == "NoSuchKey"
    assert refused(blind.head_object, Bucket="pics", Key="k")[0] == "403"
    assert refused(seeing.head_object, Bucket="pics", Key="k")[0] == "404"


def test_leading_keys_confine_a_role_to_its_own_items(bench, role) -> None:
    boto3.client("dynamodb").create_table(
        TableName="T",
        KeySchema=[{"AttributeName": "owner", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "owner", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    own = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["ann"]}}
    ann = client(role({"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*", "Condition": own}), "dynamodb")

    ann.put_item(TableName="T", Item={"owner": {"S": "ann"}})
    assert refused(ann.put_item, TableName="T", Item={"owner": {"S": "bob"}})[0] == "AccessDeniedException"
    assert refused(ann.get_item, TableName="T", Key={"owner": {"S": "bob"}})[0] == "AccessDeniedException"


def test_strangers_are_denied_unless_the_buckets_policy_lets_them(bench) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="pics")
    s3.put_object(Bucket="pics", Key="k", Body=b"hello")
    before = bench.send(anonymous("GET", "/pics/k"))
    s3.delete_public_access_block(Bucket="pics")
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::pics/*"}
    s3.put_bucket_policy(Bucket="pics", Policy=json.dumps({"Version": "2012-10-17", "Statement": [everybody]}))

    assert (before.status, b"<Message>Access Denied</Message>" in before.body) == (403, True)
    assert bench.send(anonymous("GET", "/pics/k")).body == b"hello"
    assert bench.send(anonymous("PUT", "/pics/k", body=b"mine")).status == 403
    assert bench.send(anonymous("GET", "/pics/absent")).status == 403
    assert bench.send(anonymous("GET", "/pics")).status == 403
    assert bench.send(anonymous("DELETE", "/pics")).status == 403


def test_a_buckets_policy_may_deny_even_the_developer(bench) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="pics")
    nobody = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::pics/*"}
    s3.put_bucket_policy(Bucket="pics", Policy=json.dumps({"Version": "2012-10-17", "Statement": [nobody]}))

    code, message, _ = refused(s3.put_object, Bucket="pics", Key="k", Body=b"")
    assert (code, message) == (
        "AccessDenied",
        "User: arn:aws:iam::123456789012:user/developer is not authorized to perform: s3:PutObject on resource: "
        '"arn:aws:s3:::pics/k" with an explicit deny in a resource-based policy',
    )


def test_only_s3_answers_strangers(bench) -> None:
    host = "dynamodb.us-east-1.amazonaws.com"
    headers = (("Host", host), ("X-Amz-Target", "DynamoDB_20120810.ListTables"))
    answer = bench.send(Request("POST", "https", host, "/", "", headers, b"{}"))

    assert (answer.status, json.loads(answer.body)["__type"]) == (400, "MissingAuthenticationTokenException")


def test_roles_are_assumed_by_whom_they_trust(bench) -> None:
    iam, sts = boto3.client("iam"), boto3.client("sts")
    trust = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}
    lambdas = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    for name, statement in (("Ours", trust), ("Lambdas", lambdas)):
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)
    account = "arn:aws:iam::123456789012:role"

    session = sts.assume_role(RoleArn=f"{account}/Ours", RoleSessionName="me")["Credentials"]
    me = boto3.client(
        "sts",
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )

    assert me.get_caller_identity()["Arn"] == "arn:aws:sts::123456789012:assumed-role/Ours/me"
    assert session["Expiration"].isoformat() == "2026-11-02T10:00:00+00:00"
    assert refused(sts.assume_role, RoleArn=f"{account}/Lambdas", RoleSessionName="me")[0] == "AccessDenied"
    assert refused(sts.assume_role, RoleArn=f"{account}/None", RoleSessionName="me")[0] == "AccessDenied"


def tagged_role(name: str, *actions: str, **condition: object) -> str:
    """A role that the account may assume by these actions, and that lists buckets for the user alice."""
    iam = boto3.client("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": list(actions), **condition}
    alices = {"StringEquals": {"aws:PrincipalTag/User": "alice"}}
    lists = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*", "Condition": alices}

    def document(statement: object) -> str:
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="lists", PolicyDocument=document(lists))
    return arn


def test_a_sessions_tags_are_its_principal_tags(bench) -> None:
    role = tagged_role("Visitors", "sts:AssumeRole", "sts:TagSession")

    def lister(**more: object) -> Any:
        session = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="me", **more)["Credentials"]
        return boto3.client(
            "s3",
            aws_access_key_id=session["AccessKeyId"],
            aws_secret_access_key=session["SecretAccessKey"],
            aws_session_token=session["SessionToken"],
        ).list_buckets

    def tagged(value: str) -> dict[str, str]:
        return {"Key": "user", "Value": value}

    assert lister(Tags=[tagged("alice")])()["Buckets"] == []
    assert refused(lister(Tags=[tagged("bob")]))[0] == "AccessDenied"
    assert refused(lister())[0] == "AccessDenied"


def test_a_session_is_tagged_only_where_the_role_allows_it(bench) -> None:
    tags = [{"Key": "user", "Value": "alice"}]
    sts, untagged = boto3.client("sts"), tagged_role("Untagged", "sts:AssumeRole")
    named = {"Condition": {"StringEquals": {"aws:RequestTag/user": "alice"}}}
    alices = tagged_role("Alices", "sts:AssumeRole", "sts:TagSession", **named)

    assert refused(sts.assume_role, RoleArn=untagged, RoleSessionName="me", Tags=tags)[0] == "AccessDenied"
    assert sts.assume_role(RoleArn=alices, RoleSessionName="me", Tags=tags)["Credentials"]
    other = [{"Key": "user", "Value": "bob"}]
    assert refused(sts.assume_role, RoleArn=alices, RoleSessionName="me", Tags=other)[0] == "AccessDenied"
    twice = [*tags, {"Key": "User", "Value": "bob"}]
    assert refused(sts.assume_role, RoleArn=alices, RoleSessionName="me", Tags=twice)[0] == "InvalidParameterValue"
    many = [{"Key": f"k{number}", "Value": ""} for number in range(51)]
    assert refused(sts.assume_role, RoleArn=alices, RoleSessionName="me", Tags=many)[0] == "ValidationError"


def test_tags_that_are_handed_on_are_refused_by_name(bench) -> None:
    role = tagged_role("Visitors", "sts:AssumeRole", "sts:TagSession")
    handed_on = {"Tags": [{"Key": "user", "Value": "alice"}], "TransitiveTagKeys": ["user"]}

    code, message, _ = refused(boto3.client("sts").assume_role, RoleArn=role, RoleSessionName="me", **handed_on)

    assert (code, "TransitiveTagKeys" in message) == ("NotSupported", True)


def test_a_roles_policies_are_inline_managed_and_awss_own(bench) -> None:
    iam = boto3.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName="R", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))

    def document(action: str) -> str:
        allow = {"Effect": "Allow", "Action": action, "Resource": "*"}
        return json.dumps({"Version": "2012-10-17", "Statement": [allow]})

    iam.put_role_policy(RoleName="R", PolicyName="inline", PolicyDocument=document("s3:ListAllMyBuckets"))
    own = iam.create_policy(PolicyName="own", PolicyDocument=document("sqs:ListQueues"))["Policy"]["Arn"]
    basic = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    for arn in (own, basic):
        iam.attach_role_policy(RoleName="R", PolicyArn=arn)
    credentials = bench.identity.role_credentials("arn:aws:iam::123456789012:role/R", "f")

    client(credentials, "s3").list_buckets()
    client(credentials, "sqs").list_queues()
    client(credentials, "logs").create_log_group(logGroupName="/g")
    assert refused(client(credentials, "sns").list_topics)[0] == "AuthorizationError"


@pytest.mark.parametrize(
    ("query", "headers", "body"),
    [
        ("Action=DeleteTable&TableName=T", {}, b"{}"),
        ("", {"Content-Type": "application/x-www-form-urlencoded"}, b"Action=DeleteTable&TableName=T"),
    ],
    ids=["query", "form"],
)
def test_an_operation_is_carried_out_as_the_one_that_was_judged(bench, role, query, headers, body) -> None:
    boto3.client("dynamodb").create_table(
        TableName="T",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    lister = role({"Effect": "Allow", "Action": "dynamodb:ListTables", "Resource": "*"})
    url = "https://dynamodb.us-east-1.amazonaws.com/" + (f"?{query}" if query else "")
    target = {"X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": "application/x-amz-json-1.0"}
    bench.send(bench.signed("POST", url, service="dynamodb", body=body, headers=target | headers, by=lister))

    assert boto3.client("dynamodb").list_tables()["TableNames"] == ["T"]


def test_a_target_header_does_not_disguise_an_upload(bench, role) -> None:
    boto3.client("s3").create_bucket(Bucket="pics")
    reader = role({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"})
    request = bench.signed(
        "PUT",
        S3 + "/pics/k",
        service="s3",
        body=b'{"Bucket": "pics"}',
        headers={"X-Amz-Target": "S3.GetObject"},
        by=reader,
    )

    answer: Response = bench.send(request)

    assert (answer.status, re.findall(rb"s3:\w+", answer.body)[0]) == (403, b"s3:PutObject")


def test_what_moto_cannot_do_is_refused_by_name(bench) -> None:
    code, message, status = refused(boto3.client("apigateway").get_rest_apis)

    assert (code, status) == ("NotSupported", 501)
    assert "apigateway" in message


def test_services_that_are_not_there_are_refused(bench) -> None:
    assert bench.send(replace(anonymous("GET", "/"), host="example.amazonaws.com.evil.test")).status == 403
    assert bench.send(replace(anonymous("GET", "/"), host="b.s3-website-us-east-1.amazonaws.com")).status == 501


def test_a_client_of_a_closed_cloud_reaches_nothing(bench) -> None:
    s3 = boto3.client("s3")
    CURRENT.close()

    with pytest.raises(CloudError, match="cloud is closed"):
        s3.list_buckets()


def test_moto_is_on_the_virtual_clock(bench) -> None:
    bench.clock.advance(days=365)
    boto3.client("s3").create_bucket(Bucket="pics")

    assert boto3.client("s3").list_buckets()["Buckets"][0]["CreationDate"].isoformat() == "2027-11-02T09:00:00+00:00"


def test_a_service_that_nobody_knows_is_named(bench) -> None:
    answer = bench.send(bench.signed("POST", "http://127.0.0.1/", service="telepathy", body=b"{}"))

    assert (answer.status, b"does not imitate the service telepathy" in answer.body) == (501, True)


def test_a_refusal_that_repeats_what_no_xml_can_hold_can_be_read() -> None:
    with Cloud() as cloud, pytest.raises(ClientError) as refused:
        cloud.client("iam").put_role_policy(RoleName="a\x00b", PolicyName="p", PolicyDocument="{}")
    assert refused.value.response["Error"]["Message"] == "Role a?b not found"
