"""Distributions in templates and through the API.

Facts: CloudFormation's reference of AWS::CloudFront::Distribution and OriginAccessControl; CloudFront API Reference
(errors of CreateDistribution, DeleteDistribution, UpdateDistribution).
"""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from grader.cloud import Cloud, DeployError

from .conftest import API_ORIGIN, BEHAVIOUR, SITE_ORIGIN, Site, allowed, site_of, template

CUSTOM = {**API_ORIGIN, "Id": "site", "DomainName": "a.example"}


def config_of(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["Resources"]["Site"]["Properties"]["DistributionConfig"]
    return found


@pytest.mark.parametrize(
    ("settings", "feature"),
    [
        ({"Aliases": ["www.example.com"]}, "Aliases"),
        ({"WebACLId": "arn:aws:wafv2:us-east-1:123456789012:global/webacl/x/1"}, "WebACLId"),
        ({"Logging": {"Bucket": "logs.s3.amazonaws.com"}}, "Logging"),
        ({"Restrictions": {"GeoRestriction": {"RestrictionType": "whitelist", "Locations": ["DE"]}}}, "GeoRestriction"),
        (
            {"ViewerCertificate": {"AcmCertificateArn": "arn:aws:acm:us-east-1:1:certificate/x"}},
            "certificates",
        ),
    ],
)
def test_what_is_not_imitated_is_refused_by_name(cloud: Cloud, settings: dict[str, Any], feature: str) -> None:
    with pytest.raises(DeployError, match=f"NotSupported: .*{feature}"):
        cloud.deploy(template(**settings), "site")


@pytest.mark.parametrize(
    "behaviour",
    [
        {"FunctionAssociations": [{"EventType": "viewer-request", "FunctionARN": "arn:aws:cloudfront::1:function/f"}]},
        {
            "LambdaFunctionAssociations": [
                {"EventType": "origin-request", "LambdaFunctionARN": "arn:aws:lambda:us-east-1:1:function:f:1"}
            ]
        },
        {"TrustedKeyGroups": ["k"]},
        {"CachePolicyId": "11111111-1111-1111-1111-111111111111"},
    ],
)
def test_code_at_the_edge_signed_urls_and_own_policies_are_refused_by_name(
    cloud: Cloud, behaviour: dict[str, Any]
) -> None:
    with pytest.raises(DeployError, match=f"NotSupported: .*{next(iter(behaviour))}"):
        cloud.deploy(template(behaviour=behaviour), "site")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"Origins": [{**SITE_ORIGIN, "S3OriginConfig": None}]}, "Exactly one of CustomOriginConfig"),
        (
            {"Origins": [{**CUSTOM, "OriginAccessControlId": {"Ref": "Control"}}]},
            "The origin type and OAC origin type differ",
        ),
        ({"Origins": [{**SITE_ORIGIN, "DomainName": "www.example.com"}]}, "does not refer to a valid S3 bucket"),
        ({"Origins": [{**SITE_ORIGIN, "OriginAccessControlId": "ENONE"}]}, "origin access control does not exist"),
        ({"Origins": [{**SITE_ORIGIN, "OriginPath": "v1/"}]}, "OriginPath"),
        ({"DefaultCacheBehavior": {**BEHAVIOUR, "TargetOriginId": "other"}}, "origins or origin groups do not exist"),
        ({"DefaultCacheBehavior": {**BEHAVIOUR, "AllowedMethods": ["GET", "POST"]}}, "AllowedMethods"),
        ({"DefaultCacheBehavior": {**BEHAVIOUR, "CachePolicyId": ""}}, "ForwardedValues is required"),
        ({"CustomErrorResponses": [{"ErrorCode": 404, "ResponsePagePath": "/x"}]}, "ResponseCode"),
        ({"CustomErrorResponses": [{"ErrorCode": 418}]}, "ErrorCode"),
        ({"DefaultRootObject": "/index.html"}, "DefaultRootObject is invalid"),
        ({"Nonsense": 1}, "Nonsense"),
    ],
)
def test_a_wrong_configuration_is_refused(cloud: Cloud, change: dict[str, Any], words: str) -> None:
    document = template()
    config = config_of(document)
    config.update(change)
    config["Origins"] = [{k: v for k, v in each.items() if v is not None} for each in config["Origins"]]

    with pytest.raises(DeployError, match=words):
        cloud.deploy(document, "site")


def test_a_change_keeps_the_address_and_what_is_cached(site: Site) -> None:
    site.get("/about.html")
    site.put("about.html", "new")

    stack = site.cloud.deploy(template(Comment="changed", DefaultRootObject="about.html"), "site")

    assert stack.outputs["Url"] == site.url
    assert site.get("/").body == "about"


def test_a_deleted_stack_leaves_nothing(site: Site) -> None:
    for page in site.cloud.client("s3").list_objects_v2(Bucket=site.bucket)["Contents"]:
        site.cloud.client("s3").delete_object(Bucket=site.bucket, Key=page["Key"])

    site.cloud.client("cloudformation").delete_stack(StackName="site")

    cloudfront = site.cloud.client("cloudfront")
    assert cloudfront.list_distributions()["DistributionList"]["Quantity"] == 0
    assert cloudfront.list_origin_access_controls()["OriginAccessControlList"]["Quantity"] == 0


def test_an_attribute_that_a_distribution_does_not_have_is_refused(cloud: Cloud) -> None:
    document = template()
    document["Outputs"]["Url"]["Value"] = {"Fn::GetAtt": "Site.Url"}

    with pytest.raises(DeployError, match="Url"):
        cloud.deploy(document, "site")


def code(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(**arguments)
    return str(error.value.response["Error"]["Code"])


def test_the_api_shows_changes_and_deletes_distributions(site: Site) -> None:
    cloudfront = site.cloud.client("cloudfront")
    found = cloudfront.get_distribution(Id=site.id)
    config, etag = found["Distribution"]["DistributionConfig"], found["ETag"]

    assert found["Distribution"]["Status"] == "Deployed"
    assert found["Distribution"]["DomainName"] == site.url.removeprefix("https://")
    assert config["Origins"]["Items"][0]["OriginAccessControlId"]
    assert [each["Id"] for each in cloudfront.list_distributions()["DistributionList"]["Items"]] == [site.id]
    assert code(cloudfront.delete_distribution, Id=site.id, IfMatch=etag) == "DistributionNotDisabled"
    assert code(cloudfront.delete_distribution, Id=site.id, IfMatch="EOLD") == "PreconditionFailed"
    assert code(cloudfront.delete_distribution, Id=site.id) == "InvalidIfMatchVersion"
    off = {**config, "Enabled": False}
    changed = cloudfront.update_distribution(Id=site.id, IfMatch=etag, DistributionConfig=off)
    control = config["Origins"]["Items"][0]["OriginAccessControlId"]
    its = cloudfront.get_origin_access_control(Id=control)["ETag"]
    assert code(cloudfront.delete_origin_access_control, Id=control, IfMatch=its) == "OriginAccessControlInUse"
    cloudfront.delete_distribution(Id=site.id, IfMatch=changed["ETag"])
    cloudfront.delete_origin_access_control(Id=control, IfMatch=its)
    assert code(cloudfront.get_distribution, Id=site.id) == "NoSuchDistribution"


def test_tags_and_invalidations_are_shown(site: Site) -> None:
    cloudfront = site.cloud.client("cloudfront")
    arn = cloudfront.get_distribution(Id=site.id)["Distribution"]["ARN"]
    cloudfront.tag_resource(Resource=arn, Tags={"Items": [{"Key": "team", "Value": "web"}]})
    batch = {"CallerReference": "1", "Paths": {"Quantity": 1, "Items": ["/*"]}}
    made = cloudfront.create_invalidation(DistributionId=site.id, InvalidationBatch=batch)["Invalidation"]["Id"]

    assert {"Key": "team", "Value": "web"} in cloudfront.list_tags_for_resource(Resource=arn)["Tags"]["Items"]
    assert cloudfront.get_invalidation(DistributionId=site.id, Id=made)["Invalidation"]["Status"] == "Completed"
    assert cloudfront.list_invalidations(DistributionId=site.id)["InvalidationList"]["Quantity"] == 1
    wrong = {"CallerReference": "2", "Paths": {"Quantity": 1, "Items": ["/*/x"]}}
    assert code(cloudfront.create_invalidation, DistributionId=site.id, InvalidationBatch=wrong) == "InvalidArgument"


def test_a_role_invalidates_what_its_policy_names(site: Site) -> None:
    arn = f"arn:aws:cloudfront::{site.cloud.account_id}:distribution/{site.id}"
    batch = {"CallerReference": "1", "Paths": {"Quantity": 1, "Items": ["/*"]}}
    for resource, may in ((arn, True), (arn + "X", False)):
        allow = {"Effect": "Allow", "Action": "cloudfront:CreateInvalidation", "Resource": resource}
        held = site.cloud.identity.policy_credentials([{"Version": "2012-10-17", "Statement": [allow]}])
        client = boto3.client(
            "cloudfront", aws_access_key_id=held.access_key_id, aws_secret_access_key=held.secret_access_key,
            aws_session_token=held.session_token, region_name="us-east-1",
        )  # fmt: skip
        if may:
            client.create_invalidation(DistributionId=site.id, InvalidationBatch=batch)
        else:
            assert code(client.create_invalidation, DistributionId=site.id, InvalidationBatch=batch) == "AccessDenied"


def test_an_operation_that_is_not_imitated_says_so(cloud: Cloud) -> None:
    assert code(cloud.client("cloudfront").list_cache_policies) == "NotSupported"


def test_a_bucket_policy_for_cloudfront_is_not_public(cloud: Cloud) -> None:
    site = site_of(cloud, template(allowed(), allowed("s3:ListBucket", "${Bucket.Arn}")))

    status = cloud.client("s3").get_bucket_policy_status(Bucket=site.bucket)["PolicyStatus"]
    assert status == {"IsPublic": False}
