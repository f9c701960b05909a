"""HTTP APIs as templates make them: SAM's own, and piece by piece."""

from __future__ import annotations

import json
import textwrap

import pytest

from grader.cloud.errors import CloudError

SAM = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      StageName: v1
      CorsConfiguration: {AllowOrigins: ["https://site.example"], AllowMethods: [GET, POST]}
      DefaultRouteSettings: {ThrottlingBurstLimit: 5, ThrottlingRateLimit: 2}
      StageVariables: {colour: blue}
      Auth:
        DefaultAuthorizer: Token
        EnableIamAuthorizer: true
        Authorizers:
          Token:
            IdentitySource: $request.header.Authorization
            JwtConfiguration: {issuer: https://login.example, audience: [photos]}
          Gate:
            FunctionArn: !GetAtt Gate.Arn
            AuthorizerPayloadFormatVersion: 2.0
            EnableSimpleResponses: true
            EnableFunctionDefaultPermissions: true
            Identity: {Headers: [X-Gate], ReauthorizeEvery: 60}
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
      Events:
        Token: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: "/token/{id}", Method: get}}
        Gate: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /gate, Method: post, Auth: {Authorizer: Gate}}}
        Iam: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /iam, Method: any, Auth: {Authorizer: AWS_IAM}}}
        Open: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /open, Method: get, Auth: {Authorizer: NONE}}}
        Old:
          Type: HttpApi
          Properties: {ApiId: !Ref Api, Path: /old, Method: get, PayloadFormatVersion: "1.0", Auth: {Authorizer: NONE}}
        Everything: {Type: HttpApi}
Outputs:
  Url: {Value: !Sub "${Api.ApiEndpoint}/v1"}
  Implicit: {Value: !Sub "https://${ServerlessHttpApi}.execute-api.${AWS::Region}.amazonaws.com"}
"""


def hello(event, environment):
    context = event["requestContext"]
    return {"version": event["version"], "route": event.get("routeKey"), "who": list(context.get("authorizer") or [])}


def test_sams_http_api(account):
    account.handlers |= {"hello": hello, "gate": lambda event, environment: {"isAuthorized": True}}
    http = account.cloud.http
    issuer = http.issuer("https://login.example")
    stack = account.cloud.deploy(SAM, name="app")
    url = stack.outputs["Url"]
    assert http.get(f"{url}/token/7").status == 401
    good = http.get(f"{url}/token/7", headers={"Authorization": f"Bearer {issuer.token('photos')}"})
    assert good.json() == {"version": "2.0", "route": "GET /token/{id}", "who": ["jwt"]}
    assert http.post(f"{url}/gate", headers={"X-Gate": "x"}).json()["who"] == ["lambda"]
    assert http.get(f"{url}/iam").status == 403
    assert http.get(f"{url}/iam", signed=True).json()["who"] == ["iam"]
    account.clock.advance(minutes=1)
    assert http.get(f"{url}/open").json() == {"version": "2.0", "route": "GET /open", "who": []}
    assert http.get(f"{url}/old").status == 500  # format 1.0 wants a statusCode
    assert http.get(f"{url}/nowhere").json() == {"message": "Not Found"}
    assert http.put(stack.outputs["Implicit"] + "/any/path").json()["route"] == "$default"
    preflight = {"Origin": "https://site.example", "Access-Control-Request-Method": "POST"}
    assert http.options(f"{url}/gate", headers=preflight).headers["access-control-allow-methods"] == "GET,POST"
    burst = http.burst(f"{url}/open", requests=20, per_second=100)
    assert [answer.status for answer in burst].count(429) >= 14
    assert account.cloud.metrics.total("AWS/ApiGateway", "Count", ApiId=url.split("//")[1].split(".")[0]) > 20


def test_an_issuer_must_be_there_before_the_deployment(account):
    strict = SAM.replace("StageName: v1", "StageName: v1\n      FailOnWarnings: true")
    with pytest.raises(CloudError, match=r"Invalid issuer: https://login\.example"):
        account.cloud.deploy(strict, name="app")


def test_an_issuer_may_be_a_bucket_of_the_cloud(account):
    account.handlers |= {"hello": hello}
    s3, bucket = account.client("s3"), "https://login-documents.s3.us-east-1.amazonaws.com"
    s3.create_bucket(Bucket="login-documents")
    s3.delete_public_access_block(Bucket="login-documents")
    allow = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::login-documents/*",
    }
    s3.put_bucket_policy(Bucket="login-documents", Policy=json.dumps({"Version": "2012-10-17", "Statement": [allow]}))
    issuer = account.cloud.http.issuer("https://elsewhere.example")
    issuer.url = bucket
    for address, document in issuer.documents().items():
        s3.put_object(Bucket="login-documents", Key=address.removeprefix(f"{bucket}/"), Body=json.dumps(document))
    token = issuer.token("photos")
    issuer.url = "https://elsewhere.example"
    template = SAM.replace("https://login.example", bucket)
    url = account.cloud.deploy(template, name="app").outputs["Url"]
    assert account.cloud.http.get(f"{url}/token/7", headers={"Authorization": token}).status == 200


def test_the_documents_of_an_issuer_can_be_read(account):
    issuer = account.cloud.http.issuer("https://login.example")
    discovery = account.cloud.http.get("https://login.example/.well-known/openid-configuration").json()
    assert account.cloud.http.get(discovery["jwks_uri"]).json() == issuer.jwks


PIECES = """
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
Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: pieces, ProtocolType: HTTP}}
Function:
  Type: AWS::ApiGatewayV2::Integration
  Properties:
    {ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt Hello.Arn, PayloadFormatVersion: "2.0"}
Token:
  Type: AWS::ApiGatewayV2::Authorizer
  Properties:
    ApiId: !Ref Api
    AuthorizerType: JWT
    Name: token
    IdentitySource: [$request.header.Authorization]
    JwtConfiguration: {Issuer: https://login.example, Audience: [photos]}
Open:
  Type: AWS::ApiGatewayV2::Route
  Properties: {ApiId: !Ref Api, RouteKey: GET /open, Target: !Sub "integrations/${Function}"}
Closed:
  Type: AWS::ApiGatewayV2::Route
  Properties:
    ApiId: !Ref Api
    RouteKey: GET /closed
    Target: !Sub "integrations/${Function}"
    AuthorizationType: JWT
    AuthorizerId: !Ref Token
    AuthorizationScopes: [read]
Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: $default, AutoDeploy: true}}
"""
URL = "Outputs: {Url: {Value: !GetAtt Api.ApiEndpoint}}\n"


def deploy(account, resources):
    account.handlers["hello"] = hello
    text = "Resources:\n" + textwrap.indent(resources, "  ") + URL
    return account.cloud.deploy(text, name="app").outputs["Url"]


def test_an_api_may_be_written_piece_by_piece(account):
    issuer = account.cloud.http.issuer("https://login.example")
    url, http = deploy(account, PIECES), account.cloud.http
    assert http.get(f"{url}/open").json()["route"] == "GET /open"
    tokens = {scope: {"Authorization": issuer.token("photos", scope=scope)} for scope in ("read", "write")}
    assert [http.get(f"{url}/closed", headers=sent).status for sent in tokens.values()] == [200, 403]


def test_a_change_is_served_at_once_and_the_old_route_is_gone(account):
    account.cloud.http.issuer("https://login.example")
    deploy(account, PIECES)
    url = deploy(account, PIECES.replace("GET /open", "GET /public"))
    assert [account.cloud.http.get(f"{url}{path}").status for path in ("/open", "/public")] == [404, 200]


def test_without_auto_deploy_a_deployment_is_needed(account):
    account.cloud.http.issuer("https://login.example")
    deployment = (
        "Deployment: {Type: AWS::ApiGatewayV2::Deployment, DependsOn: [Open, Closed], Properties: {ApiId: !Ref Api}}\n"
    )
    pieces = PIECES.replace("AutoDeploy: true", "DeploymentId: !Ref Deployment") + deployment
    url = deploy(account, pieces)
    deploy(account, pieces.replace("GET /open", "GET /public"))
    assert [account.cloud.http.get(f"{url}{path}").status for path in ("/open", "/public")] == [200, 404]


def test_a_stack_takes_its_api_with_it(account):
    account.cloud.http.issuer("https://login.example")
    url = deploy(account, PIECES)
    account.client("cloudformation").delete_stack(StackName="app")
    assert account.cloud.http.get(f"{url}/open").status == 403
    assert list(account.cloud.gateway.http_apis) == []


def test_quick_create(account):
    properties = "{Name: quick, ProtocolType: HTTP, Target: !GetAtt Hello.Arn}"
    quick = f"Api: {{Type: AWS::ApiGatewayV2::Api, Properties: {properties}}}\n"
    url = deploy(account, PIECES[: PIECES.index("Api:")] + quick)
    assert account.cloud.http.get(f"{url}/anything").json()["route"] == "$default"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("RouteKey: GET /open", "RouteKey: /open", "not formatted properly"),
        ("RouteKey: GET /open", "RouteKey: GET /closed", "Route with key GET /closed already exists"),
        ('Target: !Sub "integrations/${Function}"', "Target: integrations/none", "Invalid Target: integrations/none"),
        ("AuthorizerId: !Ref Token", "AuthorizerId: none", "Invalid Authorizer Id"),
        ("https://login.example", "https://typo.example", "Invalid issuer: https://typo.example"),
        ("ProtocolType: HTTP", "ProtocolType: WEBSOCKET", "ProtocolType WEBSOCKET"),
    ],
)
def test_a_wrong_piece_fails_the_stack_in_aws_words(account, old, new, reason):
    account.cloud.http.issuer("https://login.example")
    with pytest.raises(CloudError, match=reason):
        deploy(account, PIECES.replace(old, new, 1))
