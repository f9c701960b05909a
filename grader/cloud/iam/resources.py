"""The ARN of what an operation is about, service by service, as the service authorization reference writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from grader.cloud.iam.needs import Parameters, Place
from grader.cloud.iam.patterns import as_list

# Operations of a service that are about no single resource.
LISTS = frozenset(
    {
        "ListBuckets", "ListTables", "DescribeLimits", "DescribeEndpoints", "ListQueues", "ListTopics",
        "ListSubscriptions", "Unsubscribe", "ListFunctions", "ListLayers", "GetAccountSettings", "ListSecrets",
        "DescribeParameters", "ListKeys", "CreateKey", "GenerateRandom", "ListStateMachines", "CreateActivity",
        "ListActivities", "PutMetricData", "GetMetricData", "GetMetricStatistics", "ListMetrics", "ListBackups",
        "ListContributorInsights", "ListExports", "ListImports", "ListGlobalTables", "CreateEventSourceMapping",
        "ListEventSourceMappings", "ListLayerVersions", "DescribeQueries", "CreateGeneratedTemplate",
        "GetRandomPassword", "ListDistributions", "CreateDistribution", "CreateDistributionWithTags",
        "CreateOriginAccessControl", "ListOriginAccessControls",
    }
)  # fmt: skip


def object_arn(operation: str, given: Parameters, place: Place) -> str:
    bucket, key = given.get("Bucket"), given.get("Key")
    if not bucket or operation in LISTS:
        return "*"
    return f"arn:aws:s3:::{bucket}/{key}" if key is not None else f"arn:aws:s3:::{bucket}"


def _table(operation: str, given: Parameters, place: Place) -> str | None:
    arns = ("TableName", "TargetTableName", "ResourceArn", "TableArn", "BackupArn", "ExportArn", "ImportArn")
    name = next((given[key] for key in arns if given.get(key)), None)
    if not name or operation in LISTS:
        return None
    arn = table_arn(str(name), place)
    return f"{arn}/index/{given['IndexName']}" if operation in ("Query", "Scan") and given.get("IndexName") else arn


def table_arn(name: str, place: Place) -> str:
    """A table's ARN from its name or ARN."""
    return name if name.startswith("arn:") else place.arn("dynamodb", f"table/{name}")


def _stream(operation: str, given: Parameters, place: Place) -> str | None:
    return given.get("StreamArn") or str(given.get("ShardIterator") or "").partition("|")[0] or None


def _queue(operation: str, given: Parameters, place: Place) -> str | None:
    if given.get("SourceArn"):  # a move of messages from a dead-letter queue
        return str(given["SourceArn"])
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


def function_resource(operation: str, given: Parameters, place: Place) -> str | None:
    if given.get("UUID"):
        return place.arn("lambda", f"event-source-mapping:{given['UUID']}")
    if given.get("FunctionName") and operation not in LISTS:
        return function_arn(str(given["FunctionName"]), given.get("Qualifier"), place)
    if given.get("LayerName") and operation not in LISTS:
        version = f":{given['VersionNumber']}" if given.get("VersionNumber") else ""
        return place.arn("lambda", f"layer:{given['LayerName']}{version}")
    return given.get("Resource") or given.get("Arn")


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
    name = given.get("Name") or given.get("Path") or (given.get("ResourceId") if _of_parameter(given) else None)
    return parameter_arn(str(name), place) if name and operation not in LISTS else None


def parameter_arn(name: str, place: Place) -> str:
    """The ARN of a parameter, which requests name by its name or by the ARN itself."""
    return name if name.startswith("arn:") else place.arn("ssm", f"parameter/{name.lstrip('/')}")


def _of_parameter(given: Parameters) -> bool:
    return given.get("ResourceType") == "Parameter"


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
    if operation == "CreatePolicy":
        return f"arn:aws:iam::{place.account_id}:policy/{given.get('PolicyName')}"
    for kind in ("InstanceProfile", "Group", "Role", "User"):
        if given.get(f"{kind}Name"):
            return f"arn:aws:iam::{place.account_id}:{_KINDS[kind]}/{given[f'{kind}Name']}"
    return given.get("PolicyArn")


_KINDS = {"Role": "role", "User": "user", "Group": "group", "InstanceProfile": "instance-profile"}


def _distribution(operation: str, given: Parameters, place: Place) -> str | None:
    kind = "origin-access-control" if "OriginAccessControl" in operation else "distribution"
    name = given.get("DistributionId") or given.get("Id")
    if operation in ("TagResource", "UntagResource", "ListTagsForResource"):
        return given.get("Resource")
    return f"arn:aws:cloudfront::{place.account_id}:{kind}/{name}" if name else None


RESOURCES: Mapping[str, Callable[[str, Parameters, Place], str | None]] = {
    "s3": object_arn,
    "dynamodb": _table,
    "dynamodbstreams": _stream,
    "sqs": _queue,
    "sns": _topic,
    "lambda": function_resource,
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
    "cloudfront": _distribution,
}
