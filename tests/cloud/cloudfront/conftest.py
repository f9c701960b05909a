"""A site on CloudFront: a private bucket with an origin access control, and an API under ``/api``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from grader.cloud import Cloud
from grader.cloud.http import Answer

OPTIMIZED, DISABLED = "658327ea-f89d-4fab-a63d-7e88639e58f6", "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_BUT_HOST, ALL_VIEWER = "b689b0a8-53d0-40ab-baf2-68738e2966ac", "216adef6-5c7f-47e4-b989-5492eafa07d3"
CODE = """import json
def handler(event, context):
    seen = {"path": event["path"], "query": event["queryStringParameters"], "headers": event["headers"],
            "method": event["httpMethod"], "body": event["body"]}
    return {"statusCode": 404 if event["path"].endswith("none") else 200, "body": json.dumps(seen),
            "headers": {"Set-Cookie": "a=1"}}
"""
API = {
    "Type": "AWS::Serverless::Function",
    "Properties": {
        "Runtime": "python3.13",
        "Handler": "index.handler",
        "InlineCode": CODE,
        "Events": {"All": {"Type": "Api", "Properties": {"Path": "/{proxy+}", "Method": "ANY"}}},
    },
}
API_ORIGIN = {
    "Id": "api",
    "DomainName": {"Fn::Sub": "${ServerlessRestApi}.execute-api.${AWS::Region}.amazonaws.com"},
    "OriginPath": "/Prod",
    "CustomOriginConfig": {"OriginProtocolPolicy": "https-only"},
}
BEHAVIOUR = {"TargetOriginId": "site", "ViewerProtocolPolicy": "redirect-to-https", "CachePolicyId": OPTIMIZED}
API_BEHAVIOUR = {
    "PathPattern": "/api/*",
    "TargetOriginId": "api",
    "ViewerProtocolPolicy": "https-only",
    "CachePolicyId": DISABLED,
    "OriginRequestPolicyId": ALL_BUT_HOST,
    "AllowedMethods": ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"],
}
PAGES = {
    "index.html": ("<h1>front</h1>", {}),
    "about.html": ("about", {"CacheControl": "max-age=60"}),
    "fresh.html": ("fresh", {"CacheControl": "no-store"}),
    "oops.html": ("oops", {}),
    "a b.txt": ("a b", {}),
}


def template(*statements: dict[str, Any], behaviour: dict[str, Any] | None = None, api: bool = False,
             **settings: Any) -> dict[str, Any]:  # fmt: skip
    """The site; ``statements`` stand in the bucket's policy in place of the one that lets CloudFront read."""
    origins: list[Any] = [SITE_ORIGIN, *([API_ORIGIN] if api else [])]
    config = {
        "Enabled": True,
        "Origins": origins,
        "DefaultRootObject": "index.html",
        "DefaultCacheBehavior": {**BEHAVIOUR, **(behaviour or {})},
        **({"CacheBehaviors": [API_BEHAVIOUR]} if api else {}),
        **settings,
    }
    policy = {"Version": "2012-10-17", "Statement": list(statements) or [allowed()]}
    return {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            "Bucket": {"Type": "AWS::S3::Bucket"},
            "Policy": {
                "Type": "AWS::S3::BucketPolicy",
                "Properties": {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": policy},
            },
            "Control": {
                "Type": "AWS::CloudFront::OriginAccessControl",
                "Properties": {"OriginAccessControlConfig": OAC},
            },
            "Site": {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": config}},
            **({"Api": API} if api else {}),
        },
        "Outputs": {
            "Url": {"Value": {"Fn::Sub": "https://${Site.DomainName}"}},
            "Bucket": {"Value": {"Ref": "Bucket"}},
            "Id": {"Value": {"Ref": "Site"}},
        },
    }


OAC = {
    "Name": "site",
    "OriginAccessControlOriginType": "s3",
    "SigningBehavior": "always",
    "SigningProtocol": "sigv4",
}
SITE_ORIGIN = {
    "Id": "site",
    "DomainName": {"Fn::GetAtt": "Bucket.RegionalDomainName"},
    "OriginAccessControlId": {"Fn::GetAtt": "Control.Id"},
    "S3OriginConfig": {},
}


def allowed(action: str = "s3:GetObject", resource: str = "${Bucket.Arn}/*", source: str = "${Site}") -> dict[str, Any]:
    arn = {"Fn::Sub": "arn:aws:cloudfront::${AWS::AccountId}:distribution/" + source}
    return {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": action,
        "Resource": {"Fn::Sub": resource},
        "Condition": {"StringEquals": {"AWS:SourceArn": arn}},
    }


@dataclass
class Site:
    """The deployed site."""

    cloud: Cloud
    url: str
    bucket: str
    id: str

    def get(self, path: str = "/", **options: Any) -> Answer:
        return self.cloud.http.get(self.url + path, **options)

    def seen(self, path: str, **options: Any) -> dict[str, Any]:
        """What the API's function was given."""
        answer = self.cloud.http.request(options.pop("method", "GET"), self.url + path, **options)
        found: dict[str, Any] = json.loads(answer.body)
        return {**found, "headers": {name.lower(): value for name, value in found["headers"].items()}}

    def put(self, key: str, body: str, **more: Any) -> None:
        self.cloud.client("s3").put_object(Bucket=self.bucket, Key=key, Body=body.encode(), **more)


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud() as cloud:
        yield cloud


def site_of(cloud: Cloud, document: dict[str, Any]) -> Site:
    """Deploy a site and put its pages into the bucket."""
    stack = cloud.deploy(document, "site")
    made = Site(cloud, stack.outputs["Url"], stack.outputs["Bucket"], stack.outputs["Id"])
    for key, (body, more) in PAGES.items():
        made.put(key, body, ContentType="text/html", **more)
    return made


@pytest.fixture
def site(cloud: Cloud) -> Site:
    return site_of(cloud, template())
