"""APIs as templates make them, through the stacks of a whole account; the functions are the test's own."""

from __future__ import annotations

import json
import textwrap

import pytest

from grader.cloud.errors import CloudError

ROLE = "arn:aws:iam::123456789012:role/function"
BASE = """
Resources:
  Hello:
    Type: AWS::Lambda::Function
    Properties: {FunctionName: hello, Role: !GetAtt Role.Arn, Handler: index.handler, Runtime: python3.13,
                 Code: {ZipFile: "def handler(event, context): pass"}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]
  Permission:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref Hello, Action: lambda:InvokeFunction, Principal: apigateway.amazonaws.com}
"""


@pytest.fixture
def deploy(account):
    account.handlers["hello"] = lambda event, environment: {"statusCode": 200, "body": event["path"]}

    def deployed(resources, outputs=""):
        template = BASE + textwrap.indent(textwrap.dedent(resources), "  ") + outputs
        return account.cloud.deploy(template, name="app")

    return deployed


PIECES = """
Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: pieces, EndpointConfiguration: {Types: [REGIONAL]}}}
Pets:
  Type: AWS::ApiGateway::Resource
  Properties: {RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: pets}
Pet:
  Type: AWS::ApiGateway::Resource
  Properties: {RestApiId: !Ref Api, ParentId: !Ref Pets, PathPart: "{id}"}
Model:
  Type: AWS::ApiGateway::Model
  Properties: {RestApiId: !Ref Api, ContentType: application/json, Schema: {type: object, required: [name]}}
Strict:
  Type: AWS::ApiGateway::RequestValidator
  Properties: {RestApiId: !Ref Api, ValidateRequestBody: true, ValidateRequestParameters: true}
Get:
  Type: AWS::ApiGateway::Method
  Properties:
    RestApiId: !Ref Api
    ResourceId: !Ref Pet
    HttpMethod: GET
    AuthorizationType: NONE
    RequestParameters: {method.request.querystring.page: true}
    RequestValidatorId: !Ref Strict
    Integration: &hello
      Type: AWS_PROXY
      IntegrationHttpMethod: POST
      Uri: !Sub arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Hello.Arn}/invocations
Post:
  Type: AWS::ApiGateway::Method
  Properties:
    RestApiId: !Ref Api
    ResourceId: !Ref Pets
    HttpMethod: POST
    RequestModels: {application/json: !Ref Model}
    RequestValidatorId: !Ref Strict
    Integration: *hello
Options:
  Type: AWS::ApiGateway::Method
  Properties:
    RestApiId: !Ref Api
    ResourceId: !Ref Pets
    HttpMethod: OPTIONS
    Integration:
      Type: MOCK
      RequestTemplates: {application/json: '{"statusCode": 204}'}
      IntegrationResponses:
        - {StatusCode: "204", ResponseParameters: {method.response.header.Access-Control-Allow-Origin: "'*'"}}
    MethodResponses: [{StatusCode: "204"}]
Missing:
  Type: AWS::ApiGateway::GatewayResponse
  Properties: {RestApiId: !Ref Api, ResponseType: MISSING_AUTHENTICATION_TOKEN, StatusCode: "404"}
Deployment:
  Type: AWS::ApiGateway::Deployment
  DependsOn: [Get, Post, Options, Missing]
  Properties: {RestApiId: !Ref Api}
Live:
  Type: AWS::ApiGateway::Stage
  Properties: {RestApiId: !Ref Api, DeploymentId: !Ref Deployment, StageName: live}
"""
URL = 'Outputs: {Url: {Value: !Sub "https://${Api}.execute-api.${AWS::Region}.amazonaws.com/live"}}\n'


def test_an_api_may_be_written_piece_by_piece(account, deploy):
    stack = deploy(PIECES, URL)
    http, url = account.cloud.http, stack.outputs["Url"]
    assert http.get(f"{url}/pets/7?page=1").body == "/pets/7"
    assert http.get(f"{url}/pets/7").status == 400
    assert [http.post(f"{url}/pets", json=body).status for body in ({"name": "Rex"}, {})] == [200, 400]
    preflight = http.options(f"{url}/pets")
    assert (preflight.status, preflight.headers["access-control-allow-origin"]) == (204, "*")
    assert http.get(f"{url}/nowhere").status == 404


def test_what_changes_in_place_needs_a_deployment_to_be_served(account, deploy):
    url = deploy(PIECES, URL).outputs["Url"]
    changed = PIECES.replace("RequestParameters: {method.request.querystring.page: true}", "RequestParameters: {}")
    deploy(changed, URL)
    assert account.cloud.http.get(f"{url}/pets/7").status == 400
    deploy(changed.replace("Deployment:", "Another:").replace("!Ref Deployment", "!Ref Another"), URL)
    assert account.cloud.http.get(f"{url}/pets/7").status == 200


def test_a_stack_takes_its_api_with_it(account, deploy):
    stack = deploy(PIECES, URL)
    account.client("cloudformation").delete_stack(StackName="app")
    assert account.cloud.http.get(stack.outputs["Url"] + "/pets/7").status == 403
    assert list(account.cloud.gateway.apis) == []


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("PathPart: pets", "PathPart: pets/x", "Resource's path part only allow"),
        (
            "IntegrationHttpMethod: POST",
            "ConnectionType: INTERNET",
            "Enumeration value for HttpMethod must be non-empty",
        ),
        ("Type: AWS_PROXY", "Type: HTTP_PROXY", "does not imitate Integration.type HTTP_PROXY"),
        ("AuthorizationType: NONE", "AuthorizationType: COGNITO_USER_POOLS", "COGNITO_USER_POOLS"),
        ("{type: object, required: [name]}", "{type: dragon}", "Invalid model specified"),
    ],
)
def test_a_wrong_piece_fails_the_stack_in_aws_words(deploy, old, new, reason):
    with pytest.raises(CloudError, match=reason):
        deploy(PIECES.replace(old, new), URL)


def test_two_variables_side_by_side_are_refused(deploy):
    another = "Other: {Type: AWS::ApiGateway::Resource, DependsOn: Pet, Properties: {RestApiId: !Ref Api, "
    another += 'ParentId: !Ref Pets, PathPart: "{name}"}}\n'
    with pytest.raises(CloudError, match=r"A sibling .* of this resource already has a variable path part"):
        deploy(PIECES + another, URL)


KEYS = """
Key: {Type: AWS::ApiGateway::ApiKey, Properties: {Enabled: true, Value: key-of-the-first-client}}
Plan:
  Type: AWS::ApiGateway::UsagePlan
  DependsOn: Live
  Properties:
    ApiStages: [{ApiId: !Ref Api, Stage: live}]
    Throttle: {RateLimit: 1, BurstLimit: 2}
    Quota: {Limit: 3, Period: DAY}
Member: {Type: AWS::ApiGateway::UsagePlanKey, Properties: {KeyId: !Ref Key, KeyType: API_KEY, UsagePlanId: !Ref Plan}}
"""


def test_keys_and_plans_come_from_a_template(account, deploy):
    guarded = PIECES.replace("AuthorizationType: NONE", "ApiKeyRequired: true")
    url = deploy(guarded + KEYS, URL).outputs["Url"] + "/pets/7?page=1"
    sent = {"headers": {"x-api-key": "key-of-the-first-client"}}
    http = account.cloud.http
    assert http.get(url).status == 403
    assert [http.get(url, **sent).status for _ in range(3)] == [200, 200, 429]
    account.cloud.clock.advance(minutes=1)
    assert [http.get(url, **sent).body for _ in range(2)] == ["/pets/7", '{"message":"Limit Exceeded"}']


def test_a_plan_for_a_stage_that_is_not_there_fails(deploy):
    with pytest.raises(CloudError, match=r"API Stage not found: \w+:nowhere"):
        deploy(PIECES + KEYS.replace("Stage: live", "Stage: nowhere"), URL)


LOGS = """
Group: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: access}}
"""
ACCOUNT = """
Account: {Type: AWS::ApiGateway::Account, Properties: {CloudWatchRoleArn: !GetAtt Role.Arn}}
"""


def test_a_stage_may_log_once_the_account_has_a_role_for_it(account, deploy):
    setting = "AccessLogSetting: {DestinationArn: !GetAtt Group.Arn, Format: $context.requestId $context.status}"
    logged = PIECES.replace("StageName: live", f"StageName: live, {setting}") + LOGS
    with pytest.raises(CloudError, match="CloudWatch Logs role ARN must be set in account settings to enable logging"):
        deploy(logged, URL)
    account.client("cloudformation").delete_stack(StackName="app")
    stack = deploy(
        logged.replace("Type: AWS::ApiGateway::Stage", "Type: AWS::ApiGateway::Stage\n  DependsOn: Account") + ACCOUNT,
        URL,
    )
    answer = account.cloud.http.get(stack.outputs["Url"] + "/pets/7?page=1")
    account.cloud.clock.advance(minutes=1)
    [event] = account.client("logs").filter_log_events(logGroupName="access")["events"]
    assert event["message"] == f"{answer.headers['x-amzn-requestid']} 200"
    assert account.cloud.metrics.total("AWS/ApiGateway", "Count", ApiName="pieces", Stage="live") == 1


SAM = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: live
      Auth:
        DefaultAuthorizer: Gate
        AddDefaultAuthorizerToCorsPreflight: false
        Authorizers: {Gate: {FunctionArn: !GetAtt Gate.Arn}}
      Cors: {AllowOrigin: "'https://site.example'", AllowHeaders: "'authorization'", AllowMethods: "'GET,OPTIONS'"}
      GatewayResponses: {DEFAULT_4XX: {ResponseParameters: {Headers: {Access-Control-Allow-Origin: "'https://site.example'"}}}}
  Gate:
    Type: AWS::Serverless::Function
    Properties: {FunctionName: gate, InlineCode: "def handler(e, c): pass", Handler: index.handler, Runtime: python3.13}
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: hello
      InlineCode: "def handler(e, c): pass"
      Handler: index.handler
      Runtime: python3.13
      Events: {Get: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /hello, Method: get}}}
"""


def test_sams_own_authorizer_cors_and_gateway_responses(account):
    allow = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}
    grant = {"principalId": "p", "policyDocument": {"Version": "2012-10-17", "Statement": [allow]}}
    account.handlers["gate"] = lambda event, environment: grant
    account.handlers["hello"] = lambda event, environment: {
        "statusCode": 200, "body": json.dumps(event["requestContext"]["authorizer"]),
    }  # fmt: skip
    stack = account.cloud.deploy(SAM + URL, name="app")
    url, http = stack.outputs["Url"] + "/hello", account.cloud.http
    refused = http.get(url)
    assert (refused.status, refused.headers["access-control-allow-origin"]) == (401, "https://site.example")
    assert http.options(url).status == 200
    assert http.get(url, headers={"Authorization": "x"}).json() == {"principalId": "p", "integrationLatency": 0}
