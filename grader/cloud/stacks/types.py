"""The one table of what templates may contain: types, properties, what a change of each property does.

Types and properties that are not here are refused by name before anything is made.
"""

from __future__ import annotations

from dataclasses import dataclass

from grader.cloud.stacks.providers import apigateway, dynamodb, iam, lambda_, monitoring, s3, sns, sqs
from grader.cloud.stacks.providers.base import Provider


@dataclass(frozen=True)
class ResourceType:
    """A supported type.

    Attributes
    ----------
    required
        Properties without which CloudFormation refuses the resource.
    replaced_by
        Properties whose change makes a new resource in place of the old one.
    changed_by
        Properties that are changed in place.
    attributes
        What ``Fn::GetAtt`` may ask for.
    name
        The property that sets the physical name, if there is one.
    """

    provider: type[Provider]
    required: frozenset[str]
    replaced_by: frozenset[str]
    changed_by: frozenset[str]
    attributes: frozenset[str]
    name: str | None = None

    @property
    def properties(self) -> frozenset[str]:
        """Every supported property."""
        return self.replaced_by | self.changed_by

    @property
    def tagged(self) -> bool:
        """Whether the stack's own tags go onto the resource (as a list of keys and values)."""
        return "Tags" in self.changed_by and self.provider is not monitoring.ParameterProvider


def _type(
    provider: type[Provider],
    required: str = "",
    replaced_by: str = "",
    changed_by: str = "",
    attributes: str = "",
    name: str | None = None,
) -> ResourceType:
    needed, replacing, changing, readable = (
        frozenset(words.split()) for words in (required, replaced_by, changed_by, attributes)
    )
    return ResourceType(provider, needed, replacing, changing, readable, name)


TYPES: dict[str, ResourceType] = {
    "AWS::Lambda::Function": _type(
        lambda_.FunctionProvider,
        "Code Role",
        "FunctionName PackageType",
        f"{lambda_.CONFIGURATION} Architectures Code ReservedConcurrentExecutions Tags",
        "Arn",
        "FunctionName",
    ),
    "AWS::Lambda::Version": _type(
        lambda_.VersionProvider, "FunctionName", "FunctionName Description CodeSha256", "", "Version FunctionArn"
    ),
    "AWS::Lambda::Alias": _type(
        lambda_.AliasProvider,
        "FunctionName FunctionVersion Name",
        "FunctionName Name",
        "FunctionVersion Description RoutingConfig",
        "AliasArn",
    ),
    "AWS::Lambda::Permission": _type(
        lambda_.PermissionProvider,
        "FunctionName Action Principal",
        "FunctionName Action Principal SourceArn SourceAccount EventSourceToken FunctionUrlAuthType PrincipalOrgID "
        "InvokedViaFunctionUrl",
        "",
        "Id",
    ),
    "AWS::Lambda::EventInvokeConfig": _type(
        lambda_.EventInvokeConfigProvider,
        "FunctionName Qualifier",
        "FunctionName Qualifier",
        "MaximumRetryAttempts MaximumEventAgeInSeconds DestinationConfig",
    ),
    "AWS::Lambda::EventSourceMapping": _type(
        lambda_.EventSourceMappingProvider,
        "FunctionName",
        "EventSourceArn StartingPosition StartingPositionTimestamp",
        lambda_.EventSourceMappingProvider.CHANGEABLE,
        "Id EventSourceMappingArn",
    ),
    "AWS::Lambda::LayerVersion": _type(
        lambda_.LayerVersionProvider,
        "Content",
        "LayerName Description Content CompatibleRuntimes CompatibleArchitectures LicenseInfo",
        "",
        "LayerVersionArn",
    ),
    "AWS::Lambda::LayerVersionPermission": _type(
        lambda_.LayerVersionPermissionProvider,
        "LayerVersionArn Action Principal",
        "LayerVersionArn Action Principal OrganizationId",
        "",
        "Id",
    ),
    "AWS::IAM::Role": _type(
        iam.RoleProvider,
        "AssumeRolePolicyDocument",
        "RoleName Path",
        "AssumeRolePolicyDocument Description ManagedPolicyArns MaxSessionDuration PermissionsBoundary Policies Tags",
        "Arn RoleId",
        "RoleName",
    ),
    "AWS::IAM::Policy": _type(
        iam.PolicyProvider, "PolicyName PolicyDocument", "PolicyName", "PolicyDocument Roles Users Groups"
    ),
    "AWS::IAM::ManagedPolicy": _type(
        iam.ManagedPolicyProvider,
        "PolicyDocument",
        "ManagedPolicyName Path Description",
        "PolicyDocument Roles Users Groups",
        "PolicyArn",
        "ManagedPolicyName",
    ),
    "AWS::S3::Bucket": _type(
        s3.BucketProvider,
        "",
        "BucketName AccessControl",
        " ".join(s3.SETTINGS),
        "Arn DomainName RegionalDomainName DualStackDomainName WebsiteURL",
        "BucketName",
    ),
    "AWS::S3::BucketPolicy": _type(s3.BucketPolicyProvider, "Bucket PolicyDocument", "Bucket", "PolicyDocument"),
    "AWS::SQS::Queue": _type(
        sqs.QueueProvider,
        "",
        "QueueName FifoQueue",
        f"{sqs.ATTRIBUTES} Tags".replace("FifoQueue ", ""),
        "Arn QueueName QueueUrl",
        "QueueName",
    ),
    "AWS::SQS::QueuePolicy": _type(sqs.QueuePolicyProvider, "Queues PolicyDocument", "", "Queues PolicyDocument"),
    "AWS::SNS::Topic": _type(
        sns.TopicProvider,
        "",
        "TopicName FifoTopic Tags",
        "DisplayName KmsMasterKeyId ContentBasedDeduplication Subscription",
        "TopicArn TopicName",
        "TopicName",
    ),
    "AWS::SNS::Subscription": _type(
        sns.SubscriptionProvider, "TopicArn Protocol", "TopicArn Protocol Endpoint", sns.SUBSCRIPTION, "Arn"
    ),
    "AWS::SNS::TopicPolicy": _type(sns.TopicPolicyProvider, "Topics PolicyDocument", "", "Topics PolicyDocument"),
    "AWS::DynamoDB::Table": _type(
        dynamodb.TableProvider,
        "KeySchema",
        "TableName KeySchema LocalSecondaryIndexes SSESpecification",
        "AttributeDefinitions BillingMode ProvisionedThroughput GlobalSecondaryIndexes StreamSpecification Tags "
        "TimeToLiveSpecification PointInTimeRecoverySpecification DeletionProtectionEnabled TableClass "
        "OnDemandThroughput",
        "Arn StreamArn",
        "TableName",
    ),
    "AWS::Logs::LogGroup": _type(
        monitoring.LogGroupProvider,
        "",
        "LogGroupName LogGroupClass KmsKeyId Tags",
        "RetentionInDays",
        "Arn",
        "LogGroupName",
    ),
    "AWS::CloudWatch::Alarm": _type(
        monitoring.AlarmProvider,
        "ComparisonOperator EvaluationPeriods",
        "AlarmName",
        monitoring.ALARM,
        "Arn",
        "AlarmName",
    ),
    "AWS::Events::Rule": _type(
        monitoring.RuleProvider,
        "",
        "Name EventBusName",
        "EventPattern State Description RoleArn Targets",
        "Arn",
        "Name",
    ),
    "AWS::SSM::Parameter": _type(
        monitoring.ParameterProvider, "Type Value", "Name Tags", monitoring.ParameterProvider.KEPT, "Type Value", "Name"
    ),
    "AWS::ApiGateway::RestApi": _type(
        apigateway.RestApiProvider,
        "",
        "",
        "Name Body Description EndpointConfiguration Parameters BinaryMediaTypes FailOnWarnings",
        "RestApiId RootResourceId",
    ),
    "AWS::ApiGateway::Deployment": _type(
        apigateway.DeploymentProvider, "RestApiId", "RestApiId", "StageName Description", "DeploymentId"
    ),
    "AWS::ApiGateway::Stage": _type(
        apigateway.StageProvider,
        "RestApiId",
        "RestApiId StageName",
        "DeploymentId Variables MethodSettings TracingEnabled Description Tags",
    ),
}
