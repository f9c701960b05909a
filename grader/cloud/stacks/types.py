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
    cloudwatch,
    codedeploy,
    dynamodb,
    eventbridge,
    iam,
    kms,
    lambda_,
    lambda_layers,
    logs,
    s3,
    secretsmanager,
    sns,
    sqs,
    ssm,
)
from grader.cloud.stacks.resource_type import ResourceType

TYPES: dict[str, ResourceType] = {
    **lambda_.TYPES,
    **lambda_layers.TYPES,
    **iam.TYPES,
    **s3.TYPES,
    **sqs.TYPES,
    **sns.TYPES,
    **dynamodb.TYPES,
    **logs.TYPES,
    **cloudwatch.TYPES,
    **codedeploy.TYPES,
    **eventbridge.TYPES,
    **ssm.TYPES,
    **secretsmanager.TYPES,
    **kms.TYPES,
    **apigateway.TYPES,
    **apigateway_parts.TYPES,
    **apigateway_keys.TYPES,
    **apigatewayv2.TYPES,
}
