"""Function URLs through boto3 and templates."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from grader.cloud.errors import CloudError

OPEN = {"Action": "lambda:InvokeFunctionUrl", "Principal": "*", "FunctionUrlAuthType": "NONE"}
INVOKE = {"Action": "lambda:InvokeFunction", "Principal": "*", "InvokedViaFunctionUrl": True}


def test_an_address_is_made_read_changed_listed_and_taken_away(account):
    account.function("hello", lambda event, environment: {"path": event["rawPath"]})
    client = account.client("lambda")
    cors = {"AllowOrigins": ["*"], "AllowMethods": ["GET"], "MaxAge": 5}
    made = client.create_function_url_config(FunctionName="hello", AuthType="NONE", Cors=cors)
    arn = "arn:aws:lambda:us-east-1:123456789012:function:hello"
    expected = {
        "FunctionUrl": made["FunctionUrl"],
        "FunctionArn": arn,
        "AuthType": "NONE",
        "Cors": {**cors, "AllowCredentials": False},
        "CreationTime": "2026-11-02T09:00:00.000Z",
        "LastModifiedTime": "2026-11-02T09:00:00.000Z",
        "InvokeMode": "BUFFERED",
    }
    found = client.get_function_url_config(FunctionName=arn)
    assert {key: value for key, value in found.items() if key != "ResponseMetadata"} == expected
    assert client.list_function_url_configs(FunctionName="hello")["FunctionUrlConfigs"] == [expected]
    assert account.cloud.http.get(made["FunctionUrl"]).status == 403
    for number, permission in enumerate((OPEN, INVOKE)):
        client.add_permission(FunctionName="hello", StatementId=f"s{number}", **permission)
    assert account.cloud.http.get(made["FunctionUrl"] + "a/b").json() == {"path": "/a/b"}
    client.update_function_url_config(FunctionName="hello", AuthType="AWS_IAM")
    assert account.cloud.http.get(made["FunctionUrl"]).status == 403
    assert account.cloud.http.get(made["FunctionUrl"], signed=True).json() == {"path": "/"}
    client.delete_function_url_config(FunctionName="hello")
    assert account.cloud.http.get(made["FunctionUrl"]).status == 404
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client.get_function_url_config(FunctionName="hello")


def test_permissions_for_addresses_are_conditions_in_the_functions_policy(account):
    account.function("hello")
    client = account.client("lambda")
    answers = [
        client.add_permission(FunctionName="hello", StatementId=f"s{number}", **permission)
        for number, permission in enumerate((OPEN, INVOKE))
    ]
    policy = json.loads(client.get_policy(FunctionName="hello")["Policy"])
    conditions = [
        {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}},
        {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}},
    ]
    assert [one["Condition"] for one in policy["Statement"]] == conditions
    assert [json.loads(answer["Statement"])["Condition"] for answer in answers] == conditions


def test_such_a_permission_does_not_open_the_function_itself(account):
    account.function("hello")
    account.client("lambda").add_permission(FunctionName="hello", StatementId="s", **INVOKE)
    nobody = account.cloud.identity.policy_credentials([])
    principal = account.cloud.identity.principal_of(nobody.access_key_id, nobody.session_token)
    arn = "arn:aws:lambda:us-east-1:123456789012:function:hello"
    assert not account.cloud.authorization.decide(principal, "lambda:InvokeFunction", arn).allowed


def test_a_second_address_and_streaming_are_refused(account):
    account.function("hello")
    client = account.client("lambda")
    with pytest.raises(ClientError, match=r"FunctionUrlConfig\.InvokeMode RESPONSE_STREAM"):
        client.create_function_url_config(FunctionName="hello", AuthType="NONE", InvokeMode="RESPONSE_STREAM")
    client.create_function_url_config(FunctionName="hello", AuthType="NONE")
    with pytest.raises(ClientError, match="FunctionUrlConfig exists for this Lambda function"):
        client.create_function_url_config(FunctionName="hello", AuthType="NONE")


def test_a_deleted_functions_address_is_gone(account):
    account.function("hello")
    url = account.client("lambda").create_function_url_config(FunctionName="hello", AuthType="NONE")["FunctionUrl"]
    account.client("lambda").delete_function(FunctionName="hello")
    assert account.cloud.http.get(url).status == 404


SAM = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: hello
      InlineCode: "def handler(e, c): pass"
      Handler: index.handler
      Runtime: python3.13
      FunctionUrlConfig: {AuthType: NONE, Cors: {AllowOrigins: ["https://site.example"]}}
Outputs:
  Url: {Value: !GetAtt HelloUrl.FunctionUrl}
"""


@pytest.mark.parametrize("alias", ["", "      AutoPublishAlias: live\n"])
def test_sams_function_url(account, alias):
    account.handlers["hello"] = lambda event, environment: event["requestContext"]["domainPrefix"]
    text = SAM.replace("      Runtime: python3.13\n", "      Runtime: python3.13\n" + alias)
    url = account.cloud.deploy(text, name="app").outputs["Url"]
    answer = account.cloud.http.get(url, headers={"Origin": "https://site.example"})
    assert (answer.status, answer.json()) == (200, url.split("//")[1].split(".")[0])
    assert answer.headers["access-control-allow-origin"] == "https://site.example"
    closed = account.cloud.deploy(text.replace("AuthType: NONE", "AuthType: AWS_IAM"), name="app").outputs["Url"]
    assert closed == url
    assert [account.cloud.http.get(url, signed=signed).status for signed in (None, True)] == [403, 200]


def test_a_template_with_streaming_is_refused_by_name(account):
    with pytest.raises(CloudError, match=r"FunctionUrlConfig\.InvokeMode RESPONSE_STREAM"):
        account.cloud.deploy(SAM.replace("AuthType: NONE,", "AuthType: NONE, InvokeMode: RESPONSE_STREAM,"), name="app")
