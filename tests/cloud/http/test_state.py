"""APIs outlive the process of their account: what a snapshot keeps of them."""

from __future__ import annotations

from grader.cloud import Cloud
from grader.cloud.state import Snapshots

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Handler: index.handler, Runtime: python3.13}}
Resources:
  Rest:
    Type: AWS::Serverless::Api
    Properties:
      StageName: Prod
      Auth:
        ApiKeyRequired: true
        Authorizers:
          Gate: {FunctionArn: !GetAtt Gate.Arn, FunctionPayloadType: REQUEST, Identity: {Headers: [X-Gate]}}
        UsagePlan: {CreateUsagePlan: PER_API, UsagePlanName: plan, Quota: {Limit: 3, Period: DAY}}
  Http:
    Type: AWS::Serverless::HttpApi
    Properties:
      Auth:
        DefaultAuthorizer: Token
        Authorizers:
          Token:
            IdentitySource: $request.header.Authorization
            JwtConfiguration: {issuer: https://login.example, audience: [photos]}
  Gate:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: |
        def handler(event, context):
            allow = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": "*"}
            return {"principalId": event["requestContext"]["requestId"], "policyDocument": {"Statement": [allow]}}
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      FunctionUrlConfig: {AuthType: NONE}
      InlineCode: |
        def handler(event, context):
            who = (event["requestContext"].get("authorizer") or {}).get("principalId")
            return {"statusCode": 200, "body": str(who)}
      Events:
        Rest: {Type: Api, Properties: {RestApiId: !Ref Rest, Path: /a, Method: get, Auth: {Authorizer: Gate}}}
        Http: {Type: HttpApi, Properties: {ApiId: !Ref Http, Path: /a, Method: get}}
Outputs:
  Rest: {Value: !Sub "https://${Rest}.execute-api.${AWS::Region}.amazonaws.com/Prod/a"}
  Http: {Value: !Sub "${Http.ApiEndpoint}/a"}
  Url: {Value: !GetAtt HelloUrl.FunctionUrl}
"""


def test_apis_keys_tokens_and_authorizers_answers_are_kept():
    with Cloud() as cloud:
        snapshots = Snapshots(cloud)
        issuer = cloud.http.issuer("https://login.example")
        stack = cloud.deploy(TEMPLATE, name="app")
        key = cloud.client("apigateway").get_api_keys(includeValues=True)["items"][0]["value"]
        gated = {"x-api-key": key, "X-Gate": "me"}
        token = {"Authorization": issuer.token(audience="photos")}
        who = cloud.http.get(stack.outputs["Rest"], headers=gated).body
        snapshot = snapshots.take()

    with Cloud(seed=7) as cloud:
        Snapshots(cloud).put(snapshot)
        urls = cloud.stacks.get("app").outputs
        asked = [cloud.http.get(urls["Rest"], headers=gated) for _ in range(3)]
        assert [answer.status for answer in asked] == [200, 200, 429]
        assert asked[0].body == who
        assert [cloud.http.get(urls["Http"], headers=headers).status for headers in (token, {})] == [200, 401]
        assert cloud.http.get(urls["Url"]).body == "None"
