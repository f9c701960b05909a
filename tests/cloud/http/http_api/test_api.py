"""What boto3 reads of HTTP APIs: the shapes of the service's model, read back by botocore."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      Name: shop
      StageName: v1
      CorsConfiguration: {AllowOrigins: ["https://site.example"], AllowMethods: [GET], MaxAge: 60}
      DefaultRouteSettings: {ThrottlingBurstLimit: 5, ThrottlingRateLimit: 2}
      RouteSettings: {"GET /open": {ThrottlingBurstLimit: 1, ThrottlingRateLimit: 1}}
      StageVariables: {colour: blue}
      Auth:
        DefaultAuthorizer: Token
        Authorizers:
          Token:
            AuthorizationScopes: [read]
            IdentitySource: $request.header.Authorization
            JwtConfiguration: {issuer: https://login.example, audience: [photos]}
          Gate:
            FunctionArn: !GetAtt Gate.Arn
            AuthorizerPayloadFormatVersion: 2.0
            EnableSimpleResponses: true
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
        Open: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /open, Method: get, Auth: {Authorizer: NONE}}}
Outputs:
  Api: {Value: !Ref Api}
"""
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function"


class Shop:
    """The deployed API and a client for reading it."""

    def __init__(self, account):
        account.handlers |= dict.fromkeys(("hello", "gate"), lambda event, environment: {})
        account.cloud.http.issuer("https://login.example")
        self.id = account.cloud.deploy(TEMPLATE, name="shop").outputs["Api"]
        self.client = account.client("apigatewayv2")

    def read(self, operation, **parameters):
        answer = getattr(self.client, operation)(**parameters)
        answer.pop("ResponseMetadata")
        return answer


@pytest.fixture
def shop(account):
    return Shop(account)


def test_apis(shop):
    described = {
        "ApiId": shop.id,
        "Name": "shop",
        "ApiEndpoint": f"https://{shop.id}.execute-api.us-east-1.amazonaws.com",
        "ProtocolType": "HTTP",
        "CreatedDate": NOW,
        "ApiKeySelectionExpression": "$request.header.x-api-key",
        "RouteSelectionExpression": "$request.method $request.path",
        "DisableExecuteApiEndpoint": False,
        "CorsConfiguration": {
            "AllowOrigins": ["https://site.example"],
            "AllowMethods": ["GET"],
            "AllowCredentials": False,
            "MaxAge": 60,
        },
        "Tags": {},
    }
    assert shop.read("get_apis") == {"Items": [described]}
    assert shop.read("get_api", ApiId=shop.id) == described


def test_routes_integrations_and_authorizers(shop):
    routes = {route["RouteKey"]: route for route in shop.read("get_routes", ApiId=shop.id)["Items"]}
    authorizers = {one["Name"]: one for one in shop.read("get_authorizers", ApiId=shop.id)["Items"]}
    integrations = {one["IntegrationId"]: one for one in shop.read("get_integrations", ApiId=shop.id)["Items"]}
    assert {key: (route["AuthorizationType"], route.get("AuthorizerId")) for key, route in routes.items()} == {
        "GET /token/{id}": ("JWT", authorizers["Token"]["AuthorizerId"]),
        "POST /gate": ("CUSTOM", authorizers["Gate"]["AuthorizerId"]),
        "GET /open": ("NONE", None),
    }
    route = routes["GET /token/{id}"]
    assert route["AuthorizationScopes"] == ["read"]
    assert integrations[route["Target"].removeprefix("integrations/")] == {
        "IntegrationId": route["Target"].removeprefix("integrations/"),
        "IntegrationType": "AWS_PROXY",
        "IntegrationMethod": "POST",
        "IntegrationUri": f"{LAMBDA}:hello",
        "ConnectionType": "INTERNET",
        "PayloadFormatVersion": "2.0",
        "TimeoutInMillis": 30000,
    }
    assert authorizers == {
        "Token": {
            "AuthorizerId": authorizers["Token"]["AuthorizerId"],
            "Name": "Token",
            "AuthorizerType": "JWT",
            "IdentitySource": ["$request.header.Authorization"],
            "JwtConfiguration": {"Audience": ["photos"], "Issuer": "https://login.example"},
        },
        "Gate": {
            "AuthorizerId": authorizers["Gate"]["AuthorizerId"],
            "Name": "Gate",
            "AuthorizerType": "REQUEST",
            "AuthorizerUri": f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{LAMBDA}:gate/invocations",
            "AuthorizerPayloadFormatVersion": "2.0",
            "EnableSimpleResponses": True,
            "AuthorizerResultTtlInSeconds": 60,
            "IdentitySource": ["$request.header.X-Gate"],
        },
    }
    for operation, name, items in (
        ("get_route", "RouteId", routes),
        ("get_integration", "IntegrationId", integrations),
        ("get_authorizer", "AuthorizerId", authorizers),
    ):
        assert [shop.read(operation, ApiId=shop.id, **{name: one[name]}) for one in items.values()] == [*items.values()]


def test_stages(shop):
    [stage] = shop.read("get_stages", ApiId=shop.id)["Items"]
    assert stage == {
        "StageName": "v1",
        "AutoDeploy": True,
        "CreatedDate": NOW,
        "LastUpdatedDate": NOW,
        "DefaultRouteSettings": {
            "DetailedMetricsEnabled": False,
            "ThrottlingRateLimit": 2.0,
            "ThrottlingBurstLimit": 5,
        },
        "RouteSettings": {"GET /open": {"ThrottlingRateLimit": 1.0, "ThrottlingBurstLimit": 1}},
        "StageVariables": {"colour": "blue"},
        "Tags": {},
    }
    assert shop.read("get_stage", ApiId=shop.id, StageName="v1") == stage


def test_lists_come_in_pages(shop):
    pages = shop.client.get_paginator("get_routes").paginate(ApiId=shop.id, PaginationConfig={"PageSize": 2})
    assert [len(page["Items"]) for page in pages] == [2, 1]


@pytest.mark.parametrize(
    ("operation", "parameters", "code", "message"),
    [
        ("get_api", {"ApiId": "none"}, "NotFoundException", "Invalid API identifier specified"),
        ("get_stage", {"StageName": "v2"}, "NotFoundException", "Invalid Stage identifier specified"),
        ("get_route", {"RouteId": "none"}, "NotFoundException", "Invalid Route identifier specified"),
        ("get_apis", {"NextToken": "x"}, "BadRequestException", "Invalid position parameter"),
        ("create_api", {"Name": "x", "ProtocolType": "HTTP"}, "NotSupported", "apigatewayv2:CreateApi"),
        ("delete_route", {"RouteId": "none"}, "NotSupported", "apigatewayv2:DeleteRoute"),
    ],
)
def test_what_is_not_there_or_not_supported_is_refused_by_name(shop, operation, parameters, code, message):
    given = {**({} if operation in ("get_apis", "create_api") else {"ApiId": shop.id}), **parameters}
    with pytest.raises(ClientError, match=code) as refused:
        getattr(shop.client, operation)(**given)
    assert message in refused.value.response["Error"]["Message"]
