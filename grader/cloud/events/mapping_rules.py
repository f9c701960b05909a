"""What Lambda refuses in an event source mapping, when it is made and not when the first record comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.cloud.errors import NotSupported
from grader.cloud.events.mappings import EventSourceMapping, read_filters
from grader.cloud.functions import FunctionService
from grader.cloud.functions.errors import InvalidParameterValue, LambdaError
from grader.cloud.functions.registry import FunctionVersion

NOT_IMITATED = (
    "AmazonManagedKafkaEventSourceConfig", "DocumentDBEventSourceConfig", "KMSKeyArn", "LoggingConfig",
    "ProvisionedPollerConfig", "Queues", "SelfManagedEventSource", "SelfManagedKafkaEventSourceConfig",
    "SourceAccessConfigurations", "Topics", "TumblingWindowInSeconds",
)  # fmt: skip
STREAM_ONLY = (
    "BisectBatchOnFunctionError", "DestinationConfig", "MaximumRecordAgeInSeconds", "MaximumRetryAttempts",
    "ParallelizationFactor", "StartingPosition", "StartingPositionTimestamp",
)  # fmt: skip
BOUNDS = {
    "BatchSize": (1, 10_000),
    "MaximumBatchingWindowInSeconds": (0, 300),
    "ParallelizationFactor": (1, 10),
    "MaximumRetryAttempts": (-1, 10_000),
    "MaximumRecordAgeInSeconds": (-1, 604_800),
}
FIFO_BATCH, MOST_FILTERS, YOUNGEST = 10, 10, 60
# What the function's role must be allowed on the source.
NEEDED = {
    "sqs": ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"),
    "dynamodb": ("GetRecords", "GetShardIterator", "DescribeStream", "ListStreams"),
}


def check_mapping(functions: FunctionService, mapping: EventSourceMapping) -> None:
    """Check a mapping that is to be made or changed.

    Raises
    ------
    LambdaError
        In AWS's words.
    NotSupported
        For sources and settings that are not imitated.
    """
    _check_imitated(mapping)
    _check_bounds(mapping.settings)
    if mapping.service == "sqs":
        _check_queue_settings(mapping)
    else:
        _check_stream_settings(mapping.settings)
    version = functions.registry.resolve(mapping.function)
    _check_source(functions, mapping, version)
    _check_role(functions, mapping, version)


def _check_imitated(mapping: EventSourceMapping) -> None:
    if mapping.service not in NEEDED:
        raise NotSupported(f"an event source mapping of {mapping.source_arn}")
    for name in NOT_IMITATED:
        if mapping.settings.get(name):
            raise NotSupported(f"AWS::Lambda::EventSourceMapping.{name}")


def _check_bounds(settings: Mapping[str, Any]) -> None:
    for name, (least, most) in BOUNDS.items():
        value = settings.get(name)
        if value is not None and not least <= int(value) <= most:
            raise InvalidParameterValue(f"{name} must be between {least} and {most}.")
    concurrency = (settings.get("ScalingConfig") or {}).get("MaximumConcurrency")
    if concurrency is not None and not 2 <= int(concurrency) <= 1000:
        raise InvalidParameterValue("ScalingConfig.MaximumConcurrency must be between 2 and 1000.")
    if len(read_filters(settings.get("FilterCriteria") or {})) > MOST_FILTERS:
        raise InvalidParameterValue(f"FilterCriteria can have at most {MOST_FILTERS} filters.")


def _check_queue_settings(mapping: EventSourceMapping) -> None:
    for name in STREAM_ONLY:
        if mapping.settings.get(name) is not None:
            raise InvalidParameterValue(f"Unsupported {name} parameter for given event source mapping type.")
    if mapping.fifo and mapping.batch_size > FIFO_BATCH:
        raise InvalidParameterValue(f"Batch size for FIFO queues must be at most {FIFO_BATCH}.")
    if mapping.fifo and mapping.window_s:
        raise InvalidParameterValue("Batching window is not supported for FIFO queues.")
    if mapping.batch_size > FIFO_BATCH and mapping.window_s < 1:
        raise InvalidParameterValue(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
        )


def _check_stream_settings(settings: Mapping[str, Any]) -> None:
    position, age = settings.get("StartingPosition"), settings.get("MaximumRecordAgeInSeconds")
    if position not in ("TRIM_HORIZON", "LATEST"):
        raise InvalidParameterValue("1 validation error detected: StartingPosition must be TRIM_HORIZON or LATEST.")
    if age is not None and -1 < int(age) < YOUNGEST:
        raise InvalidParameterValue(f"MaximumRecordAgeInSeconds must be -1, or at least {YOUNGEST}.")
    if settings.get("ScalingConfig"):
        raise InvalidParameterValue("ScalingConfig is for Amazon SQS event sources.")


def _check_source(functions: FunctionService, mapping: EventSourceMapping, version: FunctionVersion) -> None:
    with functions.moto.lock:
        if mapping.service == "dynamodb":
            streams = functions.moto.backend("dynamodbstreams").list_streams()
            if all(stream["StreamArn"] != mapping.source_arn for stream in streams):
                raise InvalidParameterValue(f"Stream not found: {mapping.source_arn}")
            return
        queue = functions.moto.backend("sqs").queues.get(mapping.source)
        if queue is None:
            raise InvalidParameterValue(
                "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS "
                "Error Message: The specified queue does not exist for this wsdl version."
            )
        if int(queue.visibility_timeout) < version.timeout_s:
            raise InvalidParameterValue(
                f"Queue visibility timeout: {int(queue.visibility_timeout)} seconds is less than Function timeout: "
                f"{version.timeout_s:.0f} seconds"
            )


def _check_role(functions: FunctionService, mapping: EventSourceMapping, version: FunctionVersion) -> None:
    for operation in NEEDED[mapping.service]:
        resource = mapping.source_arn if operation != "ListStreams" else "*"
        verdict = functions.roles.may(version.role, version.name, f"{mapping.service}:{operation}", resource)
        if not verdict.allowed:
            raise InvalidParameterValue(_forbidden(mapping, operation))


def _forbidden(mapping: EventSourceMapping, operation: str) -> str:
    if mapping.service == "sqs":
        return f"The provided execution role does not have permissions to call {operation} on SQS"
    return (
        f"Cannot access stream {mapping.source_arn}. Please ensure the role can perform the GetRecords, "
        "GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM."
    )


def conflict(mapping: EventSourceMapping, other: str) -> LambdaError:
    """Lambda's 409: the pair is mapped already."""
    kind = {"sqs": "SQS", "dynamodb": "stream"}[mapping.service]
    return LambdaError(
        "ResourceConflictException",
        409,
        f'An event source mapping with {kind} arn (" {mapping.source_arn} ") and function '
        f'(" {mapping.function_name} ") already exists. Please update or delete the existing mapping with UUID {other}',
    )
