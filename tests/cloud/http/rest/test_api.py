"""What boto3 reads of REST APIs: the shapes of the service's model, read back by botocore."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import boto3
import pytest
from botocore.exceptions import ClientError

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      Name: shop
      StageName: Prod
      OpenApiVersion: 3.0.1
      EndpointConfiguration: {Type: REGIONAL}
      BinaryMediaTypes: [image/png]
      Variables: {colour: blue}
      MethodSettings:
        - {ResourcePath: "/pets/{id}", HttpMethod: GET, ThrottlingRateLimit: 3, ThrottlingBurstLimit: 5}
        - {ResourcePath: "/*", HttpMethod: "*", MetricsEnabled: true}
      Auth:
        Authorizers:
          Gate:
            FunctionArn: !GetAtt Gate.Arn
            FunctionPayloadType: REQUEST
            Identity: {Headers: [X-Gate], ReauthorizeEvery: 60}
        ApiKeyRequired: true
        UsagePlan:
          CreateUsagePlan: PER_API
          UsagePlanName: plan
          Quota: {Limit: 10, Period: DAY}
          Throttle: {RateLimit: 5, BurstLimit: 6}
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
        One:
          Type: Api
          Properties: {RestApiId: !Ref Api, Path: "/pets/{id}", Method: get, Auth: {Authorizer: Gate}}
        All: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /pets, Method: any}}
Outputs:
  Url: {Value: !Sub "https://${Api}.execute-api.${AWS::Region}.amazonaws.com/Prod"}
  Api: {Value: !Ref Api}
"""
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
FUNCTIONS = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012"


class Shop:
    """The deployed API and a client for reading it."""

    def __init__(self, account):
        account.handlers |= {"hello": lambda event, environment: {"statusCode": 200, "body": event["path"]}}
        account.handlers["gate"] = lambda event, environment: {}
        self.url, self.id = (account.cloud.deploy(TEMPLATE, name="shop").outputs[name] for name in ("Url", "Api"))
        self.client = account.client("apigateway")

    def read(self, operation, **parameters):
        answer = getattr(self.client, operation)(**parameters)
        answer.pop("ResponseMetadata")
        return answer

    def resource(self, path):
        return next(one for one in self.read("get_resources", restApiId=self.id)["items"] if one["path"] == path)


@pytest.fixture
def shop(account):
    return Shop(account)


def test_apis(shop):
    described = {
        "id": shop.id,
        "name": "shop",
        "createdDate": NOW,
        "apiKeySource": "HEADER",
        "binaryMediaTypes": ["image/png"],
        "endpointConfiguration": {"types": ["REGIONAL"]},
        "disableExecuteApiEndpoint": False,
        "rootResourceId": shop.resource("/")["id"],
        "tags": {},
    }
    assert shop.read("get_rest_apis") == {"items": [described]}
    assert shop.read("get_rest_api", restApiId=shop.id) == described


def test_resources_methods_and_integrations(shop):
    root, pets, one = (shop.resource(path) for path in ("/", "/pets", "/pets/{id}"))
    assert root == {"id": root["id"], "path": "/"}
    assert pets == {
        "id": pets["id"],
        "parentId": root["id"],
        "path": "/pets",
        "pathPart": "pets",
        "resourceMethods": {"ANY": {}},
    }
    [authorizer] = shop.read("get_authorizers", restApiId=shop.id)["items"]
    integration = {
        "type": "AWS_PROXY",
        "uri": f"{FUNCTIONS}:function:hello/invocations",
        "httpMethod": "POST",
        "passthroughBehavior": "WHEN_NO_MATCH",
        "timeoutInMillis": 29000,
        "cacheNamespace": one["id"],
        "cacheKeyParameters": [],
    }
    method = {
        "httpMethod": "GET",
        "authorizationType": "CUSTOM",
        "authorizerId": authorizer["id"],
        "apiKeyRequired": True,
        "methodIntegration": integration,
    }
    place = {"restApiId": shop.id, "resourceId": one["id"]}
    assert shop.read("get_method", **place, httpMethod="GET") == method
    assert shop.read("get_integration", **place, httpMethod="GET") == integration
    assert shop.read("get_resource", **place, embed=["methods"]) == {**one, "resourceMethods": {"GET": method}}
    assert authorizer == {
        "id": authorizer["id"],
        "name": "Gate",
        "type": "REQUEST",
        "authType": "custom",
        "authorizerUri": f"{FUNCTIONS}:function:gate/invocations",
        "identitySource": "method.request.header.X-Gate",
        "authorizerResultTtlInSeconds": 60,
    }
    assert shop.read("get_authorizer", restApiId=shop.id, authorizerId=authorizer["id"]) == authorizer


def test_stages_and_deployments(shop):
    stages = shop.read("get_stages", restApiId=shop.id)["item"]
    [deployment] = shop.read("get_deployments", restApiId=shop.id)["items"]
    assert [stage["stageName"] for stage in stages] == ["Prod"]
    quiet = {"loggingLevel": "OFF", "dataTraceEnabled": False, "cachingEnabled": False}
    assert stages[0] == {
        "stageName": "Prod",
        "deploymentId": deployment["id"],
        "createdDate": NOW,
        "lastUpdatedDate": NOW,
        "cacheClusterEnabled": False,
        "cacheClusterStatus": "NOT_AVAILABLE",
        "tracingEnabled": False,
        "methodSettings": {
            "~1pets~1{id}/GET": {
                **quiet, "metricsEnabled": False, "throttlingRateLimit": 3.0, "throttlingBurstLimit": 5,
            },
            "*/*": {**quiet, "metricsEnabled": True, "throttlingRateLimit": 10000.0, "throttlingBurstLimit": 5000},
        },
        "variables": {"colour": "blue"},
        "tags": {},
    }  # fmt: skip
    assert shop.read("get_stage", restApiId=shop.id, stageName="Prod") == stages[0]
    assert shop.read("get_deployment", restApiId=shop.id, deploymentId=deployment["id"]) == deployment


def test_keys_and_plans_and_what_was_used(shop, account):
    [key] = shop.read("get_api_keys", includeValues=True)["items"]
    [plan] = shop.read("get_usage_plans", keyId=key["id"])["items"]
    assert plan == {
        "id": plan["id"],
        "name": "plan",
        "apiStages": [{"apiId": shop.id, "stage": "Prod", "throttle": {}}],
        "throttle": {"rateLimit": 5.0, "burstLimit": 6},
        "quota": {"limit": 10, "offset": 0, "period": "DAY"},
    }
    named = {"id": key["id"], "type": "API_KEY", "value": key["value"], "name": key["name"]}
    assert shop.read("get_usage_plan_keys", usagePlanId=plan["id"]) == {"items": [named]}
    assert "value" not in shop.read("get_api_key", apiKey=key["id"])
    assert shop.read("get_api_key", apiKey=key["id"], includeValue=True) == key
    for _ in range(3):
        assert account.cloud.http.get(f"{shop.url}/pets", headers={"x-api-key": key["value"]}).status == 200
    days = {"startDate": "2026-11-01", "endDate": "2026-11-02"}
    used = shop.read("get_usage", usagePlanId=plan["id"], **days)
    assert used == {"usagePlanId": plan["id"], **days, "items": {key["id"]: [[0, 10], [3, 7]]}}


def test_a_method_is_tried_out(shop):
    place = {"restApiId": shop.id, "resourceId": shop.resource("/pets/{id}")["id"], "httpMethod": "GET"}
    tried = shop.read("test_invoke_method", **place, pathWithQueryString="/pets/3")
    assert (tried["status"], tried["body"]) == (200, "/pets/3")
    assert tried["log"].splitlines()[-1].endswith("Method completed with status: 200")
    assert tried["multiValueHeaders"]["Content-Type"] == ["application/json"]


@pytest.mark.parametrize(("kind", "key", "version"), [("oas30", "openapi", "3.0.1"), ("swagger", "swagger", "2.0")])
def test_an_export_can_be_made_into_an_api_again(shop, account, kind, key, version):
    given = {"restApiId": shop.id, "stageName": "Prod", "exportType": kind}
    answer = shop.client.get_export(**given, parameters={"extensions": "integrations"})
    document = json.loads(answer["body"].read())
    assert (answer["contentType"], document[key], document["info"]["title"]) == ("application/json", version, "shop")
    assert sorted(document["paths"]) == ["/pets", "/pets/{id}"]
    again = account.cloud.gateway.apis.create("again", document)
    assert {path: set(one.methods) for path, one in again.definition.resources.items()} == {
        "/": set(),
        "/pets": {"ANY"},
        "/pets/{id}": {"GET"},
    }


def test_an_authorizers_answers_are_forgotten_on_demand(shop, account):
    asked = []

    def gate(event, environment):
        asked.append(event["path"])
        statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": "*"}
        return {"principalId": "me", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}

    account.handlers["gate"] = gate
    [key] = shop.read("get_api_keys", includeValues=True)["items"]
    headers = {"x-api-key": key["value"], "X-Gate": "open"}
    for path in ("/pets/1", "/pets/2"):
        assert account.cloud.http.get(shop.url + path, headers=headers).status == 200
    shop.read("flush_stage_authorizers_cache", restApiId=shop.id, stageName="Prod")
    account.cloud.http.get(f"{shop.url}/pets/3", headers=headers)
    assert asked == ["/pets/1", "/pets/3"]


def test_lists_come_in_pages(shop, account):
    for number in range(4):
        account.cloud.gateway.apis.create(f"api{number}", {"swagger": "2.0", "info": {}, "paths": {}})
    pages = shop.client.get_paginator("get_rest_apis").paginate(PaginationConfig={"PageSize": 2})
    assert [[api["name"] for api in page["items"]] for page in pages] == [["shop", "api0"], ["api1", "api2"], ["api3"]]


@pytest.mark.parametrize(
    ("operation", "parameters", "code", "message"),
    [
        ("get_rest_api", {"restApiId": "none"}, "NotFoundException", "Invalid API identifier specified"),
        ("get_stage", {"stageName": "prod"}, "NotFoundException", "Invalid stage identifier specified"),
        ("get_resource", {"resourceId": "none"}, "NotFoundException", "Invalid Resource identifier specified"),
        ("get_usage_plan", {"usagePlanId": "none"}, "NotFoundException", "Invalid Usage Plan ID specified"),
        ("get_rest_apis", {"position": "x"}, "BadRequestException", "Invalid position parameter"),
        ("create_rest_api", {"name": "x"}, "NotSupported", "apigateway:CreateRestApi"),
        ("delete_stage", {"stageName": "Prod"}, "NotSupported", "apigateway:DeleteStage"),
    ],
)
def test_what_is_not_there_or_not_supported_is_refused_by_name(shop, operation, parameters, code, message):
    needs_api = "restApiId" in shop.client.meta.service_model.operation_model(_camel(operation)).input_shape.members
    given = {**({"restApiId": shop.id} if needs_api else {}), **parameters}
    with pytest.raises(ClientError, match=code) as refused:
        getattr(shop.client, operation)(**given)
    assert message in refused.value.response["Error"]["Message"]


def _camel(operation):
    return "".join(part.capitalize() for part in operation.split("_"))


def test_reading_needs_apigateway_get_on_the_address(shop, account):
    told = []

    def reader(event, environment):
        keys = environment.credentials
        client = boto3.client(
            "apigateway",
            aws_access_key_id=keys.access_key_id,
            aws_secret_access_key=keys.secret_access_key,
            aws_session_token=keys.session_token,
        )
        for call in (lambda: client.get_rest_apis(), lambda: client.get_stages(restApiId=shop.id)):
            try:
                told.append(call()["ResponseMetadata"]["HTTPStatusCode"])
            except ClientError as refused:
                told.append(refused.response["Error"])

    allow = {"Effect": "Allow", "Action": "apigateway:GET", "Resource": "arn:aws:apigateway:us-east-1::/restapis"}
    account.function("reader", reader, allow)
    account.client("lambda").invoke(FunctionName="reader")
    denied = told[1]
    assert (told[0], denied["Code"]) == (200, "AccessDeniedException")
    assert f"apigateway:GET on resource: arn:aws:apigateway:us-east-1::/restapis/{shop.id}/stages" in denied["Message"]
