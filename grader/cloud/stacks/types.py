"""The one table of what templates may contain: types, properties, what a change of each property does.

Each service's rows stand beside its providers. Types and properties that are not here are refused by name before
anything is made.
"""

from __future__ import annotations

from grader.cloud.stacks.providers import (
    apigateway,
    apigateway_keys,
    apigateway_parts,
    apigatewayv2,
    cloudformation,
    cloudfront,
    cloudwatch,
    codedeploy,
    custom_resources,
    dynamodb,
    eventbridge,
    iam,
    iam_users,
    kms,
    lambda_,
    lambda_layers,
    lambda_urls,
    logs,
    s3,
    secretsmanager,
    sns,
    sqs,
    ssm,
    stepfunctions,
)
from grader.cloud.stacks.resource_type import ResourceType

TYPES: dict[str, ResourceType] = {
    **lambda_.TYPES,
    **lambda_layers.TYPES,
    **lambda_urls.TYPES,
    **iam.TYPES,
    **iam_users.TYPES,
    **s3.TYPES,
    **sqs.TYPES,
    **sns.TYPES,
    **dynamodb.TYPES,
    **logs.TYPES,
    **cloudwatch.TYPES,
    **codedeploy.TYPES,
    **eventbridge.TYPES,
    **ssm.TYPES,
    **stepfunctions.TYPES,
    **secretsmanager.TYPES,
    **kms.TYPES,
    **cloudfront.TYPES,
    **apigateway.TYPES,
    **apigateway_parts.TYPES,
    **apigateway_keys.TYPES,
    **apigatewayv2.TYPES,
    **cloudformation.TYPES,
    **custom_resources.TYPES,
}


def is_supported(name: str) -> bool:
    """Whether a resource of this type can be made."""
    return name in TYPES or is_custom(name)


def is_custom(name: str) -> bool:
    """Whether a resource of this type is made by somebody's function."""
    return name.startswith(custom_resources.PREFIX) or name == custom_resources.CUSTOM_RESOURCE


def type_named(name: str) -> ResourceType:
    """The row of a supported type; every ``Custom::…`` is a custom resource."""
    return TYPES[custom_resources.CUSTOM_RESOURCE if is_custom(name) else name]
