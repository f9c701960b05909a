"""Which actions an API operation needs, and on which resources: one table, from AWS's service authorization reference.

A resource is a template over the operation's parameters. What the table does not name needs ``service:Operation`` on
``*``: fail closed, since only a policy that allows every resource then allows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from grader.cloud.iam.gateway_actions import SERVICES, gateway_action
from grader.cloud.iam.patterns import as_list

Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Need:
    """One action on one resource, with the condition keys (in lower case) that this need alone brings along."""

    action: str
    resource: str = "*"
    context: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Place:
    """The account and Region that resource names are completed with."""

    region: str
    account_id: str

    def arn(self, service: str, resource: str) -> str:
        """An ARN of this account and Region."""
        return f"arn:aws:{service}:{self.region}:{self.account_id}:{resource}"


Rule = Callable[[Parameters, Place], Iterator[Need]]


def needs_of(service: str, operation: str, parameters: Parameters, place: Place) -> tuple[Need, ...]:
    """What a principal must be allowed for this operation; every need counts."""
    if service in SERVICES:
        return (Need(*gateway_action(service, operation, parameters, place.region)),)
    special = SPECIAL.get((service, operation))
    if special:
        return tuple(special(parameters, place))
    action = f"{PREFIXES.get(service, service)}:{ACTIONS.get((service, operation), operation)}"
    if service == "sqs":  # SQS alone writes its actions in small letters
        action = action.lower()
    locate = RESOURCES.get(service)
    return (Need(action, (locate(operation, parameters, place) if locate else None) or "*"),)


PREFIXES = {"stepfunctions": "states", "dynamodbstreams": "dynamodb", "sns": "SNS", "sesv2": "ses"}

ACTIONS = {
    ("s3", "HeadObject"): "GetObject",
    ("s3", "SelectObjectContent"): "GetObject",
    ("s3", "ListObjects"): "ListBucket",
    ("s3", "ListObjectsV2"): "ListBucket",
    ("s3", "HeadBucket"): "ListBucket",
    ("s3", "ListObjectVersions"): "ListBucketVersions",
    ("s3", "ListBuckets"): "ListAllMyBuckets",
    ("s3", "CreateMultipartUpload"): "PutObject",
    ("s3", "UploadPart"): "PutObject",
    ("s3", "CompleteMultipartUpload"): "PutObject",
    ("s3", "ListParts"): "ListMultipartUploadParts",
    ("s3", "ListMultipartUploads"): "ListBucketMultipartUploads",
    ("s3", "GetBucketNotificationConfiguration"): "GetBucketNotification",
    ("s3", "PutBucketNotificationConfiguration"): "PutBucketNotification",
    ("s3", "GetBucketEncryption"): "GetEncryptionConfiguration",
    ("s3", "PutBucketEncryption"): "PutEncryptionConfiguration",
    ("s3", "DeleteBucketEncryption"): "PutEncryptionConfiguration",
    ("s3", "GetBucketLifecycleConfiguration"): "GetLifecycleConfiguration",
    ("s3", "PutBucketLifecycleConfiguration"): "PutLifecycleConfiguration",
    ("s3", "DeleteBucketLifecycle"): "PutLifecycleConfiguration",
    ("s3", "GetBucketCors"): "GetBucketCORS",
    ("s3", "PutBucketCors"): "PutBucketCORS",
    ("s3", "DeleteBucketCors"): "PutBucketCORS",
    ("s3", "GetPublicAccessBlock"): "GetBucketPublicAccessBlock",
    ("s3", "PutPublicAccessBlock"): "PutBucketPublicAccessBlock",
    ("s3", "DeletePublicAccessBlock"): "PutBucketPublicAccessBlock",
    ("s3", "GetBucketReplication"): "GetReplicationConfiguration",
    ("s3", "PutBucketReplication"): "PutReplicationConfiguration",
    ("s3", "GetBucketAccelerateConfiguration"): "GetAccelerateConfiguration",
    ("s3", "PutBucketAccelerateConfiguration"): "PutAccelerateConfiguration",
    ("s3", "DeleteBucketTagging"): "PutBucketTagging",
    ("lambda", "Invoke"): "InvokeFunction",
    ("lambda", "InvokeAsync"): "InvokeFunction",
    ("lambda", "InvokeWithResponseStream"): "InvokeFunction",
    ("sns", "PublishBatch"): "Publish",
    ("sqs", "SendMessageBatch"): "SendMessage",
    ("sqs", "DeleteMessageBatch"): "DeleteMessage",
    ("sqs", "ChangeMessageVisibilityBatch"): "ChangeMessageVisibility",
    ("secretsmanager", "BatchGetSecretValue"): "GetSecretValue",
}
# Operations of a service that are about no single resource.
LISTS = frozenset(
    {
        "ListBuckets", "ListTables", "DescribeLimits", "DescribeEndpoints", "ListQueues", "ListTopics",
        "ListSubscriptions", "Unsubscribe", "ListFunctions", "ListLayers", "GetAccountSettings", "ListSecrets",
        "DescribeParameters", "ListKeys", "ListAliases", "CreateKey", "GenerateRandom", "ListStateMachines",
        "PutMetricData", "GetMetricData", "GetMetricStatistics", "ListMetrics",
    }
)  # fmt: skip


def _s3(operation: str, given: Parameters, place: Place) -> str:
    bucket, key = given.get("Bucket"), given.get("Key")
    if not bucket or operation in LISTS:
        return "*"
    return f"arn:aws:s3:::{bucket}/{key}" if key is not None else f"arn:aws:s3:::{bucket}"


def _table(operation: str, given: Parameters, place: Place) -> str | None:
    name = given.get("TableName") or given.get("ResourceArn") or given.get("TableArn")
    if not name or operation in LISTS:
        return None
    arn = table_arn(str(name), place)
    return f"{arn}/index/{given['IndexName']}" if operation in ("Query", "Scan") and given.get("IndexName") else arn


def table_arn(name: str, place: Place) -> str:
    """A table's ARN from its name or ARN."""
    return name if name.startswith("arn:") else place.arn("dynamodb", f"table/{name}")


def _stream(operation: str, given: Parameters, place: Place) -> str | None:
    return given.get("StreamArn")


def _queue(operation: str, given: Parameters, place: Place) -> str | None:
    name = str(given.get("QueueUrl", "")).rpartition("/")[2] or given.get("QueueName")
    return place.arn("sqs", str(name)) if name and operation not in LISTS else None


def _topic(operation: str, given: Parameters, place: Place) -> str | None:
    if operation == "CreateTopic":
        return place.arn("sns", str(given.get("Name")))
    arn = given.get("TopicArn") or given.get("TargetArn") or given.get("ResourceArn")
    subscription = given.get("SubscriptionArn")
    return arn or (subscription.rpartition(":")[0] if subscription else None)


def function_arn(name: str, qualifier: str | None, place: Place) -> str:
    """A function's ARN from its name, partial ARN or ARN, with the qualifier it was called by."""
    if not name.startswith("arn:"):
        name = place.arn("lambda", f"function:{name.rpartition('function:')[2]}")
    return f"{name}:{qualifier}" if qualifier and name.count(":") == 6 else name


def _function(operation: str, given: Parameters, place: Place) -> str | None:
    if given.get("FunctionName") and operation not in LISTS:
        return function_arn(str(given["FunctionName"]), given.get("Qualifier"), place)
    if given.get("LayerName"):
        version = f":{given['VersionNumber']}" if given.get("VersionNumber") else ""
        return place.arn("lambda", f"layer:{given['LayerName']}{version}")
    if given.get("UUID"):
        return place.arn("lambda", f"event-source-mapping:{given['UUID']}")
    return given.get("Resource")


def _log_group(operation: str, given: Parameters, place: Place) -> str | None:
    name = given.get("logGroupName") or str(given.get("logGroupIdentifier") or "").rpartition(":log-group:")[2]
    if not name:
        prefix = given.get("logGroupNamePrefix", "*") if operation == "DescribeLogGroups" else None
        return place.arn("logs", f"log-group:{prefix}") if prefix else None
    stream = given.get("logStreamName")
    if operation in ("PutLogEvents", "GetLogEvents", "DeleteLogStream", "CreateLogStream"):
        return place.arn("logs", f"log-group:{name}:log-stream:{stream}")
    return place.arn("logs", f"log-group:{name}")


def _parameter(operation: str, given: Parameters, place: Place) -> str | None:
    name = given.get("Name") or given.get("Path")
    return place.arn("ssm", f"parameter/{str(name).lstrip('/')}") if name and operation not in LISTS else None


def _secret(operation: str, given: Parameters, place: Place) -> str | None:
    name = given.get("SecretId") or given.get("Name")
    if not name or operation in LISTS:
        return None
    return str(name) if str(name).startswith("arn:") else place.arn("secretsmanager", f"secret:{name}")


def _key(operation: str, given: Parameters, place: Place) -> str | None:
    key = given.get("KeyId") or given.get("TargetKeyId")
    if not key or operation in LISTS:
        return None
    return str(key) if str(key).startswith("arn:") else place.arn("kms", f"key/{key}")


def _role(operation: str, given: Parameters, place: Place) -> str | None:
    return given.get("RoleArn")


def _stack(operation: str, given: Parameters, place: Place) -> str | None:
    name = given.get("StackName")
    if not name:
        return None
    return str(name) if str(name).startswith("arn:") else place.arn("cloudformation", f"stack/{name}/*")


def _alarm(operation: str, given: Parameters, place: Place) -> str | None:
    names = as_list(given.get("AlarmName") or given.get("AlarmNames"))
    return place.arn("cloudwatch", f"alarm:{names[0]}") if names and operation not in LISTS else None


def _rule(operation: str, given: Parameters, place: Place) -> str | None:
    name, bus = given.get("Name") or given.get("Rule"), given.get("EventBusName")
    path = f"{bus}/{name}" if bus and bus != "default" else name
    return place.arn("events", f"rule/{path}") if name else None


def _machine(operation: str, given: Parameters, place: Place) -> str | None:
    return given.get("stateMachineArn") or given.get("executionArn") or given.get("activityArn")


def _iam(operation: str, given: Parameters, place: Place) -> str | None:
    for kind in ("Role", "User", "Group", "InstanceProfile"):
        if given.get(f"{kind}Name"):
            return f"arn:aws:iam::{place.account_id}:{_KINDS[kind]}/{given[f'{kind}Name']}"
    return given.get("PolicyArn")


_KINDS = {"Role": "role", "User": "user", "Group": "group", "InstanceProfile": "instance-profile"}

RESOURCES: Mapping[str, Callable[[str, Parameters, Place], str | None]] = {
    "s3": _s3,
    "dynamodb": _table,
    "dynamodbstreams": _stream,
    "sqs": _queue,
    "sns": _topic,
    "lambda": _function,
    "logs": _log_group,
    "ssm": _parameter,
    "secretsmanager": _secret,
    "kms": _key,
    "sts": _role,
    "cloudformation": _stack,
    "cloudwatch": _alarm,
    "events": _rule,
    "stepfunctions": _machine,
    "iam": _iam,
}


def _get_object(given: Parameters, place: Place) -> Iterator[Need]:
    yield Need("s3:GetObjectVersion" if given.get("VersionId") else "s3:GetObject", _s3("", given, place))


def _put_object(given: Parameters, place: Place) -> Iterator[Need]:
    yield Need("s3:PutObject", _s3("", given, place))
    if given.get("ACL") or any(str(name).startswith("Grant") and given[name] for name in given):
        yield Need("s3:PutObjectAcl", _s3("", given, place))
    if given.get("Tagging"):
        yield Need("s3:PutObjectTagging", _s3("", given, place))


def _copy_object(given: Parameters, place: Place) -> Iterator[Need]:
    source, _, version = str(given.get("CopySource", "")).lstrip("/").partition("?versionId=")
    yield Need("s3:GetObjectVersion" if version else "s3:GetObject", f"arn:aws:s3:::{source}")
    yield from _put_object(given, place)


def _delete_object(given: Parameters, place: Place) -> Iterator[Need]:
    yield Need("s3:DeleteObjectVersion" if given.get("VersionId") else "s3:DeleteObject", _s3("", given, place))


def _delete_objects(given: Parameters, place: Place) -> Iterator[Need]:
    for each in as_list((given.get("Delete") or {}).get("Objects")):
        yield from _delete_object({"Bucket": given.get("Bucket"), **each}, place)


def _batch(action: str) -> Rule:
    def rule(given: Parameters, place: Place) -> Iterator[Need]:
        for name in given.get("RequestItems") or {}:
            yield Need(action, table_arn(name, place))

    return rule


# A transaction needs what its items need; there is no action dynamodb:TransactWriteItems.
TRANSACTION_ACTIONS = {
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
    "ConditionCheck": "dynamodb:ConditionCheckItem",
    "Get": "dynamodb:GetItem",
}


def _transaction(given: Parameters, place: Place) -> Iterator[Need]:
    needed = {
        Need(TRANSACTION_ACTIONS.get(kind, f"dynamodb:{kind}"), table_arn(str(item.get("TableName")), place)): None
        for each in as_list(given.get("TransactItems"))
        for kind, item in each.items()
    }
    yield from needed


def _statement(given: Parameters, place: Place) -> Iterator[Need]:
    words = str(given.get("Statement", "")).replace('"', " ").replace("'", " ").split()
    verb = words[0].title() if words else "Select"
    markers = {"Select": "FROM", "Delete": "FROM", "Insert": "INTO", "Update": "UPDATE"}
    upper = [word.upper() for word in words]
    at = upper.index(markers[verb]) + 1 if markers.get(verb) in upper else len(words)
    name = words[at].partition(".")[0] if at < len(words) else "*"
    yield Need(f"dynamodb:PartiQL{verb}", table_arn(name, place))


def _parameters(given: Parameters, place: Place) -> Iterator[Need]:
    for name in as_list(given.get("Names")):
        yield Need("ssm:GetParameters", place.arn("ssm", f"parameter/{str(name).lstrip('/')}"))


def _put_events(given: Parameters, place: Place) -> Iterator[Need]:
    buses = {str(each.get("EventBusName") or "default") for each in as_list(given.get("Entries"))} or {"default"}
    for bus in sorted(buses):
        yield Need("events:PutEvents", bus if bus.startswith("arn:") else place.arn("events", f"event-bus/{bus}"))


def _with_passed_role(operation: str) -> Rule:
    def rule(given: Parameters, place: Place) -> Iterator[Need]:
        yield Need(f"lambda:{operation}", _function(operation, given, place) or "*")
        if given.get("Role"):
            yield Need("iam:PassRole", str(given["Role"]))

    return rule


def _nothing(given: Parameters, place: Place) -> Iterator[Need]:
    """``sts:GetCallerIdentity`` needs no permission, and no policy can deny it."""
    return iter(())


SPECIAL: Mapping[tuple[str, str], Rule] = {
    ("s3", "GetObject"): _get_object,
    ("s3", "HeadObject"): _get_object,
    ("s3", "PutObject"): _put_object,
    ("s3", "CopyObject"): _copy_object,
    ("s3", "UploadPartCopy"): _copy_object,
    ("s3", "DeleteObject"): _delete_object,
    ("s3", "DeleteObjects"): _delete_objects,
    ("dynamodb", "BatchGetItem"): _batch("dynamodb:BatchGetItem"),
    ("dynamodb", "BatchWriteItem"): _batch("dynamodb:BatchWriteItem"),
    ("dynamodb", "TransactWriteItems"): _transaction,
    ("dynamodb", "TransactGetItems"): _transaction,
    ("dynamodb", "ExecuteStatement"): _statement,
    ("ssm", "GetParameters"): _parameters,
    ("events", "PutEvents"): _put_events,
    ("lambda", "CreateFunction"): _with_passed_role("CreateFunction"),
    ("lambda", "UpdateFunctionConfiguration"): _with_passed_role("UpdateFunctionConfiguration"),
    ("sts", "GetCallerIdentity"): _nothing,
}
