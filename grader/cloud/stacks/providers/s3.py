"""AWS::S3::*"""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError

from grader.cloud.errors import NotSupported
from grader.cloud.stacks.errors import ResourceFailure
from grader.cloud.stacks.providers.base import Made, Making, Provider
from grader.cloud.stacks.providers.iam import document
from grader.cloud.stacks.resource_type import ResourceType, resource_type
from grader.cloud.stacks.stack import Resource

UNVALIDATED = "Unable to validate the following destination configurations"


class BucketProvider(Provider):
    """``AWS::S3::Bucket``; ``Ref`` is the name. A bucket that is not empty cannot be deleted."""

    def create(self, making: Making) -> Made:
        name = making.name("BucketName", 63, lower=True)
        if "BucketName" in making.properties and self._exists(name):
            raise ResourceFailure(f"{name} already exists")
        self._check_destinations(making)
        region = self.tools.region
        place = {"LocationConstraint": region} if region != "us-east-1" else None
        self.tools.call("s3", "CreateBucket", Bucket=name, CreateBucketConfiguration=place, ACL=_acl(making))
        try:
            self._configure(name, making, {})
        except (ClientError, ResourceFailure):
            self.tools.call_unless_missing("s3", "DeleteBucket", Bucket=name)
            raise
        return self._made(name)

    def _exists(self, name: str) -> bool:
        try:
            self.tools.call("s3", "HeadBucket", Bucket=name)
        except ClientError as error:
            return error.response["ResponseMetadata"]["HTTPStatusCode"] != 404
        return True

    def _made(self, name: str) -> Made:
        region = self.tools.region
        arn = f"arn:aws:s3:::{name}"
        attributes = {
            "Arn": arn,
            "DomainName": f"{name}.s3.amazonaws.com",
            "RegionalDomainName": f"{name}.s3.{region}.amazonaws.com",
            "DualStackDomainName": f"{name}.s3.dualstack.{region}.amazonaws.com",
            "WebsiteURL": f"http://{name}.s3-website-{region}.amazonaws.com",
        }
        return Made(name, attributes, arn)

    def update(self, making: Making, current: Resource) -> Made:
        self._check_destinations(making)
        self._configure(current.physical_id, making, current.properties)
        return self._made(current.physical_id)

    def _configure(self, name: str, making: Making, before: Any) -> None:
        for key, setting in SETTINGS.items():
            if making.get(key) == before.get(key):
                continue
            operation, argument, convert, remove = setting
            if key in making.properties:
                self.tools.call("s3", operation, Bucket=name, **{argument: convert(making.get(key))})
            elif remove is not None:
                self.tools.call("s3", remove, Bucket=name)
            else:
                self.tools.call("s3", operation, Bucket=name, **{argument: convert(EMPTY[key])})

    def _check_destinations(self, making: Making) -> None:
        """S3 refuses a notification whose destination would not let it in."""
        configuration = making.get("NotificationConfiguration") or {}
        for item in configuration.get("LambdaConfigurations") or []:
            if not self._function_allows(str(item["Function"])):
                raise ResourceFailure(UNVALIDATED)
        for item in configuration.get("QueueConfigurations") or []:
            if not self._queue_allows(str(item["Queue"])):
                raise ResourceFailure(UNVALIDATED)
        for item in configuration.get("TopicConfigurations") or []:
            if not self._topic_allows(str(item["Topic"])):
                raise ResourceFailure(UNVALIDATED)

    def _function_allows(self, function: str) -> bool:
        from grader.cloud.stacks.providers.lambda_ import _unqualified

        return self._allows(
            "lambda:InvokeFunction", lambda: self.tools.call("lambda", "GetPolicy", **_unqualified(function))["Policy"]
        )

    def _queue_allows(self, queue: str) -> bool:
        def policy() -> str:
            url = self.tools.call("sqs", "GetQueueUrl", QueueName=queue.rpartition(":")[2])["QueueUrl"]
            answer = self.tools.call("sqs", "GetQueueAttributes", QueueUrl=url, AttributeNames=["Policy"])
            return str(answer.get("Attributes", {}).get("Policy", "{}"))

        return self._allows("sqs:SendMessage", policy)

    def _topic_allows(self, topic: str) -> bool:
        return self._allows(
            "sns:Publish",
            lambda: self.tools.call("sns", "GetTopicAttributes", TopicArn=topic)["Attributes"].get("Policy", "{}"),
        )

    def _allows(self, action: str, policy: Any) -> bool:
        try:
            statements = json.loads(policy() or "{}").get("Statement", [])
        except ClientError:
            return False
        return any(
            statement.get("Effect") == "Allow" and _names_s3(statement.get("Principal")) and _covers(statement, action)
            for statement in (statements if isinstance(statements, list) else [statements])
        )

    def delete(self, resource: Resource) -> None:
        try:
            self.tools.call_unless_missing("s3", "DeleteBucket", Bucket=resource.physical_id)
        except ClientError as error:
            if error.response["Error"]["Code"] != "BucketNotEmpty":
                raise
            raise ResourceFailure("The bucket you tried to delete is not empty") from error


def _names_s3(principal: Any) -> bool:
    services = principal.get("Service", []) if isinstance(principal, dict) else []
    everyone = principal == "*" or (isinstance(principal, dict) and principal.get("AWS") == "*")
    return everyone or "s3.amazonaws.com" in (services if isinstance(services, list) else [services])


def _covers(statement: dict[str, Any], action: str) -> bool:
    actions = statement.get("Action", [])
    service = action.split(":")[0]
    wanted = {action.lower(), f"{service}:*", "*"}
    return any(str(item).lower() in wanted for item in (actions if isinstance(actions, list) else [actions]))


def _acl(making: Making) -> str | None:
    names = {
        "Private": "private",
        "PublicRead": "public-read",
        "PublicReadWrite": "public-read-write",
        "AuthenticatedRead": "authenticated-read",
        "LogDeliveryWrite": "log-delivery-write",
        "BucketOwnerRead": "bucket-owner-read",
        "BucketOwnerFullControl": "bucket-owner-full-control",
    }
    value = making.get("AccessControl")
    if value is not None and value not in names:
        raise ResourceFailure(f"{value} is not a valid enum value for #/AccessControl")
    return names[value] if value else None


def _notifications(value: dict[str, Any]) -> dict[str, Any]:
    lists = {
        "LambdaConfigurations": ("LambdaFunctionConfigurations", "Function", "LambdaFunctionArn"),
        "QueueConfigurations": ("QueueConfigurations", "Queue", "QueueArn"),
        "TopicConfigurations": ("TopicConfigurations", "Topic", "TopicArn"),
    }
    done: dict[str, Any] = {}
    for key, items in value.items():
        if key == "EventBridgeConfiguration":
            done[key] = {}
        elif key in lists:
            name, destination, arn = lists[key]
            done[name] = [_notification(item, destination, arn) for item in items]
        else:
            raise NotSupported(f"AWS::S3::Bucket NotificationConfiguration.{key}")
    return done


def _notification(item: dict[str, Any], destination: str, arn: str) -> dict[str, Any]:
    done: dict[str, Any] = {arn: item[destination], "Events": [item["Event"]]}
    if "Filter" in item:
        rules = item["Filter"]["S3Key"]["Rules"]
        done["Filter"] = {"Key": {"FilterRules": [{"Name": rule["Name"], "Value": rule["Value"]} for rule in rules]}}
    return done


def _cors(value: dict[str, Any]) -> dict[str, Any]:
    names = {"MaxAge": "MaxAgeSeconds", "ExposedHeaders": "ExposeHeaders", "Id": "ID"}
    return {"CORSRules": [{names.get(key, key): item for key, item in rule.items()} for rule in value["CorsRules"]]}


def _encryption(value: dict[str, Any]) -> dict[str, Any]:
    rules = []
    for rule in value["ServerSideEncryptionConfiguration"]:
        names = {"ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault"}
        rules.append({names.get(key, key): item for key, item in rule.items()})
    return {"Rules": rules}


def _lifecycle(value: dict[str, Any]) -> dict[str, Any]:
    return {"Rules": [_lifecycle_rule(rule) for rule in value["Rules"]]}


def _lifecycle_rule(rule: dict[str, Any]) -> dict[str, Any]:
    done: dict[str, Any] = {"Status": rule["Status"], "Filter": {"Prefix": str(rule.get("Prefix", ""))}}
    known = {
        "Id",
        "Status",
        "Prefix",
        "ExpirationInDays",
        "ExpirationDate",
        "AbortIncompleteMultipartUpload",
        "NoncurrentVersionExpiration",
        "Transitions",
    }
    if unknown := sorted(set(rule) - known):
        raise NotSupported(f"AWS::S3::Bucket LifecycleConfiguration.Rules.{unknown[0]}")
    if "Id" in rule:
        done["ID"] = rule["Id"]
    if "ExpirationInDays" in rule:
        done["Expiration"] = {"Days": rule["ExpirationInDays"]}
    if "ExpirationDate" in rule:
        done["Expiration"] = {"Date": rule["ExpirationDate"]}
    if "Transitions" in rule:
        days = {"TransitionInDays": "Days", "TransitionDate": "Date"}
        done["Transitions"] = [{days.get(key, key): item for key, item in step.items()} for step in rule["Transitions"]]
    return done | {
        key: rule[key] for key in ("AbortIncompleteMultipartUpload", "NoncurrentVersionExpiration") if key in rule
    }


def _website(value: dict[str, Any]) -> dict[str, Any]:
    done: dict[str, Any] = {}
    if "IndexDocument" in value:
        done["IndexDocument"] = {"Suffix": value["IndexDocument"]}
    if "ErrorDocument" in value:
        done["ErrorDocument"] = {"Key": value["ErrorDocument"]}
    if "RedirectAllRequestsTo" in value:
        done["RedirectAllRequestsTo"] = value["RedirectAllRequestsTo"]
    if "RoutingRules" in value:
        names = {"RedirectRule": "Redirect", "RoutingRuleCondition": "Condition"}
        done["RoutingRules"] = [{names[key]: item for key, item in rule.items()} for rule in value["RoutingRules"]]
    return done


def _same(value: Any) -> Any:
    return value


# Property → (operation, its argument, converter, operation that removes the setting)
SETTINGS: dict[str, tuple[str, str, Any, str | None]] = {
    "VersioningConfiguration": ("PutBucketVersioning", "VersioningConfiguration", _same, None),
    "PublicAccessBlockConfiguration": (
        "PutPublicAccessBlock",
        "PublicAccessBlockConfiguration",
        _same,
        "DeletePublicAccessBlock",
    ),
    "OwnershipControls": ("PutBucketOwnershipControls", "OwnershipControls", _same, "DeleteBucketOwnershipControls"),
    "BucketEncryption": (
        "PutBucketEncryption",
        "ServerSideEncryptionConfiguration",
        _encryption,
        "DeleteBucketEncryption",
    ),
    "CorsConfiguration": ("PutBucketCors", "CORSConfiguration", _cors, "DeleteBucketCors"),
    "LifecycleConfiguration": (
        "PutBucketLifecycleConfiguration",
        "LifecycleConfiguration",
        _lifecycle,
        "DeleteBucketLifecycle",
    ),
    "WebsiteConfiguration": ("PutBucketWebsite", "WebsiteConfiguration", _website, "DeleteBucketWebsite"),
    "Tags": ("PutBucketTagging", "Tagging", lambda tags: {"TagSet": tags}, "DeleteBucketTagging"),
    "NotificationConfiguration": (
        "PutBucketNotificationConfiguration",
        "NotificationConfiguration",
        _notifications,
        None,
    ),
}
EMPTY: dict[str, Any] = {"VersioningConfiguration": {"Status": "Suspended"}, "NotificationConfiguration": {}}


class BucketPolicyProvider(Provider):
    """``AWS::S3::BucketPolicy``; ``Ref`` is the bucket's name."""

    def create(self, making: Making) -> Made:
        bucket = str(making.get("Bucket"))
        self.tools.call("s3", "PutBucketPolicy", Bucket=bucket, Policy=document(making.get("PolicyDocument")))
        return Made(bucket)

    def update(self, making: Making, current: Resource) -> Made:
        return self.create(making)

    def delete(self, resource: Resource) -> None:
        self.tools.call_unless_missing("s3", "DeleteBucketPolicy", Bucket=resource.physical_id)


TYPES: dict[str, ResourceType] = {
    "AWS::S3::Bucket": resource_type(
        BucketProvider,
        "",
        "BucketName AccessControl",
        " ".join(SETTINGS),
        "Arn DomainName RegionalDomainName DualStackDomainName WebsiteURL",
        "BucketName",
    ),
    "AWS::S3::BucketPolicy": resource_type(BucketPolicyProvider, "Bucket PolicyDocument", "Bucket", "PolicyDocument"),
}
